/** What a query plan does with the data of answers: merges it, selects representations from it, renames fields. */
import type { FetchDataRewrite, QueryPlanSelectionNode } from '@apollo/query-planner';
import { SerializedJson } from '@libs/graphql/stringifyInChunks';
import { isAbstractType, isObjectType, isInterfaceType, type GraphQLSchema } from 'graphql';

export type Data = Record<string, unknown>;

/** A client may call a field `__proto__` or `toString`. */
export const ownValue = (data: Data, key: string): unknown =>
  Object.hasOwn(data, key) ? data[key] : undefined;

function setOwn(data: Data, key: string, value: unknown): void {
  if (Object.hasOwn(data, key) || !(key in data)) data[key] = value;
  else Object.defineProperty(data, key, { value, configurable: true, enumerable: true, writable: true });
}

/** The value of a field, for plans that look into it: serialized JSON is parsed. */
export function readField(data: Data, key: string): unknown {
  const value = ownValue(data, key);
  if (!(value instanceof SerializedJson)) return value;
  const parsed: unknown = JSON.parse(String(value));
  setOwn(data, key, parsed);
  return parsed;
}

const isData = (value: unknown): value is Data =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof SerializedJson);

/** Adds the fields of `source`, also within objects and lists of equal length. */
export function mergeData(target: Data, source: Data | null | undefined): void {
  if (!source) return;
  for (const key of Object.keys(source)) {
    if (source[key] === undefined) continue;
    const existing = ownValue(target, key);
    if (existing === null || typeof existing !== 'object') {
      setOwn(target, key, source[key]);
      continue;
    }
    const [old, added] = [readField(target, key), readField(source, key)];
    if (isData(old) && isData(added)) mergeData(old, added);
    else if (Array.isArray(old) && Array.isArray(added) && old.length === added.length)
      mergeLists(old, added);
    else setOwn(target, key, added);
  }
}

function mergeLists(target: unknown[], source: readonly unknown[]): void {
  for (const [index, added] of source.entries()) {
    const old = target[index];
    if (isData(old) && isData(added)) mergeData(old, added);
    else target[index] = added;
  }
}

/** Whether an object is of a type; undefined if it does not say its own. */
function isOfType(schema: GraphQLSchema, data: Data, name: string): boolean | undefined {
  const own = data['__typename'];
  if (!own) return undefined;
  if (own === name) return true;
  const [type, condition] = [schema.getType(String(own)), schema.getType(name)];
  if (!type || !condition || !isAbstractType(condition)) return false;
  return (isObjectType(type) || isInterfaceType(type)) && schema.isSubType(condition, type);
}

/** The part of an entity that a subgraph needs to find it; null if a field is missing. */
export function selectData(
  schema: GraphQLSchema,
  source: Data | null,
  selections: readonly QueryPlanSelectionNode[],
): Data | null {
  if (source === null) return null;
  const selected = Object.create(null) as Data;
  for (const selection of selections) {
    if (selection.kind === 'InlineFragment') {
      if (selection.typeCondition && isOfType(schema, source, selection.typeCondition))
        mergeData(selected, selectData(schema, source, selection.selections));
      continue;
    }
    const { alias, name, selections: inner } = selection;
    const key = alias ?? name;
    const value = readField(source, key);
    if (value === undefined) return null;
    const select = (one: unknown) => (inner ? selectData(schema, one as Data | null, inner) : one);
    selected[key] = Array.isArray(value) ? value.map(select) : select(value);
  }
  return selected;
}

const FRAGMENT = '... on ';

/** Sets or renames fields, where a plan had to ask for them under other names. */
export function rewriteData(
  schema: GraphQLSchema,
  rewrites: readonly FetchDataRewrite[] | undefined,
  data: unknown,
): void {
  for (const rewrite of rewrites ?? []) rewriteAt(schema, rewrite, rewrite.path, data);
}

function rewriteAt(
  schema: GraphQLSchema,
  rewrite: FetchDataRewrite,
  [first, ...rest]: readonly string[],
  data: unknown,
): void {
  if (first === undefined || typeof data !== 'object' || data === null) return;
  if (Array.isArray(data)) {
    for (const one of data) rewriteAt(schema, rewrite, [first, ...rest], one);
  } else if (first.startsWith(FRAGMENT)) {
    if (isOfType(schema, data as Data, first.slice(FRAGMENT.length)) ?? true)
      rewriteAt(schema, rewrite, rest, data);
  } else if (rest.length > 0) {
    rewriteAt(schema, rewrite, rest, readField(data as Data, first));
  } else if (rewrite.kind === 'ValueSetter') {
    setOwn(data as Data, first, rewrite.setValueTo);
  } else {
    const value = ownValue(data as Data, first);
    if (!value) return;
    setOwn(data as Data, rewrite.renameKeyTo, value);
    (data as Data)[first] = undefined;
  }
}
