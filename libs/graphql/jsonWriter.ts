/** Writes plain data as the JSON that the executor and JSON.stringify would make of it, for a selection. */
import {
  getNullableType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type FieldNode,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
} from 'graphql';
// The executor's own: fragments, @skip and @include, repeated fields, their order.
import { collectSubfields } from 'graphql/execution/collectFields.js';

/**
 * By type and field, resolvers that read nothing but their parent. Fields of these types without any resolver are properties; those with
 * another resolver are not plain.
 */
export type PlainResolvers = Readonly<Record<string, Readonly<Record<string, (parent: never) => unknown>>>>;

type Write = (value: unknown) => string;

/** `fields`: the selected ones, as in `{date,first:slots{start}}`, sorted; empty for a leaf. */
type JsonWriter = { write: Write; fields: string };

const isMissing = (value: unknown): boolean => value === null || value === undefined;

/** Characters that JSON has as they are. */
const UNESCAPED = /^[ !#-[\]-~]*$/;

/** JSON.stringify, twice as fast for short plain text, whole numbers and booleans. */
function jsonOf(value: unknown): string {
  if (typeof value === 'string' && UNESCAPED.test(value)) return `"${value}"`;
  const isShort = typeof value === 'boolean' || Number.isSafeInteger(value);
  return isShort ? String(value) : JSON.stringify(value);
}

const leafWriter =
  (type: GraphQLLeafType): Write =>
  (value) =>
    jsonOf(present(type.serialize(value)));

/** The executor refuses a missing value too. */
function present(value: unknown): unknown {
  if (isMissing(value)) throw new TypeError('A value that must not be null is missing');
  return value;
}

/** Undefined where the selection has something other than plain data. */
function writerOf(
  type: GraphQLOutputType,
  nodes: readonly FieldNode[],
  info: GraphQLResolveInfo,
  resolvers: PlainResolvers,
): JsonWriter | undefined {
  const nullable = getNullableType(type);
  let writer: JsonWriter | undefined;
  if (isListType(nullable)) {
    const element = writerOf(nullable.ofType, nodes, info, resolvers);
    writer = element && {
      ...element,
      write: (list) => `[${(list as unknown[]).map(element.write).join()}]`,
    };
  } else if (isLeafType(nullable)) {
    writer = { write: leafWriter(nullable), fields: '' };
  } else if (isObjectType(nullable)) {
    writer = objectWriter(nullable, nodes, info, resolvers);
  }
  if (!writer) return undefined;
  const { write, fields } = writer;
  return {
    write: isNonNullType(type)
      ? (value) => write(present(value))
      : (value) => (isMissing(value) ? 'null' : write(value)),
    fields,
  };
}

function objectWriter(
  type: GraphQLObjectType,
  nodes: readonly FieldNode[],
  info: GraphQLResolveInfo,
  resolvers: PlainResolvers,
): JsonWriter | undefined {
  const { schema, fragments, variableValues } = info;
  const plain = resolvers[type.name];
  if (!plain) return undefined;
  const writers: { before: string; read: (parent: never) => unknown; write: Write }[] = [];
  const fields: string[] = [];
  for (const [key, fieldNodes] of collectSubfields(schema, fragments, variableValues, type, nodes)) {
    const before = `${writers.length === 0 ? '{' : ','}${JSON.stringify(key)}:`;
    const name = fieldNodes[0]!.name.value;
    const field = type.getFields()[name];
    const isTypename = name === '__typename';
    const read = isTypename
      ? () => type.name
      : (plain[name] ?? (field?.resolve ? undefined : (parent: never) => parent[name]));
    const writer = isTypename
      ? { write: JSON.stringify, fields: '' }
      : field && writerOf(field.type, fieldNodes, info, resolvers);
    if (!read || !writer) return undefined;
    writers.push({ before, read, write: writer.write });
    fields.push(selectedText(key, name, writer.fields));
  }
  const write = (parent: unknown): string => {
    let text = '';
    for (const one of writers) text += one.before + one.write(one.read(parent as never));
    return `${text}}`;
  };
  return { write: writers.length === 0 ? () => '{}' : write, fields: fieldsText(fields) };
}

export const selectedText = (key: string, name: string, fields: string): string =>
  `${key === name ? key : `${key}:${name}`}${fields}`;

/** Equal for equal selections, whatever their order. */
export const fieldsText = (fields: readonly string[]): string =>
  `{${fields.toSorted((a, b) => (a < b ? -1 : 1)).join()}}`;

/**
 * For elements of the list that `info` is about. `write` throws where the executor would report an error. Undefined where the selection has
 * something other than plain data.
 */
export function jsonWriter(info: GraphQLResolveInfo, resolvers: PlainResolvers): JsonWriter | undefined {
  const list = getNullableType(info.returnType);
  return isListType(list) ? writerOf(list.ofType, info.fieldNodes, info, resolvers) : undefined;
}
