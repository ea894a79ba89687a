/** Counts of bookings at resources, counted anew from the bookings: events of a replaced history have changed them, or are missing. */
import type { Db } from '@libs/db/connect';
import { inTransaction, type Tx } from '@libs/db/inTransaction';
import { heal, type Run } from './findings.ts';

/** Resources whose rows are locked at once. */
const PAGE_SIZE = 200;

type Resource = { id: string; tenantId: string };
type Counted = { created: number; cancelled: number; lastBookedAt: string | null };
const NOTHING: Counted = { created: 0, cancelled: 0, lastBookedAt: null };

/** Those with bookings or with stats, by id. */
async function resourcesAfter({ sql }: Db, after: string): Promise<Resource[]> {
  return sql<Resource[]>`
    select id, tenant_id as "tenantId" from resources where id > ${after}::uuid order by id limit ${PAGE_SIZE}`;
}

/** Locks the rows: no event of these resources takes effect until the transaction ends. */
async function lockStats({ sql }: Tx, ids: readonly string[]): Promise<Map<string, Counted>> {
  const rows = await sql<(Counted & { id: string })[]>`
    select resource_id as id, bookings_created as created, bookings_cancelled as cancelled,
           to_char(last_booked_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "lastBookedAt"
    from resource_stats where resource_id = any(${[...ids]}::uuid[]) order by resource_id for update`;
  return new Map(rows.map(({ id, ...counted }) => [id, counted]));
}

type Waiting = { event_id: string; resource_id: string; is_new: boolean };

/** As the bookings are, and the events about them that their outbox has, in one snapshot. */
async function countBookings(
  { sql }: Db,
  ids: readonly string[],
  tenantIds: readonly string[],
): Promise<{ counts: Map<string, Counted>; events: Waiting[] }> {
  const [row] = await sql<{ counts: (Counted & { id: string })[]; events: Waiting[] }[]>`
    select
      (select coalesce(json_agg(counted), '[]') from (
        select resource_id as id, count(*)::int as created, (count(*) filter (where status = 'CANCELLED'))::int as cancelled,
               to_char(max(created_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "lastBookedAt"
        from bookings where resource_id = any(${[...ids]}::uuid[]) group by resource_id
      ) as counted) as counts,
      (select coalesce(json_agg(event), '[]') from (
        select id as event_id, payload ->> 'resource_id' as resource_id, event_type = 'booking.created' as is_new
        from outbox where tenant_id = any(${[...tenantIds]}::uuid[]) and event_type in ('booking.created', 'booking.cancelled')
          and (payload ->> 'resource_id')::uuid = any(${[...ids]}::uuid[])
      ) as event) as events`;
  return { counts: new Map(row!.counts.map(({ id, ...counted }) => [id, counted])), events: row!.events };
}

/** Leaves out bookings whose events still wait: they will be counted when those are consumed. */
async function withoutWaiting(
  { sql }: Tx,
  counts: ReadonlyMap<string, Counted>,
  events: readonly Waiting[],
): Promise<Map<string, Counted>> {
  const rows = await sql<{ id: string }[]>`
    select event_id as id from consumed_events
    where consumer_group = 'resource-service' and event_id = any(${events.map((one) => one.event_id)}::uuid[])`;
  const consumed = new Set(rows.map(({ id }) => id));
  const result = new Map(counts);
  for (const { event_id, resource_id, is_new } of events) {
    const counted = result.get(resource_id);
    if (!counted || consumed.has(event_id)) continue;
    const { created, cancelled } = counted;
    result.set(resource_id, {
      ...counted,
      created: is_new ? created - 1 : created,
      cancelled: is_new ? cancelled : cancelled - 1,
    });
  }
  return result;
}

const isSame = (a: Counted, b: Counted): boolean => a.created === b.created && a.cancelled === b.cancelled;

/** A booking counts where it is now: those that were moved to another resource have been counted at their first one before. */
export async function reconcileStats(run: Run): Promise<void> {
  const { resource, booking } = run.databases;
  let page = await resourcesAfter(resource, '00000000-0000-0000-0000-000000000000');
  while (page.length > 0) {
    const ids = page.map(({ id }) => id);
    // Tried again after a deadlock: what it finds is printed once it has been committed.
    const different = await inTransaction(resource, async (tx) => {
      // A first event waits for its row too.
      if (run.isApplied) await insertZeros(tx, page);
      const stored = await lockStats(tx, ids);
      const { counts, events } = await countBookings(booking, ids, [
        ...new Set(page.map(({ tenantId }) => tenantId)),
      ]);
      const expected = await withoutWaiting(tx, counts, events);
      const found = page.flatMap((one) => {
        const [is, should] = [stored.get(one.id) ?? NOTHING, expected.get(one.id) ?? NOTHING];
        return isSame(is, should) ? [] : [{ ...one, is, should }];
      });
      if (run.isApplied) {
        await writeStats(tx, found);
        await deleteZeros(tx, ids);
      }
      return found;
    });
    for (const { id, is, should } of different) {
      const what = `resource: ${id} has ${is.created} bookings and ${is.cancelled} cancellations in its stats, and should have ${should.created} and ${should.cancelled}`;
      await heal(run, what, async () => {});
    }
    page = await resourcesAfter(resource, ids.at(-1)!);
  }
}

async function insertZeros({ sql }: Tx, page: readonly Resource[]): Promise<void> {
  await sql`
    insert into resource_stats (resource_id, tenant_id)
    select * from unnest(${page.map(({ id }) => id)}::uuid[], ${page.map(({ tenantId }) => tenantId)}::uuid[])
    order by 1 on conflict (resource_id) do nothing`;
}

/** Resources that never had a booking have no row. */
async function deleteZeros({ sql }: Tx, ids: readonly string[]): Promise<void> {
  await sql`
    delete from resource_stats
    where resource_id = any(${[...ids]}::uuid[]) and bookings_created = 0 and bookings_cancelled = 0`;
}

async function writeStats({ sql }: Tx, found: readonly (Resource & { should: Counted })[]): Promise<void> {
  const rows = found.map(({ id, tenantId, should }) => ({
    resource_id: id,
    tenant_id: tenantId,
    bookings_created: should.created,
    bookings_cancelled: should.cancelled,
    last_booked_at: should.lastBookedAt,
  }));
  await sql`
    insert into resource_stats select * from jsonb_populate_recordset(null::resource_stats, ${JSON.stringify(rows)}::text::jsonb)
    on conflict (resource_id) do update set bookings_created = excluded.bookings_created,
      bookings_cancelled = excluded.bookings_cancelled, last_booked_at = excluded.last_booked_at`;
}
