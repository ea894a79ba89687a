/** The SQL of keyset pages (`keysetPages.ts`) for Drizzle. */
import { and, sql, type SQL, type SQLWrapper } from 'drizzle-orm';
import type { KeysetRange, NamedOrder } from './keysetPages.ts';

/** A sort column as SQL, and the type of its values. The last one of an order is unique. */
export type SortColumn = { column: SQLWrapper; type: 'uuid' | 'text' | 'bigint' | 'date' | 'timestamptz' };

/**
 * The columns of `namedOrder`. Names are sorted by Unicode's root collation (UCA), not by code points: accents and case count only
 * between names that are otherwise equal. An index on names needs the same collation.
 */
export function namedColumns(
  field: NamedOrder['field'],
  { name, id }: Record<'name' | 'id', SQLWrapper>,
): SortColumn[] {
  const byId: SortColumn = { column: id, type: 'uuid' };
  return field === 'NAME' ? [{ column: sql`${name} collate "und-x-icu"`, type: 'text' }, byId] : [byId];
}

/** Rows strictly between the range's keys. */
export function isInRange(columns: readonly SortColumn[], { above, below }: KeysetRange): SQL | undefined {
  const row = sql`(${sql.join(
    columns.map(({ column }) => sql`${column}`),
    sql`, `,
  )})`;
  const valuesOf = (key: readonly string[]) =>
    sql`(${sql.join(
      columns.map(({ type }, n) => sql`${key[n]!}::${sql.raw(type)}`),
      sql`, `,
    )})`;
  return and(above && sql`${row} > ${valuesOf(above)}`, below && sql`${row} < ${valuesOf(below)}`);
}

/** For `orderBy`. */
export const inRangeOrder = (columns: readonly SortColumn[], { isDescending }: KeysetRange): SQL[] =>
  columns.map(({ column }) => (isDescending ? sql`${column} desc` : sql`${column} asc`));
