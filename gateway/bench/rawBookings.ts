/** Bookings by SQL alone, the baseline of createBooking. */
import { newId } from '@libs/db/ids';
import type postgres from 'postgres';
import type { Slot } from '../testing/freeSlots.ts';

/** Set for each row; the other columns are a template's. */
const OWN_COLUMNS = ['id', 'resource_id', 'start_time', 'end_time', 'arrival'];

async function copiedColumns(sql: postgres.Sql): Promise<string> {
  const columns = await sql<{ name: string }[]>`
    select column_name as name from information_schema.columns
    where table_name = 'bookings' and is_generated = 'NEVER' and is_identity = 'NO'`;
  return columns
    .map(({ name }) => name)
    .filter((name) => !OWN_COLUMNS.includes(name))
    .join(', ');
}

const ALLOCATE = `
  insert into allocations (tenant_id, resource_id, booking_id, start_time, end_time, occupied, seats)
  select tenant_id, resource_id, id, start_time, end_time, tstzrange(start_time, end_time), '{[1,)}' from booking where occupies`;

/** Adds past bookings of 5 minutes to both tables, without events: from number `first`, `count` of them. */
export async function addPastBookings(
  sql: postgres.Sql,
  templateId: string,
  resourceIds: readonly string[],
  first: number,
  count: number,
): Promise<void> {
  const copied = await copiedColumns(sql);
  for (const table of ['bookings', 'raw_bookings']) {
    const insertion = `
      insert into ${table} (id, resource_id, start_time, end_time, ${copied})
       select gen_random_uuid(), ($2::uuid[])[1 + number % $3::int], past.start, past.start + interval '5 minutes', ${copied}
       from bookings template, generate_series($4::int, $5::int - 1) number,
         lateral (select date_trunc('day', now()) - (1 + number / $3::int) * interval '5 minutes' as start) past
       where template.id = $1`;
    await sql.unsafe(
      table === 'bookings' ? `with booking as (${insertion} returning *) ${ALLOCATE}` : insertion,
      [templateId, resourceIds as string[], resourceIds.length, first, first + count],
    );
    await sql.unsafe(`analyze ${table}`);
  }
}

/** Inserts a booking; with its event, or without one where the slot may be taken. Returns whether it was inserted. */
export type InsertBooking = (slot: Slot) => Promise<boolean>;

/** In copies of the tables, so that no event is published. `templateId` is a booking. */
export async function rawBookings(
  sql: postgres.Sql,
  templateId: string,
): Promise<{ withEvent: InsertBooking; ifFree: InsertBooking }> {
  await sql`create table raw_bookings (like bookings including all)`;
  // What keeps a resource as a whole from being booked twice, if nothing more is asked for.
  await sql`
    alter table raw_bookings add constraint raw_bookings_no_overlap
      exclude using gist (resource_id with =, tstzrange(start_time, end_time) with &&) where (occupies)`;
  await sql`create table raw_outbox (like outbox including all)`;
  const copied = await copiedColumns(sql);
  const insert = `
    insert into raw_bookings (id, resource_id, start_time, end_time, ${copied})
    select $2::uuid, $3::uuid, $4::text::timestamptz, $5::text::timestamptz, ${copied}`;
  const withEvent = `
    with template as (select * from bookings where id = $1), booking as (${insert} from template)
    insert into raw_outbox (id, stream, event_type, tenant_id, payload, occurred_at, trace_id, version)
    select $6::uuid, 'booking-events', 'booking.created', tenant_id, '{}'::jsonb, now(), '', 1 from template`;
  const ifFree = `${insert} from bookings where id = $1 on conflict do nothing`;
  const run = async (text: string, { resourceId, startTime, endTime }: Slot, more: string[]) => {
    const values = [templateId, newId(), resourceId, startTime, endTime, ...more];
    return (await sql.unsafe(text, values, { prepare: true })).count === 1;
  };
  return {
    withEvent: (slot) => run(withEvent, slot, [newId()]),
    ifFree: (slot) => run(ifFree, slot, []),
  };
}
