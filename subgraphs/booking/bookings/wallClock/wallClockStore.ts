/** SQL of the wall clock of bookings. */
import type { BookingRow } from '@drizzle/booking/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Queryable, Tx } from '@libs/db/inTransaction';
import { formatInstant } from '@libs/time/instants';
import { Temporal } from 'temporal-polyfill';
import type { RuleOfSeries, WallClock } from '../../scheduling/wallClock.ts';
import { bookingColumns, bookingOf, type RawBooking } from '../rows.ts';

const PAGE_SIZE = 1_000;

/** The first tenant after `after` that has bookings. */
export async function nextTenantOfAllTenants(
  db: Queryable,
  after: TenantId | null,
): Promise<TenantId | undefined> {
  const [row] = await db.sql<{ id: TenantId }[]>`
    select tenant_id as id from bookings where tenant_id > coalesce(${after}::uuid, '00000000-0000-0000-0000-000000000000')
    order by tenant_id limit 1`;
  return row?.id;
}

export type Upcoming = { row: BookingRow; series: RuleOfSeries | undefined };

/** The bookings to come that may still take place, by start, a page at a time. */
export async function* upcomingPages(
  tenantId: TenantId,
  db: Queryable,
  now: Temporal.Instant,
): AsyncGenerator<Upcoming[]> {
  let after = { start: formatInstant(now), id: '00000000-0000-0000-0000-000000000000' };
  for (;;) {
    const rows = await db.sql<(RawBooking & { seriesStart: string | null; seriesZone: string | null })[]>`
      select page.*, s.local_start as "seriesStart", s.timezone as "seriesZone"
      from (
        select ${bookingColumns(db.sql)} from bookings
        where tenant_id = ${tenantId}::uuid and status in ('PENDING', 'CONFIRMED')
          and (start_time, id) > (${after.start}::timestamptz, ${after.id}::uuid)
        order by start_time, id limit ${PAGE_SIZE}
      ) as page left join booking_series s on s.id = page."seriesId" and s.tenant_id = ${tenantId}::uuid
      order by "startTime", page.id`;
    if (rows.length === 0) return;
    const page = rows.map((raw): Upcoming => ({ row: bookingOf(raw), series: seriesOf(raw) }));
    yield page;
    const { row } = page.at(-1)!;
    after = { start: formatInstant(row.startTime), id: row.id };
  }
}

const seriesOf = (raw: { seriesStart: string | null; seriesZone: string | null }): RuleOfSeries | undefined =>
  raw.seriesStart === null || raw.seriesZone === null
    ? undefined
    : {
        localStart: Temporal.PlainDateTime.from(raw.seriesStart.replace(' ', 'T')),
        timezone: raw.seriesZone,
      };

/** The rule of the booking's series, if it has one. */
export async function ruleOfSeries(
  tenantId: TenantId,
  db: Queryable,
  { seriesId }: Pick<BookingRow, 'seriesId'>,
): Promise<RuleOfSeries | undefined> {
  const [row] = await db.sql<{ seriesStart: string; seriesZone: string }[]>`
    select local_start as "seriesStart", timezone as "seriesZone" from booking_series
    where id = ${seriesId}::uuid and tenant_id = ${tenantId}::uuid`;
  return row && seriesOf(row);
}

type Noted = { row: Pick<BookingRow, 'id' | 'startTime' | 'endTime'>; wallClock: WallClock };

/** Notes what is unknown, of bookings that still have these times. Nobody sees a difference: the version stays. Returns how many. */
export async function noteWallClocks(
  tenantId: TenantId,
  db: Queryable,
  noted: readonly Noted[],
): Promise<number> {
  const rows = noted.map(({ row, wallClock }) => ({
    id: row.id,
    start_time: formatInstant(row.startTime),
    end_time: formatInstant(row.endTime),
    local_start: wallClock.localStart,
    local_end: wallClock.localEnd,
    timezone: wallClock.timezone,
  }));
  const { count } = await db.sql`
    update bookings set local_start = noted.local_start, local_end = noted.local_end, timezone = noted.timezone
    from jsonb_populate_recordset(null::bookings, ${JSON.stringify(rows)}::text::jsonb) as noted
    where bookings.id = noted.id and bookings.tenant_id = ${tenantId}::uuid and bookings.timezone is null
      and bookings.start_time = noted.start_time and bookings.end_time = noted.end_time`;
  return count;
}

/** Does not change the version. The booking is locked; a move to the same wall-clock time has removed its wall clock (the trigger bookings_wall_clock). */
export async function restoreWallClock(
  tenantId: TenantId,
  tx: Tx,
  id: string,
  { localStart, localEnd, timezone }: WallClock,
  originalStart: Temporal.Instant | null,
): Promise<void> {
  await tx.sql`
    update bookings set local_start = ${localStart}::timestamp, local_end = ${localEnd}::timestamp,
      timezone = ${timezone}, original_start = ${originalStart && formatInstant(originalStart)}::timestamptz
    where id = ${id}::uuid and tenant_id = ${tenantId}::uuid`;
}
