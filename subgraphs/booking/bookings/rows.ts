/**
 * Rows for raw SQL. Select lists, columns, conversions and comparison are derived from drizzle/booking/tables.ts, so a new column
 * needs no other line.
 */
import { bookings, bookingSeries, type BookingRow, type SeriesRow } from '@drizzle/booking/tables';
import type { Queryable } from '@libs/db/inTransaction';
import { getTableColumns, type Column } from 'drizzle-orm';
import { toSnakeCase } from 'drizzle-orm/casing';
import { canonicalJson } from './canonicalJson.ts';

type Sql = Queryable['sql'];
/** Raw SQL returns instants and wall-clock times as text. */
export type RawRow<Row> = { [Name in keyof Row]: unknown };
export type RawBooking = RawRow<BookingRow>;

const quoted = (name: string): string => `"${toSnakeCase(name)}"`;

export function rowFormat<Row extends object>(columns: { [Name in keyof Row]: Column }) {
  const all = Object.entries<Column>(columns) as [keyof Row & string, Column][];
  // V8 copies an object made by JSON.parse five times as fast as it makes one of so many names.
  const empty = JSON.parse(JSON.stringify(Object.fromEntries(all.map(([name]) => [name, null])))) as Row;
  const selectList = all.map(([name]) => `${quoted(name)} as "${name}"`).join(', ');
  const toDriver = (name: keyof Row, value: unknown): unknown =>
    value === null ? null : columns[name].mapToDriverValue(value);
  /** A JSON column takes its value as it is. */
  const toJsonValue = (name: keyof Row, value: unknown): unknown =>
    columns[name].dataType === 'json' ? value : toDriver(name, value);
  /** The order of an object's keys says nothing: jsonb has its own. */
  const comparable = (name: keyof Row, value: unknown): unknown =>
    columns[name].dataType === 'json' ? canonicalJson(value) : toDriver(name, value);
  return {
    /** Every column under its TypeScript name, for SELECT and RETURNING. */
    select: (sql: Sql) => sql.unsafe(selectList),

    /** All without `names`. */
    columns: (sql: Sql, names: readonly string[] = Object.keys(columns)) =>
      sql.unsafe(names.map(quoted).join(', ')),

    /** For jsonb_populate_record, where the table casts each value. */
    toJson: (row: Partial<Row>): object =>
      Object.fromEntries(
        Object.entries(row).map(([name, value]) => [
          toSnakeCase(name),
          toJsonValue(name as keyof Row, value),
        ]),
      ),

    fromRaw(raw: RawRow<Row>): Row {
      const row = { ...empty };
      for (const [name, column] of all) {
        const value = raw[name];
        if (value !== null) row[name] = column.mapFromDriverValue(value) as Row[typeof name];
      }
      return row;
    },

    changed: (before: Row, after: Row): (keyof Row & string)[] =>
      all
        .map(([name]) => name)
        .filter((name) => comparable(name, before[name]) !== comparable(name, after[name])),
  };
}

const {
  occupies: _occupies,
  allocatedBy: _allocatedBy,
  confirmedSince: _confirmedSince,
  ...columnsOfBooking
} = getTableColumns(bookings);

export const bookingFormat = rowFormat<BookingRow>(columnsOfBooking);
export const seriesFormat = rowFormat<SeriesRow>(getTableColumns(bookingSeries));

export const bookingColumns = bookingFormat.select;
export const bookingOf = bookingFormat.fromRaw;
