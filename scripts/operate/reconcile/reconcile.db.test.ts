import { allocationProblems } from '@drizzle/booking/allocations.fixtures';
import { connectRedis } from '@libs/cache/redis';
import { connect } from '@libs/db/connect';
import { SUBGRAPHS, type SubgraphName } from '@libs/runtime/subgraphs';
import { silentLog } from '@libs/telemetry/log';
import { testDatabase, testRedis, type TestDatabase } from '@libs/testing/testDatabases';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Databases } from '../withDatabases.ts';
import type { Run } from './findings.ts';
import { BOOKINGS, EVENTS, fill, idOf, RESOURCES, TENANTS } from './manyRows.fixtures.ts';
import { reconcileReferences } from './references.ts';
import { reconcileStats } from './recountStats.ts';

const { url: redisUrl, redis: testClient } = await testRedis();
const redis = connectRedis(redisUrl, { name: 'reconcile', log: silentLog() });
const tests = Object.fromEntries(
  await Promise.all(SUBGRAPHS.map(async (name) => [name, await testDatabase(name)] as const)),
) as Record<SubgraphName, TestDatabase>;
const databases = Object.fromEntries(
  SUBGRAPHS.map((name) => [name, connect(tests[name].url, { name: 'reconcile', max: 2 })]),
) as Databases;
afterAll(async () => {
  redis.disconnect();
  await Promise.all(SUBGRAPHS.map((name) => databases[name].close()));
});
const sqls = {
  tenant: tests.tenant.sql,
  user: tests.user.sql,
  resource: tests.resource.sql,
  booking: tests.booking.sql,
};
const { tenant, user, resource, booking } = sqls;

async function run(
  work: (run: Run) => Promise<void>,
  { isApplied = false, deletesTenants = false } = {},
): Promise<{ found: number; left: number; lines: string[] }> {
  const lines: string[] = [];
  const state: Run = {
    databases,
    isApplied,
    deletesTenants,
    found: 0,
    left: 0,
    print: (line) => lines.push(line),
  };
  await work(state);
  return { found: state.found, left: state.left, lines };
}
const references = (state: Run) => reconcileReferences(state, redis);

/** A checksum of every table, without what `except` names. */
async function contentOf(
  names: readonly SubgraphName[],
  except: string = '',
): Promise<Record<string, string>> {
  const content: Record<string, string> = {};
  for (const name of names) {
    const tables = await sqls[name]<{ table: string }[]>`
      select tablename as table from pg_tables where schemaname = 'public' order by 1`;
    for (const { table } of tables) {
      const filter = name === 'booking' && table === 'bookings' && except ? `where ${except}` : '';
      const [row] = await sqls[name].unsafe<{ sum: string }[]>(
        `select count(*) || ' ' || coalesce(sum(hashtextextended(one::text, 0)), 0) as sum from ${table} as one ${filter}`,
      );
      content[`${name}.${table}`] = row!.sum;
    }
  }
  return content;
}

beforeAll(() => fill(sqls), 240_000);

describe(`four databases with ${BOOKINGS} bookings`, { timeout: 240_000 }, () => {
  it('have no differences when they agree, and nothing changes', async () => {
    const before = await contentOf(SUBGRAPHS);
    expect(await run(references, { isApplied: true, deletesTenants: true })).toEqual({
      found: 0,
      left: 0,
      lines: [],
    });
    expect(await run(reconcileStats, { isApplied: true })).toEqual({ found: 0, left: 0, lines: [] });
    expect(await contentOf(SUBGRAPHS)).toEqual(before);
    expect(await allocationProblems(booking)).toEqual([]);
  });

  it('are left alone if the owner of what they refer to is empty', async () => {
    await resource`alter table resources rename to elsewhere`;
    await resource`create table resources (like elsewhere)`;
    const before = await contentOf(['booking']);
    await expect(run(references, { isApplied: true })).rejects.toThrow('restore it first');
    expect(await contentOf(['booking'])).toEqual(before);
    await resource`drop table resources`;
    await resource`alter table elsewhere rename to resources`;
  });

  it('agree again after a run, which leaves everything else alone, and a second one finds nothing', async () => {
    const lost = {
      tenant: await idOf(tenant, 'tenant', 3),
      missingRoom: await idOf(tenant, 'resource', 1),
      deletedRoom: await idOf(tenant, 'resource', 2),
      // Belongs to another tenant than the others.
      client: await idOf(tenant, 'user', 4),
    };
    const alive = { room: await idOf(tenant, 'resource', 5), tenant: await idOf(tenant, 'tenant', 6) };
    await tenant`delete from tenants where id = ${lost.tenant}`;
    await resource`delete from resources where id = ${lost.missingRoom}`;
    await resource`update resources set deleted_at = now(), is_active = false where id = ${lost.deletedRoom}`;
    await user`delete from users where id = ${lost.client}`;
    await resource`insert into deleted_tenants (tenant_id, deleted_at) values (${alive.tenant}, now())`;
    await booking`
      insert into tombstones (kind, id, tenant_id, deleted_at) values
        ('RESOURCE', ${alive.room}, ${alive.tenant}, now()), ('TENANT', ${alive.tenant}, ${alive.tenant}, now())`;
    // It was restored to before it consumed these.
    await resource`delete from consumed_events where ctid in (select ctid from consumed_events limit 7)`;

    const isTouched = booking`
      tenant_id = ${lost.tenant} or resource_id in (${lost.missingRoom}, ${lost.deletedRoom})
      or user_id = ${lost.client} or client_id = ${lost.client}`;
    const touched = await booking<{ id: string; tenant_id: string }[]>`
      select id, tenant_id from bookings where status = 'CONFIRMED' and (${isTouched})`;
    const ofTenant = touched.filter((row) => row.tenant_id === lost.tenant).length;
    expect(ofTenant).toBeGreaterThan(0);
    const untouched = `not (tenant_id = '${lost.tenant}' or resource_id in ('${lost.missingRoom}', '${lost.deletedRoom}')
      or user_id = '${lost.client}' or client_id = '${lost.client}')`;
    const before = await contentOf(['booking'], untouched);
    const all = await contentOf(SUBGRAPHS);

    const dry = await run(references);
    expect(dry.found).toBeGreaterThanOrEqual(9);
    expect(dry.left).toBe(dry.found);
    expect(await contentOf(SUBGRAPHS)).toEqual(all);

    const kept = await run(references, { isApplied: true });
    // The rows of the tenant, in three databases.
    expect(kept.left).toBe(3);
    expect(await booking`select from bookings where tenant_id = ${lost.tenant}`).toHaveLength(
      BOOKINGS / TENANTS,
    );

    await run(references, { isApplied: true, deletesTenants: true });
    const [counts] = await booking`
      select (count(*) filter (where tenant_id = ${lost.tenant}))::int as of_tenant,
             (count(*) filter (where status = 'CONFIRMED' and (${isTouched})))::int as left_over,
             count(*)::int as all from bookings`;
    expect(counts).toEqual({ of_tenant: 0, left_over: 0, all: BOOKINGS - BOOKINGS / TENANTS });
    const [events] = await booking`
      select count(*)::int as n, count(distinct payload ->> 'booking_id')::int as bookings from outbox where event_type = 'booking.cancelled'`;
    const cancelled = touched.length - ofTenant;
    expect(events).toEqual({ n: cancelled, bookings: cancelled });
    expect((await contentOf(['booking'], untouched))['booking.bookings']).toBe(before['booking.bookings']);
    expect(await user`select from users where tenant_id = ${lost.tenant}`).toHaveLength(0);
    expect(await resource`select from resources where tenant_id = ${lost.tenant}`).toHaveLength(0);
    expect(
      await booking`select from tombstones where id in ${booking([alive.room, alive.tenant])}`,
    ).toHaveLength(0);
    expect(await testClient.xlen('booking-events')).toBe(2 * EVENTS);
    expect(await allocationProblems(booking)).toEqual([]);

    // Its consumer drops what it has, and consumes the rest.
    await resource`
      insert into consumed_events (consumer_group, event_id)
      select 'resource-service', id from unnest(${(await booking<{ id: string }[]>`select id from outbox`).map(({ id }) => id)}::uuid[]) as id
      on conflict do nothing`;
    const healed = await contentOf(SUBGRAPHS);
    expect(await run(references, { isApplied: true, deletesTenants: true })).toEqual({
      found: 0,
      left: 0,
      lines: [],
    });
    expect(await contentOf(SUBGRAPHS)).toEqual(healed);
  });

  it('have the right counts at their resources after a run', async () => {
    await run(reconcileStats, { isApplied: true });
    const room = await idOf(tenant, 'resource', 10);
    const other = await idOf(tenant, 'resource', 11);
    const [before] =
      await resource`select sum(hashtextextended(one::text, 0)) as sum from resource_stats as one`;
    await resource`update resource_stats set bookings_created = bookings_created + 3 where resource_id = ${room}`;
    await resource`delete from resource_stats where resource_id = ${other}`;
    const perRoom = BOOKINGS / RESOURCES;
    const cancelled =
      await booking`select from bookings where resource_id = ${other} and status = 'CANCELLED'`;
    const dry = await run(reconcileStats);
    expect(dry.lines.toSorted()).toEqual(
      [
        `resource: ${room} has ${perRoom + 3} bookings and ${perRoom / 10} cancellations in its stats, and should have ${perRoom} and ${perRoom / 10}`,
        `resource: ${other} has 0 bookings and 0 cancellations in its stats, and should have ${perRoom} and ${cancelled.length}`,
      ].toSorted(),
    );
    expect((await run(reconcileStats, { isApplied: true })).left).toBe(0);
    expect(
      (await resource`select sum(hashtextextended(one::text, 0)) as sum from resource_stats as one`)[0],
    ).toEqual(before);
    expect((await run(reconcileStats, { isApplied: true })).found).toBe(0);
  });

  it('counts no event twice that the resource service has not consumed yet', async () => {
    const room = await idOf(tenant, 'resource', 12);
    const [made] = await booking<
      { id: string }[]
    >`select id from bookings where resource_id = ${room} limit 1`;
    await booking`
      insert into outbox (id, stream, event_type, tenant_id, payload, occurred_at, trace_id, version)
      select gen_random_uuid(), 'booking-events', 'booking.created', tenant_id,
             jsonb_build_object('booking_id', id, 'resource_id', resource_id), now(), 'trace', 1 from bookings where id = ${made!.id}`;
    expect((await run(reconcileStats, { isApplied: true })).found).toBe(1);
    const [stats] = await resource`select bookings_created from resource_stats where resource_id = ${room}`;
    expect(stats!['bookings_created']).toBe(BOOKINGS / RESOURCES - 1);
    await booking`delete from outbox where position is null`;
    expect((await run(reconcileStats, { isApplied: true })).found).toBe(1);
  });
});
