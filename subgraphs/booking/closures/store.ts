/** SQL of closures. */
import { closures, type ClosureRow } from '@drizzle/booking/tables';
import type { TenantId } from '@libs/auth/tenantId';
import { newId } from '@libs/db/ids';
import type { Queryable, Tx } from '@libs/db/inTransaction';
import type { KeysetRange } from '@libs/db/keysetPages';
import { inRangeOrder, isInRange, type SortColumn } from '@libs/db/keysetSql';
import { formatLocalTime, localTime, type LocalTime } from '@libs/time/localTimes';
import { and, arrayOverlaps, count, eq, getTableColumns, gte, isNull, lte, or, type SQL } from 'drizzle-orm';
import { Temporal } from 'temporal-polyfill';
import { rowFormat, type RawRow } from '../bookings/rows.ts';
import type { DateRange } from '../scheduling/dateIndex.ts';
import { MAX_CLOSURE_DAYS, type ClosureValues, type ResourceOfCategory } from './rules.ts';

export type ClosureQuery = {
  /** Those that apply to any of them; absent: all. */
  resources?: readonly ResourceOfCategory[] | undefined;
  /** Inclusive. */
  from?: Temporal.PlainDate | null | undefined;
  to?: Temporal.PlainDate | null | undefined;
};

const timeOf = (text: string | null): LocalTime | null => (text === null ? null : localTime(text));
const textOf = (time: LocalTime | null): string | null => (time === null ? null : formatLocalTime(time));

export const valuesOfRow = (row: ClosureRow): ClosureValues => ({
  name: row.name,
  from: Temporal.PlainDate.from(row.fromDate),
  to: Temporal.PlainDate.from(row.toDate),
  startTime: timeOf(row.startTime),
  endTime: timeOf(row.endTime),
  resourceIds: row.resourceIds,
  categoryIds: row.categoryIds,
});

const columnsOf = ({ name, from, to, startTime, endTime, resourceIds, categoryIds }: ClosureValues) => ({
  name,
  fromDate: from.toString(),
  toDate: to.toString(),
  startTime: textOf(startTime),
  endTime: textOf(endTime),
  resourceIds: resourceIds && [...resourceIds],
  categoryIds: categoryIds && [...categoryIds],
});

export const sameValues = (a: ClosureValues, b: ClosureValues): boolean =>
  JSON.stringify(columnsOf(a)) === JSON.stringify(columnsOf(b));

function matching(tenantId: TenantId, { resources, from, to }: ClosureQuery): SQL | undefined {
  const closesOne =
    resources &&
    or(
      and(isNull(closures.resourceIds), isNull(closures.categoryIds)),
      arrayOverlaps(
        closures.resourceIds,
        resources.map(({ id }) => id),
      ),
      arrayOverlaps(
        closures.categoryIds,
        resources.map(({ category }) => category.id),
      ),
    );
  return and(
    eq(closures.tenantId, tenantId),
    from ? gte(closures.toDate, from.toString()) : undefined,
    to ? lte(closures.fromDate, to.toString()) : undefined,
    closesOne,
  );
}

const closureFormat = rowFormat<ClosureRow>(getTableColumns(closures));

/** Of the closures of a tenant, those that apply to any of `resources` (absent: all) on any date of `dates`, which do not overlap. */
export type DatesQuery = Pick<ClosureQuery, 'resources'> & { dates: readonly DateRange[] };

/**
 * By date. Raw SQL: every booking reads them, and Drizzle takes longer to build the statement than the driver to send it. An index scan
 * for each range of dates.
 */
export async function findClosures(
  tenantId: TenantId,
  { sql }: Queryable,
  { resources, dates }: DatesQuery,
): Promise<ClosureRow[]> {
  const first = dates.map(({ from }) => from.toString());
  const last = dates.map(({ to }) => to.toString());
  const rows = await sql<RawRow<ClosureRow>[]>`
    select distinct on (from_date, id) ${closureFormat.select(sql)}
    from unnest((select ${first}::text[]), (select ${last}::text[])) as requested(first_text, last_text)
    cross join lateral (
      select * from closures
      where tenant_id = ${tenantId}::uuid
        and ${isOnDates(sql)}
        ${resources ? sql`and (${closesAny(sql, resources)})` : sql``}
      offset 0
    ) as closure
    order by from_date, id`;
  return rows.map(closureFormat.fromRaw);
}

/** From `first_text` to `last_text`, inclusive. No closure is longer than MAX_CLOSURE_DAYS, which bounds the index scan at both ends. */
const isOnDates = (sql: Queryable['sql']) => sql`
  to_date >= first_text::date and from_date <= last_text::date
  and from_date > first_text::date - ${MAX_CLOSURE_DAYS}::int`;

const closesAny = (sql: Queryable['sql'], resources: readonly ResourceOfCategory[]) => sql`
  resource_ids is null and category_ids is null
  or resource_ids && ${resources.map(({ id }) => id)}::uuid[]
  or category_ids && ${resources.map(({ category }) => category.id)}::uuid[]`;

const SORT_COLUMNS: SortColumn[] = [
  { column: closures.fromDate, type: 'date' },
  { column: closures.id, type: 'uuid' },
];

export function listClosures(
  tenantId: TenantId,
  db: Queryable,
  query: ClosureQuery,
  range: KeysetRange,
): Promise<ClosureRow[]> {
  return db.drizzle
    .select()
    .from(closures)
    .where(and(matching(tenantId, query), isInRange(SORT_COLUMNS, range)))
    .orderBy(...inRangeOrder(SORT_COLUMNS, range))
    .limit(range.limit);
}

export async function countClosures(tenantId: TenantId, db: Queryable, query: ClosureQuery): Promise<number> {
  const [row] = await db.drizzle.select({ total: count() }).from(closures).where(matching(tenantId, query));
  return row!.total;
}

export async function closureOfAllTenants(db: Queryable, id: string): Promise<ClosureRow | undefined> {
  const [row] = await db.drizzle.select().from(closures).where(eq(closures.id, id));
  return row;
}

const isClosure = (tenantId: TenantId, id: string) =>
  and(eq(closures.id, id), eq(closures.tenantId, tenantId));

export async function lockClosure(tenantId: TenantId, tx: Tx, id: string): Promise<ClosureRow | undefined> {
  const [row] = await tx.drizzle.select().from(closures).where(isClosure(tenantId, id)).for('update');
  return row;
}

/** In the order of `values`, which is also that of the new ids. */
export function newClosureRows(
  tenantId: TenantId,
  values: readonly ClosureValues[],
  now: Temporal.Instant,
): ClosureRow[] {
  return values.map((one) => ({
    id: newId(),
    tenantId,
    ...columnsOf(one),
    createdAt: now,
    updatedAt: now,
  }));
}

export async function insertClosures(tenantId: TenantId, tx: Tx, rows: readonly ClosureRow[]): Promise<void> {
  await tx.drizzle.insert(closures).values(rows.map((row) => ({ ...row, tenantId })));
}

export async function updateClosureRow(
  tenantId: TenantId,
  tx: Tx,
  id: string,
  values: ClosureValues,
  now: Temporal.Instant,
): Promise<ClosureRow> {
  const [row] = await tx.drizzle
    .update(closures)
    .set({ ...columnsOf(values), updatedAt: now })
    .where(isClosure(tenantId, id))
    .returning();
  return row!;
}

export async function deleteClosureRow(
  tenantId: TenantId,
  tx: Tx,
  id: string,
): Promise<ClosureRow | undefined> {
  const [row] = await tx.drizzle.delete(closures).where(isClosure(tenantId, id)).returning();
  return row;
}

export type TenantDates = { tenantId: TenantId; dates: DateRange };

/** For each request, in order, text that changes whenever the tenant's closures on any of its dates do. One statement. */
export async function closureVersionsOfAllTenants(
  db: Queryable,
  requests: readonly TenantDates[],
): Promise<string[]> {
  const tenantIds = requests.map(({ tenantId }) => tenantId);
  const first = requests.map(({ dates }) => dates.from.toString());
  const last = requests.map(({ dates }) => dates.to.toString());
  const rows = await db.sql<{ position: number; version: string }[]>`
    select position::int as position, count(*) || ' ' || sum(hashtextextended(closure::text, 0)) as version
    from unnest((select ${tenantIds}::uuid[]), (select ${first}::text[]), (select ${last}::text[]))
      with ordinality as requested(for_tenant, first_text, last_text, position)
    cross join lateral (
      select * from closures where tenant_id = for_tenant and ${isOnDates(db.sql)} offset 0
    ) as closure
    group by position`;
  const versions = new Map(rows.map(({ position, version }) => [position - 1, version]));
  return requests.map((_, index) => versions.get(index) ?? '');
}
