/**
 * How much an operation asks for, before anything is planned or run. Fragments are measured once however often they are spread,
 * so measuring costs no more than reading the document; what they stand for is counted at each place.
 */
import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { hashesPassword, variablesOf } from './passwordFields.ts';

/** A page's size at most; a larger `first` is for the subgraph to refuse, with its own sentence. */
const MOST_PER_PAGE = 100;
/** What a list without `first` is taken to hold: slots of a day, user errors. */
const ASSUMED_LIST_SIZE = 10;

export type Measure = {
  /** Fields within fields. */
  depth: number;
  /** Fields with every fragment written out: what the planner has to look at. */
  fields: number;
  aliases: number;
  directives: number;
  /** Objects that the answer may hold, with every list as long as it may be. */
  objects: number;
  /** Fields that check or hash a password, each of which costs as much as thousands of others. */
  passwordChecks: number;
  /** Of these, sign-ins: what needs no session. */
  signIns: number;
};

type Variables = Record<string, unknown>;

const NOTHING: Measure = {
  depth: 0,
  fields: 0,
  aliases: 0,
  directives: 0,
  objects: 0,
  passwordChecks: 0,
  signIns: 0,
};

const plus = (a: Measure, b: Measure): Measure => ({
  depth: Math.max(a.depth, b.depth),
  fields: a.fields + b.fields,
  aliases: a.aliases + b.aliases,
  directives: a.directives + b.directives,
  objects: a.objects + b.objects,
  passwordChecks: a.passwordChecks + b.passwordChecks,
  signIns: a.signIns + b.signIns,
});

/** Measures an operation of a document that `schema` has validated (so fragments make no circle). */
export function measure(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Variables,
): Measure {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const node of document.definitions) {
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node);
  }
  const defaults = new Map(
    operation.variableDefinitions?.map((one) => [one.variable.name.value, one.defaultValue]),
  );
  const ofFragments = new Map<string, Measure>();
  const mutation = schema.getMutationType();
  const allVariables = variablesOf(operation, variables);

  /** The `first` that a field is given, from the document, its variables or a default. */
  function firstOf(field: FieldNode, definition: GraphQLField<unknown, unknown>): number | undefined {
    const declared = definition.args.find((arg) => arg.name === 'first');
    if (!declared) return undefined;
    const given = field.arguments?.find((arg) => arg.name.value === 'first')?.value;
    let size: unknown = declared.defaultValue;
    if (given?.kind === Kind.INT) size = Number(given.value);
    if (given?.kind === Kind.VARIABLE) {
      const otherwise = defaults.get(given.name.value);
      size = variables[given.name.value] ?? (otherwise?.kind === Kind.INT ? Number(otherwise.value) : size);
    }
    return Math.min(Math.max(typeof size === 'number' ? size : MOST_PER_PAGE, 1), MOST_PER_PAGE);
  }

  function ofField(field: FieldNode, parent: GraphQLNamedType, page: number | undefined): Measure {
    const own = {
      depth: 1,
      fields: 1,
      aliases: field.alias ? 1 : 0,
      directives: field.directives?.length ?? 0,
      objects: 0,
      passwordChecks: parent === mutation && hashesPassword(field, allVariables) ? 1 : 0,
      signIns: parent === mutation && field.name.value === 'signIn' ? 1 : 0,
    };
    const definition =
      isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[field.name.value] : undefined;
    // What begins with __ describes the schema; GraphQL's own rules bound it.
    if (!definition || !field.selectionSet) return own;
    const type = getNamedType(definition.type);
    const inner = ofSelections(field.selectionSet, type, firstOf(field, definition));
    const size = isListType(getNullableType(definition.type)) ? (page ?? ASSUMED_LIST_SIZE) : 1;
    const objects = isCompositeType(type) ? size * (1 + inner.objects) : 0;
    return { ...plus(own, { ...inner, objects: 0 }), depth: 1 + inner.depth, objects };
  }

  /** `page` is the `first` of the field that these are selected on: the length of its lists (nodes, edges). */
  function ofSelections(set: SelectionSetNode, type: GraphQLNamedType, page: number | undefined): Measure {
    let sum = NOTHING;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) sum = plus(sum, ofField(selection, type, page));
      else {
        sum = plus(sum, { ...NOTHING, directives: selection.directives?.length ?? 0 });
        if (selection.kind === Kind.FRAGMENT_SPREAD) sum = plus(sum, ofFragment(selection.name.value, page));
        else
          sum = plus(
            sum,
            ofSelections(selection.selectionSet, named(selection.typeCondition?.name.value) ?? type, page),
          );
      }
    }
    return sum;
  }

  const named = (name: string | undefined): GraphQLNamedType | undefined =>
    name ? schema.getType(name) : undefined;

  function ofFragment(name: string, page: number | undefined): Measure {
    const key = `${name} ${page}`;
    let known = ofFragments.get(key);
    if (!known) {
      const fragment = fragments.get(name);
      const type = named(fragment?.typeCondition.name.value);
      known = fragment && type ? ofSelections(fragment.selectionSet, type, page) : NOTHING;
      ofFragments.set(key, known);
    }
    return known;
  }

  const root = schema.getRootType(operation.operation);
  const whole = root ? ofSelections(operation.selectionSet, root, undefined) : NOTHING;
  return { ...whole, directives: whole.directives + (operation.directives?.length ?? 0) };
}
