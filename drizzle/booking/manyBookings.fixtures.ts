/** A large database of the release before allocations. */
import type postgres from 'postgres';
import { COLUMNS } from './previousRelease.fixtures.ts';

export const BOOKINGS = 100_000;
const TENANTS = 20;
/** Each belongs to one tenant and has BOOKINGS / RESOURCES bookings. */
export const RESOURCES = 1_000;
/** Of each ten bookings of a resource, seven occupy it. */
const STATUSES =
  "'{PENDING,CONFIRMED,CONFIRMED,COMPLETED,CONFIRMED,PENDING,COMPLETED,CANCELLED,REJECTED,NO_SHOW}'";
/** The first start. */
const SINCE = "timestamptz '2027-01-01T00:00Z'";
/** Between the starts of a resource's bookings. */
const STEP = "interval '2 hours'";
/** Free of bookings. */
export const FREE_SINCE = '2028-01-01T00:00Z';

const id = (kind: string, number: string) => `md5('${kind} ' || ${number})::uuid`;

/**
 * Bookings of every status: of resources that are never free, where each begins as the one before ends, and of others; those that occupy
 * nothing overlap with one that does. Some last 26 hours, some have another unit, a tenth belongs to series, and some have notes. Also
 * tombstones of parties with bookings (3) and without (1), idempotency keys and versions of resources.
 */
export async function fill(sql: postgres.Sql): Promise<void> {
  await sql.unsafe(`
    insert into booking_series (id, tenant_id, user_id, client_id, frequency, interval, end_date, days_of_week, timezone, local_start, created_at)
    select ${id('series', 'n')}, ${id('tenant', `n % ${TENANTS}`)}, ${id('user', 'n')}, ${id('user', 'n')}, 'WEEKLY', 1,
           ${SINCE}, '{MONDAY}', 'America/Sao_Paulo', '2027-01-01T00:00', now()
    from generate_series(0, ${RESOURCES - 1}) as n`);
  const indexes = await dropIndexes(sql);
  await sql.unsafe(`
    insert into bookings (${COLUMNS}, unit)
    select ${id('booking', 'n')}, ${id('tenant', `resource % ${TENANTS}`)}, ${id('resource', 'resource')}, ${id('user', 'resource')},
           ${id('client', 'n % 5000')}, case when nth % 10 = 4 then ${id('series', 'resource')} end, start,
           start + case when nth = ${BOOKINGS / RESOURCES - 4} then interval '26 hours' when resource % 2 = 0 then ${STEP} else interval '45 minutes' end,
           status, case when nth % 8 = 0 then 'Traz a bola ' || n end, case status when 'CANCELLED' then ${id('user', 'resource')} end,
           case status when 'CANCELLED' then 'Choveu' end, 1 + n % 4, ${SINCE} - interval '30 days', ${SINCE} - interval '1 day',
           case when nth = 3 then 2 else 1 end
    from generate_series(0, ${BOOKINGS - 1}) as n,
         lateral (select n % ${RESOURCES} as resource, n / ${RESOURCES} as nth) as position,
         lateral (select (${STATUSES}::booking_status[])[1 + nth % 10] as status) as state,
         -- Those of the last three statuses are at the times of three that occupy.
         lateral (select ${SINCE} + (nth - case when nth % 10 > 6 then 5 else 0 end) * ${STEP} as start) as clock`);
  for (const { definition } of indexes) await sql.unsafe(definition);
  await sql.unsafe(`
    insert into gone (kind, id, gone_at) values
      ('TENANT', gen_random_uuid(), now()), ('RESOURCE', ${id('resource', '1')}, now()),
      ('USER', ${id('client', '7')}, now()), ('USER', gen_random_uuid(), now())`);
  await sql.unsafe(`
    insert into idempotency_keys (tenant_id, caller_id, key, input_hash, booking_ids, created_at)
    select tenant_id, user_id, id::text, md5(id::text), array[id], now() from bookings where version = 4 and unit = 1 limit 5000`);
  await sql`insert into resource_versions (resource_id, tenant_id, version) select resource_id, tenant_id, count(*) from bookings group by 1, 2`;
  await sql`analyze`;
}

/** Drops the indexes of bookings except the primary key, so that they are built once all rows are there. */
async function dropIndexes(sql: postgres.Sql): Promise<{ definition: string }[]> {
  const indexes = await sql<{ definition: string; removal: string }[]>`
    select coalesce('alter table bookings add constraint ' || conname || ' ' || pg_get_constraintdef(c.oid), pg_get_indexdef(indexrelid)) as definition,
           coalesce('alter table bookings drop constraint ' || conname, 'drop index ' || indexrelid::regclass) as removal
    from pg_index left join pg_constraint c on conindid = indexrelid and contype = 'x'
    where indrelid = 'bookings'::regclass and not indisprimary`;
  for (const { removal } of indexes) await sql.unsafe(removal);
  return [...indexes];
}
