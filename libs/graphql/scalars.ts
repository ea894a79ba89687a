/** The contract's scalars: text on the wire, Temporal in code. */
import {
  FIRST_YEAR,
  formatInstant,
  LAST_YEAR,
  parseDateTime,
  type DateTimeInput,
  type DateTimeOutput,
} from '@libs/time/instants';
import { formatLocalTime, parseLocalTime, type LocalTime } from '@libs/time/localTimes';
import { parseLocalDate } from '@libs/time/days';
import { GraphQLError, GraphQLScalarType, Kind, valueFromASTUntyped, type ValueNode } from 'graphql';
import type { Temporal } from 'temporal-polyfill';
import { z } from 'zod';
import { isStorable } from './checkInput.ts';
import { isDeeperThan } from './requestDepth.ts';

/** The limit of RFC 5321 §4.5.3.1.3. */
const MAX_EMAIL_CHARACTERS = 254;
const MAX_URL_CHARACTERS = 2_048;
/** Length of a JSONObject. */
const MAX_JSON_CHARACTERS = 10_000;
/** Nested objects and lists of a JSONObject. */
const MAX_JSON_DEPTH = 16;

function refuse(name: string, wanted: string): never {
  throw new GraphQLError(`${name}: expected ${wanted}`, { extensions: { code: 'BAD_USER_INPUT' } });
}

/**
 * A scalar that is text on the wire. `parse` returns undefined for invalid text; `wanted` describes valid text, and `hintFor` says what is
 * wrong with some invalid text.
 */
function textScalar<In, Out>(
  name: string,
  wanted: string,
  parse: (text: string) => In | undefined,
  serialize: (value: Out) => string,
  hintFor: (text: string) => string | undefined = () => undefined,
): GraphQLScalarType<In, string> {
  const read = (value: unknown): In => {
    const parsed = typeof value === 'string' ? parse(value) : undefined;
    if (parsed !== undefined) return parsed;
    const hint = typeof value === 'string' ? hintFor(value) : undefined;
    return refuse(name, hint ? `${wanted}; ${hint}` : wanted);
  };
  return new GraphQLScalarType<In, string>({
    name,
    parseValue: read,
    parseLiteral: (node: ValueNode) => read(node.kind === Kind.STRING ? node.value : undefined),
    serialize: (value) => serialize(value as Out),
  });
}

const identity = (text: string): string => text;
const email = z.email().max(MAX_EMAIL_CHARACTERS);
/** Control characters and lone surrogates are errors by the URL standard, although parsers encode them; Postgres cannot store all of them. */
const url = z
  .url({ protocol: /^https?$/ })
  .max(MAX_URL_CHARACTERS)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u);

function readObject(value: unknown): Record<string, unknown> {
  const wanted = `an object of at most ${MAX_JSON_CHARACTERS} characters and ${MAX_JSON_DEPTH} levels, without NUL`;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse('JSONObject', wanted);
  // Before JSON.stringify, which is recursive.
  if (isDeeperThan(value, MAX_JSON_DEPTH)) return refuse('JSONObject', wanted);
  const text = JSON.stringify(value);
  if (text.length > MAX_JSON_CHARACTERS) return refuse('JSONObject', wanted);
  // JSON.stringify escapes NULs and lone surrogates; jsonb accepts neither.
  if (/\\u0000|\\ud[89a-f][\da-f]{2}/.test(text.replaceAll('\\\\', '')) || !isStorable(text)) {
    return refuse('JSONObject', wanted);
  }
  // Parsed again: a literal's objects have no prototype, which some libraries do not accept.
  return JSON.parse(text) as Record<string, unknown>;
}

/** For text with the form of a date that no calendar has, such as 2027-02-29. */
function noSuchDay(text: string): string | undefined {
  const [date, year, month] = /^(\d{4})-(\d\d)-\d\d/.exec(text) ?? [];
  if (date === undefined || Number(year) < FIRST_YEAR || Number(year) > LAST_YEAR) return undefined;
  const isMonth = Number(month) >= 1 && Number(month) <= 12;
  return isMonth && parseLocalDate(date) === undefined ? `there is no ${date}` : undefined;
}

export const scalars = {
  DateTime: textScalar<DateTimeInput, DateTimeOutput>(
    'DateTime',
    "an RFC 3339 date and time such as '2025-12-05T14:00:00Z', or without an offset in the tenant's zone",
    parseDateTime,
    formatInstant,
    (text) => (/T24:/i.test(text) ? 'the end of a day is T00:00 of the next' : noSuchDay(text)),
  ),
  LocalDate: textScalar<Temporal.PlainDate, Temporal.PlainDate>(
    'LocalDate',
    "a calendar date 'YYYY-MM-DD'",
    parseLocalDate,
    (date) => date.toString(),
    noSuchDay,
  ),
  LocalTime: textScalar<LocalTime, LocalTime>(
    'LocalTime',
    "a time 'HH:MM' or 'HH:MM:SS'",
    parseLocalTime,
    formatLocalTime,
    (text) => (text.startsWith('24:') ? 'the last time of a day is 24:00, as an end' : undefined),
  ),
  // Any text: the domain refuses an unknown zone with a user error.
  TimeZone: textScalar<string, string>('TimeZone', 'text', identity, identity),
  EmailAddress: textScalar<string, string>(
    'EmailAddress',
    'an e-mail address',
    (text) => email.safeParse(text.trim()).data,
    identity,
  ),
  URL: textScalar<string, string>(
    'URL',
    'an http or https URL',
    (text) => url.safeParse(text).data,
    identity,
  ),
  HexColorCode: textScalar<string, string>(
    'HexColorCode',
    "a color '#RGB' or '#RRGGBB'",
    (text) => (/^#(?:[\da-f]{3}|[\da-f]{6})$/i.test(text) ? text : undefined),
    identity,
  ),
  JSONObject: new GraphQLScalarType<Record<string, unknown>, unknown>({
    name: 'JSONObject',
    parseValue: readObject,
    parseLiteral: (node, variables) => readObject(valueFromASTUntyped(node, variables)),
    serialize: (value) => value,
  }),
};
