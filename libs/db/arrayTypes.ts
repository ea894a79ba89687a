/**
 * How the driver writes and reads arrays of Postgres's own types. It could ask the database for all array types when it connects, but
 * that costs a round trip, and a connection that is lost meanwhile rejects a promise that nobody handles, which ends the process.
 * Arrays of enums are passed as text: `${names}::text[]::booking_status[]`.
 */
import { parse } from 'postgres-array';
import type postgres from 'postgres';

type ReadElement = (text: string) => unknown;

/** Object ids of the array types (pg_type.oid), which are the same in every database, and how their elements are read. */
const ARRAY_TYPES: Record<string, { oid: number; read: ReadElement }> = {
  int2: { oid: 1005, read: Number },
  int4: { oid: 1007, read: Number },
  text: { oid: 1009, read: String },
  uuid: { oid: 2951, read: String },
};

export const arrayTypes: Record<string, postgres.PostgresType> = Object.fromEntries(
  Object.entries(ARRAY_TYPES).map(([name, { oid, read }]) => [
    `${name}[]`,
    {
      to: oid,
      from: [oid],
      serialize: writeArray,
      parse: (text: string) => parse(text, read),
    },
  ]),
);

/** Text is passed on: Drizzle has written its arrays already. */
function writeArray(values: readonly unknown[] | string): string {
  if (typeof values === 'string') return values;
  if (values.includes(undefined)) throw new TypeError('an array for Postgres has no undefined elements');
  return `{${values.map((value) => (value === null ? 'null' : quoted(String(value)))).join(',')}}`;
}

const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
