/** Rows for databases of any released schema, so that tests upgrade data too. */
import type postgres from 'postgres';
import type { DatabaseName } from './releasedStates.ts';

const ID = `gen_random_uuid()`;
const at = (count: number) => `from generate_series(1, ${count})`;

/** In the order of their foreign keys. */
const EVENTS: [table: string, insert: string][] = [
  [
    'outbox',
    `insert into outbox (id, position, stream, event_type, tenant_id, payload, occurred_at, trace_id, version)
     select ${ID}, nextval('outbox_position'), 'booking-events', 'booking.created', ${ID}, '{"a":1}', now(), 'trace', 1 ${at(7)}`,
  ],
  [
    'outbox',
    `insert into outbox (id, stream, event_type, tenant_id, payload, occurred_at, trace_id, version)
     select ${ID}, 'booking-events', 'booking.created', ${ID}, '{}', now(), 'trace', 1 ${at(2)}`,
  ],
  // As a relay of an earlier release leaves it after a restore: beyond the end of the outbox.
  ['outbox_relay', `update outbox_relay set published = 5, acknowledged = 40`],
  [
    'inbox',
    `insert into inbox (consumer_group, event_id, stream, key, event_type, payload, metadata, dead_at)
     select g, e, 'booking-events', ${ID}, 'booking.created', '{}', '{}', case when n = 1 then now() end
     from (select n, ${ID} as e from generate_series(1, 4) n) events, unnest(array['a-service', 'b-service']) g`,
  ],
  [
    'consumed_events',
    `insert into consumed_events (consumer_group, event_id) select 'a-service', ${ID} ${at(3)}`,
  ],
];

const OF_DATABASE: Record<DatabaseName, [table: string, insert: string][]> = {
  tenant: [
    [
      'tenants',
      `insert into tenants (id, name, domain, plan, created_at, updated_at)
       select ${ID}, 'Sala ' || n, 'sala' || n || '.example', 'BASIC', now(), now() from generate_series(1, 3) n`,
    ],
    [
      'webhooks',
      `insert into webhooks (id, tenant_id, url, events, is_active, created_at, updated_at)
       select ${ID}, id, 'https://example.org', array['BOOKING_CREATED']::webhook_event[], true, now(), now() from tenants`,
    ],
    [
      'webhook_deliveries',
      `insert into webhook_deliveries (id, tenant_id, webhook_id, event_id, event, booking_id, body, created_at, next_attempt_at)
       select ${ID}, tenant_id, id, ${ID}, 'BOOKING_CREATED', ${ID}, '{}', now(), now() from webhooks`,
    ],
  ],
  user: [
    [
      'users',
      `insert into users (id, tenant_id, name, email, user_type, can_book, can_manage_bookings, can_manage_resources,
         can_manage_users, metadata, is_active, created_at, updated_at)
       select ${ID}, ${ID}, 'Ana', 'ana' || n || '@example.org', 'USER', true, false, false, false, '{}', true, now(), now()
       from generate_series(1, 3) n`,
    ],
    [
      'sessions',
      `insert into sessions (id, user_id, tenant_id, created_at, expires_at)
       select ${ID}, id, tenant_id, now(), now() from users`,
    ],
    [
      'notifications',
      `insert into notifications (id, tenant_id, user_id, event_id, event_type, subject_id, payload, trace_id, status,
         next_attempt_at, created_at)
       select ${ID}, tenant_id, id, ${ID}, 'booking.created', ${ID}, '{}', 'trace', 'PENDING', now(), now() from users`,
    ],
  ],
  resource: [
    [
      'resource_categories',
      `insert into resource_categories (id, tenant_id, name, type, created_at, updated_at)
       select ${ID}, ${ID}, 'Salas', 'PHYSICAL', now(), now() ${at(2)}`,
    ],
    [
      'resources',
      `insert into resources (id, tenant_id, category_id, name, capacity, attributes, created_at, updated_at)
       select ${ID}, tenant_id, id, 'Sala', 4, '{"tv":true}', now(), now() from resource_categories`,
    ],
  ],
  booking: [
    [
      'bookings',
      `insert into bookings (id, tenant_id, resource_id, user_id, client_id, start_time, end_time, status, created_at, updated_at)
       select ${ID}, ${ID}, ${ID}, ${ID}, ${ID}, now() + interval '30 days', now() + interval '721 hours', 'CONFIRMED', now(), now() ${at(5)}`,
    ],
    ['gone', `insert into gone (kind, id, gone_at) values ('TENANT', ${ID}, now())`],
    [
      'resource_versions',
      `insert into resource_versions (resource_id, tenant_id, version) select ${ID}, ${ID}, 3 ${at(2)}`,
    ],
  ],
};

/** Fills the database's tables that exist. */
export async function fill(name: DatabaseName, sql: postgres.Sql): Promise<void> {
  for (const [table, insert] of [...EVENTS, ...OF_DATABASE[name]]) {
    const [found] = await sql<{ exists: boolean }[]>`select to_regclass(${table}) is not null as "exists"`;
    if (found?.exists) await sql.unsafe(insert);
  }
}

/** Every row of the schema `public`, by table, without `outbox_relay`, which upgrades change. */
export async function rowsOf(sql: postgres.Sql): Promise<Record<string, unknown[]>> {
  const tables = await sql<{ name: string }[]>`
    select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'outbox_relay' order by 1`;
  const rows: Record<string, unknown[]> = {};
  for (const { name } of tables) {
    const found = await sql<{ row: string }[]>`select to_jsonb(t)::text as row from ${sql(name)} t`;
    if (found.length > 0) {
      const texts = found.map(({ row }) => row).toSorted();
      rows[name] = texts.map((text): unknown => JSON.parse(text));
    }
  }
  return rows;
}
