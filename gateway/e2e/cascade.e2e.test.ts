import { withAllocations } from '@drizzle/booking/allocations.fixtures';
import { newId } from '@libs/db/ids';
import { SUBGRAPHS } from '@libs/runtime/subgraphs';
import { federation } from '@libs/testing/federation';
import { waitUntil } from '@scripts/dev/servers/processes';
import type postgres from 'postgres';
import { expect, test } from 'vitest';
import { daysAhead, setUpTenant } from '../testing/tenantSetup.ts';

const vaga = await federation();
const platform = await vaga.signIn();

const BOOKINGS = 5_000;
const USERS = 100;
const RESOURCES = 50;
const CLIENTS = 10;
/** Half a minute is promised. */
const CASCADE_LIMIT_MS = 30_000;
/** Tables without tenant data: queues and tombstones; and the audit trail, which outlives its tenant. */
const BOOKKEEPING_TABLES = [
  ...['outbox', 'inbox', 'consumed_events', 'tombstones', 'deleted_tenants'],
  'audit_entries',
];

/** Count and checksum of the tenant's rows in each table. */
async function rowsOf(sql: postgres.Sql, tenantId: string): Promise<Record<string, string>> {
  const tables = await sql<{ name: string }[]>`
    select table_name as name from information_schema.columns
    where column_name = 'tenant_id' and table_schema = 'public' order by table_name`;
  const rows: Record<string, string> = {};
  for (const { name } of tables.filter((table) => !BOOKKEEPING_TABLES.includes(table.name))) {
    const [sum] = await sql<{ sum: string }[]>`
      select count(*) || ' ' || coalesce(md5(string_agg(row::text, '|' order by row::text)), '') as sum
      from ${sql(name)} as row where tenant_id = ${tenantId}`;
    rows[name] = sum!.sum;
  }
  const [tenant] = await sql<{ known: boolean }[]>`select to_regclass('public.tenants') is not null as known`;
  if (tenant!.known)
    rows['tenants'] = String((await sql`select 1 from tenants where id = ${tenantId}`).length);
  return rows;
}

const rowsEverywhere = async (tenantId: string) =>
  Object.fromEntries(
    await Promise.all(
      SUBGRAPHS.map(async (name) => [name, await rowsOf(vaga.databases[name].sql, tenantId)] as const),
    ),
  );

test('deletes a large tenant without a trace while clients book in it and a consumer is killed, and touches no other tenant', async () => {
  const [doomed, other] = [await setUpTenant(vaga, platform), await setUpTenant(vaga, platform)];
  const { user, resource, booking } = vaga.databases;
  await user.sql`
    insert into users select (json_populate_record(u, json_build_object('id', gen_random_uuid(), 'email', n || '@many.example'))).*
    from users u, generate_series(1, ${USERS}) n where u.id = ${doomed.user.id}`;
  await resource.sql`
    insert into resources select (json_populate_record(r, json_build_object('id', gen_random_uuid()))).*
    from resources r, generate_series(1, ${RESOURCES}) n where r.id = ${doomed.resourceId}`;
  await withAllocations(
    booking.sql,
    booking.sql`
    insert into bookings (id, tenant_id, resource_id, user_id, client_id, start_time, end_time, status, created_at, updated_at)
    select gen_random_uuid(), ${doomed.tenantId}, r.id, ${doomed.user.id}, ${doomed.user.id},
           now() + n * interval '1 hour', now() + (n + 1) * interval '1 hour', 'CONFIRMED', now(), now()
    from (select gen_random_uuid() as id from generate_series(1, ${RESOURCES})) r, generate_series(1, ${BOOKINGS / RESOURCES}) n`,
  );
  // The setup has its own events.
  const isIdle = async () =>
    (await user.sql`select 1 from inbox union all select 1 from notifications where status = 'PENDING'`)
      .length === 0 &&
    (await user.sql`select 1 from notifications where tenant_id = ${other.tenantId}`).length > 0;
  expect(await waitUntil(isIdle, CASCADE_LIMIT_MS)).toBe(true);
  const before = await rowsEverywhere(other.tenantId);

  let isBooking = true;
  let [created, refused] = [0, 0];
  const clients = Array.from({ length: CLIENTS }, async (_, client) => {
    for (let n = 0; isBooking; n += 1) {
      const day = 5 + (n % 20);
      const { data, errors } = await vaga.ask(
        'mutation ($input: CreateBookingInput!) { createBooking(input: $input) { booking { id } userErrors { code } } }',
        {
          input: {
            resourceId: doomed.resourceId,
            startTime: daysAhead(day, 6 + client),
            endTime: daysAhead(day, 7 + client),
          },
        },
        { token: doomed.user.token },
      );
      if (data?.createBooking?.booking) created += 1;
      else if (
        errors ||
        data.createBooking.userErrors.some((error: { code: string }) => error.code !== 'CONFLICT')
      )
        refused += 1;
    }
  });
  await waitUntil(() => Promise.resolve(created > CLIENTS), CASCADE_LIMIT_MS);

  const { deleteTenant } = await vaga.data(
    'mutation ($id: ID!) { deleteTenant(id: $id) { deletedId userErrors { code } } }',
    { id: doomed.tenantId },
    { token: platform },
  );
  expect(deleteTenant).toEqual({ deletedId: doomed.tenantId, userErrors: [] });
  await vaga.end('booking', 'SIGKILL');
  await vaga.start('booking');

  const isDeleted = async () => {
    const rows = Object.values(await rowsEverywhere(doomed.tenantId)).flatMap((tables) =>
      Object.values(tables),
    );
    return rows.every((sum) => sum.startsWith('0'));
  };
  expect(
    await waitUntil(isDeleted, CASCADE_LIMIT_MS),
    JSON.stringify(await rowsEverywhere(doomed.tenantId)),
  ).toBe(true);
  // Sessions end within seconds; until then clients are refused because the tenant is deleted.
  expect(await waitUntil(() => Promise.resolve(refused > CLIENTS), CASCADE_LIMIT_MS)).toBe(true);
  isBooking = false;
  await Promise.all(clients);
  expect(await isDeleted()).toBe(true);

  expect(await rowsEverywhere(other.tenantId)).toEqual(before);
  const late = await vaga.ask(
    'mutation ($input: CreateBookingInput!) { createBooking(input: $input) { booking { id } userErrors { code } } }',
    {
      input: {
        tenantId: doomed.tenantId,
        resourceId: doomed.resourceId,
        userId: newId(),
        startTime: daysAhead(9, 9),
        endTime: daysAhead(9, 10),
      },
    },
    { token: platform },
  );
  expect(late.data?.createBooking?.booking ?? null).toBeNull();
  expect(await isDeleted()).toBe(true);
});
