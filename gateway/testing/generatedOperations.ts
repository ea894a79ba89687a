/** Generates operations over a schema: documents that are valid, and values that mostly are. */
import {
  getNamedType,
  getNullableType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import type { Random } from './random.ts';

/** Values by the name of a scalar. */
export type ScalarValues = Readonly<Record<string, readonly unknown[]>>;

export type GeneratedOperation = {
  root: string;
  query: string;
  argumentsOf: Record<string, GraphQLInputType>;
};

const MAX_SELECTION_DEPTH = 3;
const MAX_SELECTED_FIELDS = 3;
const MAX_INPUT_DEPTH = 4;
const MAX_ITEMS = 3;
/** Shares of the values. */
const OPTIONAL_GIVEN = 0.4;
const WRONG_TYPE = 0.01;
const NULL = 0.03;
const WRONG_VALUES = [null, 'x', -1, 1.5, true, [], {}, [[null]], 2 ** 53];

export function operationGenerator(schema: GraphQLSchema, random: Random, scalars: ScalarValues) {
  function value(type: GraphQLInputType, depth = 0): unknown {
    if (random.chance(WRONG_TYPE)) return random.pick(WRONG_VALUES);
    if (!isNonNullType(type) && random.chance(NULL)) return null;
    const nullable = getNullableType(type);
    if (isListType(nullable)) {
      const items = Array.from({ length: random.below(MAX_ITEMS + 1) });
      return items.map(() => value(nullable.ofType as GraphQLInputType, depth + 1));
    }
    if (isEnumType(nullable)) return random.pick(nullable.getValues()).name;
    if (!isInputObjectType(nullable)) return random.pick(scalars[nullable.name]!);
    const entries = Object.values(nullable.getFields()).flatMap((field) => {
      const isGiven = isNonNullType(field.type) || (depth < MAX_INPUT_DEPTH && random.chance(OPTIONAL_GIVEN));
      return isGiven ? [[field.name, value(field.type, depth + 1)] as const] : [];
    });
    return Object.fromEntries(entries);
  }

  /** Declares each argument as a variable, named in `argumentsOf`. */
  function field(
    definition: GraphQLField<unknown, unknown>,
    argumentsOf: Record<string, GraphQLInputType>,
    depth: number,
  ): string {
    const given = definition.args.filter((arg) => isNonNullType(arg.type) || random.chance(OPTIONAL_GIVEN));
    const passed = given.map((arg: GraphQLArgument) => {
      const name = `v${Object.keys(argumentsOf).length}`;
      argumentsOf[name] = arg.type;
      return `${arg.name}: $${name}`;
    });
    const call = passed.length > 0 ? `(${passed.join(', ')})` : '';
    return `${definition.name}${call}${selection(getNamedType(definition.type), argumentsOf, depth)}`;
  }

  function selection(
    type: GraphQLNamedType,
    argumentsOf: Record<string, GraphQLInputType>,
    depth: number,
  ): string {
    if (isLeafType(type)) return '';
    const parts = ['__typename'];
    if (isAbstractType(type)) {
      const concrete = random.pick(schema.getPossibleTypes(type));
      parts.push(`... on ${concrete.name}${selection(concrete, argumentsOf, depth)}`);
    }
    const fields = isObjectType(type) || 'getFields' in type ? Object.values(type.getFields()) : [];
    const usable = (fields as GraphQLField<unknown, unknown>[]).filter(
      (one) => depth > 0 || isLeafType(getNamedType(one.type)),
    );
    const chosen = new Set(
      Array.from({ length: 1 + random.below(MAX_SELECTED_FIELDS) }, () => random.pick(usable)),
    );
    for (const one of chosen) if (one) parts.push(field(one, argumentsOf, depth - 1));
    return ` { ${parts.join(' ')} }`;
  }

  return {
    /** An operation of one root field. */
    operation(kind: 'query' | 'mutation', root: GraphQLField<unknown, unknown>): GeneratedOperation {
      const argumentsOf: Record<string, GraphQLInputType> = {};
      const body = field(root, argumentsOf, MAX_SELECTION_DEPTH);
      const declared = Object.entries(argumentsOf).map(([name, type]) => `$${name}: ${String(type)}`);
      const head = declared.length > 0 ? `${kind} (${declared.join(', ')})` : kind;
      return { root: root.name, query: `${head} { ${body} }`, argumentsOf };
    },
    variables: ({ argumentsOf }: GeneratedOperation): Record<string, unknown> =>
      Object.fromEntries(Object.entries(argumentsOf).map(([name, type]) => [name, value(type)])),
  };
}
