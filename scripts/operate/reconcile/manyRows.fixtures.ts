/** Four databases that agree, with many bookings. */
import type postgres from 'postgres';

export const BOOKINGS = 100_000;
export const TENANTS = 20;
/** Each belongs to one tenant and has BOOKINGS / RESOURCES bookings. */
export const RESOURCES = 1_000;
const USERS = 2_000;
/** Bookings with an event that was consumed. */
export const EVENTS = 500;

type Sqls = Record<'tenant' | 'user' | 'resource' | 'booking', postgres.Sql>;

/** A UUID of version 4. */
const id = (kind: string, number: string) =>
  `overlay(overlay(md5('${kind} ' || ${number}) placing '4' from 13) placing '8' from 17)::uuid`;
export const idOf = async (sql: postgres.Sql, kind: string, number: number): Promise<string> =>
  (await sql.unsafe<{ id: string }[]>(`select ${id(kind, String(number))} as id`))[0]!.id;

/** Of each ten bookings of a resource, two are over, and one is cancelled. */
export async function fill({ tenant, user, resource, booking }: Sqls): Promise<void> {
  await tenant.unsafe(`
    insert into tenants (id, name, domain, plan, created_at, updated_at)
    select ${id('tenant', 'n')}, 'Tenant ' || n, n || '.example', 'BASIC', now(), now() from generate_series(0, ${TENANTS - 1}) as n`);
  await user.unsafe(`
    insert into users (id, tenant_id, name, email, user_type, can_book, can_manage_bookings, can_manage_resources, can_manage_users,
                       metadata, is_active, created_at, updated_at)
    select ${id('user', 'n')}, ${id('tenant', `n % ${TENANTS}`)}, 'User ' || n, n || '@example.com', 'USER', true, false, false, false,
           '{}', true, now(), now() from generate_series(0, ${USERS - 1}) as n`);
  await resource.unsafe(`
    insert into resource_categories (id, tenant_id, name, type, created_at, updated_at)
    select ${id('category', 'n')}, ${id('tenant', 'n')}, 'Rooms', 'PHYSICAL', now(), now() from generate_series(0, ${TENANTS - 1}) as n`);
  await resource.unsafe(`
    insert into resources (id, tenant_id, category_id, name, capacity, attributes, created_at, updated_at)
    select ${id('resource', 'n')}, ${id('tenant', `n % ${TENANTS}`)}, ${id('category', `n % ${TENANTS}`)}, 'Room ' || n, 1, '{}', now(), now()
    from generate_series(0, ${RESOURCES - 1}) as n`);
  const perResource = BOOKINGS / RESOURCES;
  await booking.begin(async (tx) => {
    // Neither triggers nor foreign keys: the rows agree by construction.
    await tx`set local session_replication_role = replica`;
    await tx.unsafe(`
      insert into bookings (id, tenant_id, resource_id, user_id, client_id, start_time, end_time, status, created_at, updated_at)
      select ${id('booking', 'n')}, ${id('tenant', `room % ${TENANTS}`)}, ${id('resource', 'room')},
             ${id('user', `(n % ${USERS / TENANTS}) * ${TENANTS} + room % ${TENANTS}`)}, ${id('user', `(n % 50) * ${TENANTS} + room % ${TENANTS}`)},
             start, start + interval '1 hour',
             (case when nth % 10 < 2 then 'COMPLETED' when nth % 10 = 9 then 'CANCELLED' else 'CONFIRMED' end)::booking_status,
             date_trunc('day', now()) - interval '60 days', now()
      from generate_series(0, ${BOOKINGS - 1}) as n,
           lateral (select n / ${perResource} as room, n % ${perResource} as nth) as place,
           lateral (select date_trunc('hour', now()) + interval '1 day' + nth * interval '1 hour'
                           - case when nth % 10 < 2 then interval '30 days' else interval '0' end as start) as clock`);
    await tx`
      insert into allocations (tenant_id, resource_id, booking_id, start_time, end_time, occupied, seats)
      select tenant_id, resource_id, id, start_time, end_time, tstzrange(start_time, end_time), '{[1,)}' from bookings where occupies`;
    await tx.unsafe(`
      insert into outbox (id, position, stream, event_type, tenant_id, payload, occurred_at, trace_id, version)
      select ${id('event', 'n')}, n + 1, 'booking-events', 'booking.created', tenant_id,
             jsonb_build_object('booking_id', id, 'resource_id', resource_id, 'tenant_id', tenant_id), now() - interval '1 hour', 'trace', 1
      from generate_series(0, ${EVENTS - 1}) as n join bookings on id = ${id('booking', 'n')}`);
    await tx.unsafe(`update outbox_relay set published = ${EVENTS}`);
  });
  await booking`analyze`;
  for (const [sql, groups] of [
    [tenant, ['tenant-service', 'audit']],
    [user, ['user-service']],
    [resource, ['resource-service']],
  ] as const) {
    await sql.unsafe(`
      insert into consumed_events (consumer_group, event_id)
      select name, ${id('event', 'n')} from unnest(array['${groups.join("','")}']) as name, generate_series(0, ${EVENTS - 1}) as n`);
  }
  await resource.unsafe(`
    insert into resource_stats (resource_id, tenant_id, bookings_created, bookings_cancelled, last_booked_at)
    select id, tenant_id, ${perResource}, ${perResource / 10}, date_trunc('day', now()) - interval '60 days' from resources`);
}
