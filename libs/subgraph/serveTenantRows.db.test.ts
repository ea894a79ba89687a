import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { keyring } from '@libs/auth/keys';
import { passports, PASSPORT_HEADER } from '@libs/auth/passport';
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { silentLog } from '@libs/telemetry/log';
import { PROCESSES } from '@libs/runtime/subgraphs';
import { testDatabase } from '@libs/testing/testDatabases';
import { fastify } from 'fastify';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTenant } from './readTenant.ts';
import { serveTenantRows } from './serveTenantRows.ts';

const { url: databaseUrl, sql } = await testDatabase('resource');
const db = connect(databaseUrl, { name: 'exports', max: 2 });
const keys = keyring('a-secret-key-of-sufficient-length');
const app = fastify({ forceCloseConnections: 'idle' });
const ours = passports(keys, 'resource', PROCESSES);
serveTenantRows(app, { database: 'resource', db, passports: ours, log: silentLog() });
const url = await app.listen({ host: '127.0.0.1', port: 0 });
afterAll(() => db.close());
afterAll(() => app.close());

const tenant = newId();
/** 20 MB of rows: far more than what sockets hold. */
const PATIENCE = { timeout: 20_000 };
const [ROWS, CHARACTERS] = [5_000, 4_000];
beforeAll(async () => {
  const category = newId();
  await sql`
    insert into resource_categories (id, tenant_id, name, type, created_at, updated_at) values (${category}, ${tenant}, 'Rooms', 'PHYSICAL', now(), now())`;
  await sql`
    insert into resources (id, tenant_id, category_id, name, description, capacity, attributes, created_at, updated_at)
    select gen_random_uuid(), ${tenant}, ${category}, 'Room ' || n, repeat('x', ${CHARACTERS}), 1, '{}', now(), now() from generate_series(1, ${ROWS}) as n`;
});

const gateway = { kind: 'service', name: 'gateway' } as const;
const passportOf = (
  process: 'gateway' | 'booking',
  caller: Parameters<typeof ours.mint>[0],
  audience = 'resource',
) => passports(keys, process, PROCESSES).mint(caller, audience);
const ask = async (passport: string | undefined, query = `tenant=${tenant}`) =>
  fetch(`${url}/tenant-rows?${query}`, { headers: passport ? { [PASSPORT_HEADER]: passport } : {} });
const openReads = async () =>
  Number(
    (
      await sql`select count(*) as n from pg_stat_activity where application_name = 'exports' and xact_start is not null`
    )[0]!['n'],
  );

test('a reader that takes longer than the statement timeout gets every row', async () => {
  const TIMEOUT_MS = 500;
  const slow = postgres(databaseUrl, { max: 1, connection: { statement_timeout: TIMEOUT_MS } });
  let rows = 0;
  await readTenant({ sql: slow }, 'resource', tenant, async (_, batches) => {
    for await (const batch of batches) {
      rows += batch.length;
      await sleep(TIMEOUT_MS / 4);
    }
  });
  await slow.end();
  expect(rows).toBe(ROWS + 1);
});

test('only the gateway may ask, and only for a tenant', async () => {
  const user = {
    kind: 'user',
    ...{ userId: newId(), tenantId: tenant as never, userType: 'ADMIN' as const, sessionId: newId() },
    permissions: { canBook: true, canManageBookings: true, canManageResources: true, canManageUsers: true },
  } as const;
  for (const passport of [
    undefined,
    'forged',
    await passportOf('gateway', { kind: 'anonymous' }),
    await passportOf('gateway', user),
    await passportOf('gateway', gateway, 'booking'),
    await passportOf('booking', { kind: 'service', name: 'booking' }),
    await passportOf('booking', gateway),
  ]) {
    expect((await ask(passport)).status).toBe(401);
  }
  const passport = await passportOf('gateway', gateway);
  for (const query of ['', 'tenant=x', `tenant=${tenant}&tenant=${tenant}`]) {
    expect((await ask(passport, query)).status).toBe(400);
  }
});

test('every row of the tenant, between the database and the counts', async () => {
  const answer = await ask(await passportOf('gateway', gateway));
  const lines = (await answer.text())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines[0]).toEqual({ database: 'resource', readAt: expect.any(String) });
  expect(lines.at(-1)!['tables']).toMatchObject({
    'resource.resources': ROWS,
    'resource.resource_categories': 1,
  });
  expect(lines.filter(({ table }) => table === 'resource.resources')).toHaveLength(ROWS);
  const nothing = await (await ask(await passportOf('gateway', gateway), `tenant=${newId()}`)).text();
  expect(nothing.trimEnd().split('\n')).toHaveLength(2);
});

test('reads only what the reader takes, two at once, and ends with the reader', async () => {
  const headers = { [PASSPORT_HEADER]: await passportOf('gateway', gateway) };
  const readers = [0, 1].map(() => request(`${url}/tenant-rows?tenant=${tenant}`, { headers }));
  for (const reader of readers) {
    reader.on('error', () => {});
    reader.end();
    const [answer] = await once(reader, 'response');
    answer.on('error', () => {});
    answer.pause();
  }
  await expect.poll(openReads, PATIENCE).toBe(2);
  expect((await ask(headers[PASSPORT_HEADER])).status).toBe(503);
  await new Promise((resolve) => setTimeout(resolve, 500));
  // Still in the middle of the tables: nobody took the rest.
  expect(await openReads()).toBe(2);
  readers[0]!.destroy();
  await expect.poll(openReads, PATIENCE).toBe(1);
  const next = await ask(headers[PASSPORT_HEADER]);
  expect(next.status).toBe(200);
  await next.text();
  readers[1]!.destroy();
  await expect.poll(openReads, PATIENCE).toBe(0);
});
