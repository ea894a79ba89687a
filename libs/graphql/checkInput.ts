/**
 * Checks the arguments of every field: ids are UUIDs (lowercased here), `first` and `last` are 1 to MAX_PAGE_SIZE, text has at most
 * MAX_TEXT_CHARACTERS and is storable. Violations are BAD_USER_INPUT.
 */
import { isUuid } from '@libs/db/ids';
import { MAX_PAGE_SIZE } from '@libs/db/keysetPages';
import { badUserInput } from '@libs/outcome/apiErrors';
import {
  defaultFieldResolver,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isListType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';

/** Length of any text, in UTF-16 units. */
const MAX_TEXT_CHARACTERS = 10_000;

/** Postgres stores neither NUL nor lone surrogates. */
export const isStorable = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

function checkText(text: string, field: string): string {
  if (text.length > MAX_TEXT_CHARACTERS)
    throw badUserInput('api.textTooLong', { field, max: MAX_TEXT_CHARACTERS });
  if (!isStorable(text)) throw badUserInput('api.badText', { field });
  return text;
}

function checkId(id: string, field: string): string {
  if (!isUuid(id)) throw badUserInput('api.badId', { field });
  return id.toLowerCase();
}

function checkValue(value: unknown, type: GraphQLInputType, path: string): unknown {
  if (value == null) return value;
  const inner = getNullableType(type);
  if (isListType(inner)) {
    return Array.isArray(value) ? value.map((one) => checkValue(one, inner.ofType, path)) : value;
  }
  if (isInputObjectType(inner)) return checkFields(value as Record<string, unknown>, inner.getFields(), path);
  if (typeof value !== 'string') return value;
  switch (getNamedType(inner).name) {
    case 'ID':
      return checkId(value, path);
    case 'String':
    case 'TimeZone':
      return checkText(value, path);
    default:
      return value;
  }
}

function checkFields(
  values: Record<string, unknown>,
  fields: Record<string, GraphQLInputField | GraphQLArgument>,
  path: string,
): Record<string, unknown> {
  const checked: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    const field = fields[name];
    checked[name] = field ? checkValue(value, field.type, path ? `${path}.${name}` : name) : value;
  }
  return checked;
}

function checkPageSizes(given: Record<string, unknown>): void {
  for (const field of ['first', 'last']) {
    const size = given[field];
    if (typeof size === 'number' && (size < 1 || size > MAX_PAGE_SIZE)) {
      throw badUserInput('api.badPageSize', { field, max: MAX_PAGE_SIZE });
    }
  }
}

/** Direct callers may send invalid ids; the gateway does not. */
function checkRepresentations(representations: unknown): void {
  if (!Array.isArray(representations)) return;
  for (const one of representations as { id?: unknown }[]) {
    if (one?.id !== undefined && (typeof one.id !== 'string' || !isUuid(one.id))) {
      throw badUserInput('api.badId', { field: 'representations.id' });
    }
  }
}

/** Adds the checks to all resolvers with arguments. Modifies and returns `schema`. */
export function checkInput(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      if (field.args.length === 0) continue;
      const args = Object.fromEntries(field.args.map((arg) => [arg.name, arg]));
      const resolve = field.resolve ?? defaultFieldResolver;
      field.resolve = (source, given: Record<string, unknown>, context, info) => {
        if (field.name === '_entities') checkRepresentations(given['representations']);
        checkPageSizes(given);
        return resolve(source, checkFields(given, args, ''), context, info);
      };
      if (field.subscribe) {
        const subscribe = field.subscribe;
        field.subscribe = (source, given: Record<string, unknown>, context, info) =>
          subscribe(source, checkFields(given, args, ''), context, info);
      }
    }
  }
  return schema;
}
