/**
 * Makes an operation's answer from the data that its plan has fetched: what the client has selected and nothing else, in its order, with the
 * types of the API. What must not be null and is makes the object around it null.
 */
import { SerializedJson } from '@libs/graphql/stringifyInChunks';
import {
  executeSync,
  getNamedType,
  GraphQLError,
  isCompositeType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  visit,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLLeafType,
  type GraphQLNullableType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { ownValue, type Data } from './data.ts';
import { selectionOf, textOfFields, type Selection, type Variables } from './selections.ts';

export type ShapedAnswer = {
  data: Data | null;
  /** Where values do not fit their types. */
  problems: readonly GraphQLError[];
};

/** Requires variables that are valid for the operation. */
export type AnswerShape = (fetched: Data, variables: Variables) => ShapedAnswer;

/** null, where the problem is known. */
const NULLED = Symbol('nulled');
/** The same, and what is around it becomes null. */
const INVALID = Symbol('invalid');

const IS_BUILT_IN: Readonly<Record<string, (value: unknown) => boolean>> = {
  Boolean: (value) => typeof value === 'boolean',
  Int: Number.isInteger,
  Float: Number.isFinite,
  String: (value) => typeof value === 'string',
  ID: (value) => typeof value === 'string' || Number.isInteger(value),
};

function isLeafValue(type: GraphQLLeafType, value: unknown): boolean {
  if (isEnumType(type)) return typeof value === 'string' && type.getValue(value) !== undefined;
  return IS_BUILT_IN[type.name]?.(value) ?? true;
}

const isConditional = (document: DocumentNode): boolean => {
  let found = false;
  visit(document, { Directive: () => void (found = true) });
  return found;
};

/** Values, or else defaults, of the variables of conditions. */
function withDefaults({ variableDefinitions = [] }: OperationDefinitionNode, given: Variables): Variables {
  const values: Record<string, unknown> = {};
  for (const { variable, defaultValue } of variableDefinitions) {
    const name = variable.name.value;
    const value = ownValue(given, name);
    values[name] = value === undefined && defaultValue?.kind === Kind.BOOLEAN ? defaultValue.value : value;
  }
  return values;
}

export function answerShape(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  definitions: readonly FragmentDefinitionNode[],
): AnswerShape {
  const fragments = new Map(definitions.map((fragment) => [fragment.name.value, fragment]));
  const rootType = schema.getRootType(operation.operation)!;
  const selected = (variables: Variables): Selection =>
    selectionOf(schema, operation.selectionSet, fragments, variables);
  const fixed = isConditional({ kind: Kind.DOCUMENT, definitions: [operation, ...definitions] })
    ? undefined
    : selected({});

  const introspect = (node: FieldNode, variableValues: Variables): unknown => {
    const only = { ...operation, selectionSet: { kind: Kind.SELECTION_SET, selections: [node] } } as const;
    const document: DocumentNode = { kind: Kind.DOCUMENT, definitions: [only, ...definitions] };
    const { data } = executeSync({ schema, document, rootValue: {}, variableValues });
    return data?.[node.alias?.value ?? node.name.value];
  };

  return (fetched, variables) => {
    const selection = fixed ?? selected(withDefaults(operation, variables));
    const { shapeObject, problems } = shaping(schema, (node) => introspect(node, variables));
    const data = shapeObject(rootType, fetched, selection);
    return { data: data === NULLED ? null : (data as Data), problems };
  };
}

function shaping(schema: GraphQLSchema, introspect: (node: FieldNode) => unknown) {
  const problems: GraphQLError[] = [];
  const path: (string | number)[] = [];

  const report = (text: string, { name }: GraphQLCompositeType, type: GraphQLOutputType): void => {
    const last = path.at(-1);
    const where =
      typeof last === 'string'
        ? `field ${name}.${last}`
        : `array element of type ${String(type)} at index ${last}`;
    const extensions = { code: 'INVALID_GRAPHQL' };
    problems.push(new GraphQLError(`${text} ${where}.`, { path: [...path], extensions }));
  };

  /** The value, or NULLED, INVALID. `parent`: whose field it is, for reports. */
  function shapeValue(
    type: GraphQLOutputType,
    value: unknown,
    selection: Selection,
    parent: GraphQLCompositeType,
  ): unknown {
    if (!isNonNullType(type)) return shapeNullable(type, value, selection, parent);
    const shaped = shapeNullable(type.ofType, value, selection, parent);
    if (shaped === null) report('Cannot return null for non-nullable', parent, type.ofType);
    return shaped === null || shaped === NULLED ? INVALID : shaped;
  }

  function shapeNullable(
    type: GraphQLNullableType & GraphQLOutputType,
    value: unknown,
    selection: Selection,
    parent: GraphQLCompositeType,
  ): unknown {
    if (value === null || value === undefined) return null;
    if (isListType(type)) return shapeList(type.ofType, value, selection, parent);
    if (!isCompositeType(type)) {
      if (isLeafValue(type, value)) return value;
      report('Invalid value found for', parent, type);
      return NULLED;
    }
    const name = (value as Data)['__typename'];
    const own = name === undefined || name === null ? type : schema.getType(String(name));
    if (isCompositeType(own)) return shapeObject(own, value as Data, selection);
    report('Invalid __typename found for object at', parent, type);
    return NULLED;
  }

  function shapeList(
    type: GraphQLOutputType,
    list: unknown,
    selection: Selection,
    parent: GraphQLCompositeType,
  ): unknown {
    if (list instanceof SerializedJson) {
      const element = getNamedType(type);
      // Plans may ask for more than the client, such as __typename.
      return isCompositeType(element) && list.fields === textOfFields(selection, element)
        ? list
        : shapeList(type, JSON.parse(String(list)), selection, parent);
    }
    if (!Array.isArray(list)) throw new TypeError(`a subgraph answered ${typeof list} for a list`);
    let isInvalid = false;
    const shaped = list.map((element, index) => {
      path.push(index);
      const one = shapeValue(type, element, selection, parent);
      path.pop();
      isInvalid ||= one === INVALID;
      return one === NULLED ? null : one;
    });
    return isInvalid ? NULLED : shaped;
  }

  function typeName(type: GraphQLCompositeType, data: Data, key: string): string | undefined {
    const name = ownValue(data, key) ?? data['__typename'];
    const own = typeof name === 'string' ? (schema.getType(name) ?? type) : type;
    return isObjectType(own) ? own.name : undefined;
  }

  /** NULLED if a field that must not be null is. */
  function shapeObject(type: GraphQLCompositeType, data: Data, selection: Selection): Data | typeof NULLED {
    if (typeof data !== 'object') throw new TypeError(`a subgraph answered ${typeof data} for an object`);
    const shaped = Object.create(null) as Data;
    for (const { key, node, type: fieldType, selection: inner } of selection(type)) {
      if (fieldType === undefined) {
        const value = node.name.value === '__typename' ? typeName(type, data, key) : introspect(node);
        if (value === undefined) return NULLED;
        shaped[key] = value;
        continue;
      }
      path.push(key);
      const value = shapeValue(fieldType, ownValue(data, key), inner, type);
      path.pop();
      if (value === INVALID) return NULLED;
      shaped[key] = value === NULLED ? null : value;
    }
    return shaped;
  }

  return { shapeObject, problems };
}
