/**
 * What a createBooking costs the whole system until its answer. Lower these numbers when it costs less, and docs/performance.md with
 * them.
 */
import { PASSPORT_HEADER } from '@libs/auth/passport';
import { LOCK_KEYS } from '@libs/db/advisoryLocks';
import { SUBGRAPHS, type SubgraphName } from '@libs/runtime/subgraphs';
import { federation } from '@libs/testing/federation';
import { postgresProxy, type PostgresProxy } from '@libs/testing/postgresProxy';
import { redisProxy, type RedisProxy } from '@libs/testing/redisProxy';
import { afterAll, expect, it } from 'vitest';
import { recordingProxy, type RecordingProxy } from '../testing/recordingProxy.ts';
import { daysAhead, mutate, setUpTenant } from '../testing/tenantSetup.ts';

/** HTTP calls to each subgraph. */
const HTTP_CALLS = { tenant: 0, user: 0, resource: 0, booking: 1 };
/** Statements in each subgraph's database. */
const STATEMENTS = { tenant: 0, user: 0, resource: 0, booking: 9 };
/** The tenant's settings and their version. */
const REDIS_COMMANDS = ['mget'];

/** The least counts of these: background work falls into some of them. */
const BOOKINGS = 40;
const HOURS_OF_DAY = 14;

const services = new Map<SubgraphName, RecordingProxy>();
const databases = new Map<SubgraphName, PostgresProxy>();
let redis: RedisProxy;

const vaga = await federation({
  async variablesFor(system) {
    const variables: Record<string, string> = {};
    for (const name of SUBGRAPHS) {
      const service = await recordingProxy(system.ports[name]);
      const database = await postgresProxy(system.databases[name].url);
      services.set(name, service);
      databases.set(name, database);
      variables[`${name.toUpperCase()}_SERVICE_URL`] = service.url;
      variables[`${name.toUpperCase()}_DATABASE_URL`] = database.url;
    }
    redis = await redisProxy(system.redisUrl);
    afterAll(async () => {
      for (const service of services.values()) service.close();
      await Promise.all([...databases.values(), redis].map((proxy) => proxy.close()));
    });
    return { ...variables, REDIS_URL: redis.url };
  },
});
const setup = await setUpTenant(vaga, await vaga.signIn());

/** Since the last call. Every request between services has a passport. */
function counts() {
  const of = (count: (name: SubgraphName) => number) =>
    Object.fromEntries(SUBGRAPHS.map((name) => [name, count(name)]));
  return {
    httpCalls: of(
      (name) =>
        services
          .get(name)!
          .received.splice(0)
          .filter((text) => text.includes(`"${PASSPORT_HEADER}"`)).length,
    ),
    statements: of((name) => databases.get(name)!.take().statements),
    redisCommands: redis.take(),
  };
}

it('createBooking takes one HTTP call, 9 statements and one Redis command', async () => {
  // The relay waits for this lock, so no consumer works meanwhile.
  const relayLock = await vaga.databases.booking.sql.reserve();
  await relayLock.unsafe(`select pg_advisory_lock(${LOCK_KEYS.outboxPositions})`);
  const costs: ReturnType<typeof counts>[] = [];
  for (let count = 0; count < BOOKINGS; count += 1) {
    const [day, hour] = [6 + Math.floor(count / HOURS_OF_DAY), 6 + (count % HOURS_OF_DAY)];
    const input = {
      resourceId: setup.resourceId,
      startTime: daysAhead(day, hour),
      endTime: daysAhead(day, hour + 1),
    };
    counts();
    await mutate(vaga, setup.user.token, 'createBooking', input, 'booking { id }');
    costs.push(counts());
  }
  await relayLock.unsafe(`select pg_advisory_unlock(${LOCK_KEYS.outboxPositions})`);
  relayLock.release();
  const least = (of: (cost: ReturnType<typeof counts>) => Record<string, number>) =>
    Object.fromEntries(SUBGRAPHS.map((name) => [name, Math.min(...costs.map((cost) => of(cost)[name]!))]));
  expect(least(({ httpCalls }) => httpCalls)).toEqual(HTTP_CALLS);
  expect(least(({ statements }) => statements)).toEqual(STATEMENTS);
  const [fewest] = costs.map((cost) => cost.redisCommands).toSorted((a, b) => a.length - b.length);
  expect(fewest).toEqual(REDIS_COMMANDS);
});
