/**
 * The fields of foreign subgraphs, whose lists follow other rules than ours: nothing but their own word says how long they are. They can
 * say it with `@listSize` (https://specs.apollo.dev/cost/v0.1).
 */
import { SUBGRAPHS } from '@libs/runtime/subgraphs';
import {
  Kind,
  parse,
  valueFromASTUntyped,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
} from 'graphql';

export type ForeignField = {
  /** The length of the list without slicing arguments. */
  assumedSize: number | undefined;
  /** Arguments that say how long the list is. */
  slicingArguments: readonly string[];
};
/** By 'Type.field'. */
export type ForeignFields = ReadonlyMap<string, ForeignField>;

type Node = { directives?: readonly ConstDirectiveNode[] | undefined };

function argumentsOf(directive: ConstDirectiveNode): Record<string, unknown> {
  const entries = directive.arguments ?? [];
  return Object.fromEntries(entries.map(({ name, value }) => [name.value, valueFromASTUntyped(value)]));
}

const directivesOf = ({ directives = [] }: Node, name: RegExp): Record<string, unknown>[] =>
  directives.filter((one) => name.test(one.name.value)).map(argumentsOf);

/** The values of the enum join__Graph that stand for foreign subgraphs. */
function foreignGraphs({ definitions }: DocumentNode): ReadonlySet<unknown> {
  const values = definitions.flatMap((definition) =>
    definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === 'join__Graph'
      ? (definition.values ?? [])
      : [],
  );
  const isForeign = (value: Node) =>
    directivesOf(value, /^join__graph$/).some(({ name }) => !SUBGRAPHS.some((own) => own === name));
  return new Set(values.filter(isForeign).map(({ name }) => name.value));
}

function foreignField(field: FieldDefinitionNode): ForeignField {
  const [listSize] = directivesOf(field, /^(cost__)?listSize$/);
  const { assumedSize, slicingArguments } = listSize ?? {};
  return {
    assumedSize: typeof assumedSize === 'number' ? assumedSize : undefined,
    slicingArguments: Array.isArray(slicingArguments) ? slicingArguments.map(String) : ['first'],
  };
}

/** The fields that only foreign subgraphs of a supergraph resolve. */
export function foreignFields(supergraphSdl: string): ForeignFields {
  const document = parse(supergraphSdl, { noLocation: true });
  const foreign = foreignGraphs(document);
  const found = new Map<string, ForeignField>();
  if (foreign.size === 0) return found;
  for (const type of document.definitions) {
    if (type.kind !== Kind.OBJECT_TYPE_DEFINITION && type.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue;
    for (const field of type.fields ?? []) {
      const resolved = directivesOf(field, /^join__field$/).filter(
        ({ graph, external }) => graph && !external,
      );
      const graphs = resolved.length > 0 ? resolved : directivesOf(type, /^join__type$/);
      if (graphs.length > 0 && graphs.every(({ graph }) => foreign.has(graph)))
        found.set(`${type.name.value}.${field.name.value}`, foreignField(field));
    }
  }
  return found;
}
