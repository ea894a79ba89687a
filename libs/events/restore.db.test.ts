import { seededRandom } from '@libs/testing/seededRandom';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectRedis, type RedisConnection } from '@libs/cache/redis';
import { inTransaction } from '@libs/db/inTransaction';
import { startRedis, type RedisServer } from '@scripts/dev/servers/redisServer';
import { silentLog } from '@libs/telemetry/log';
import { systemClock } from '@libs/time/clock';
import { backUpRedis, backupsOf, type Backup } from '@libs/testing/backups';
import { recordingReactions } from '@libs/testing/eventEffects';
import { bookingEvent, eventDatabase, eventually, eventContext } from '@libs/testing/eventFixtures';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { consumeOnce } from './consumer/consumer.ts';
import { eventIdOf } from './entries.ts';
import { assignPositions } from './relay/assignPositions.ts';
import { announce } from './outbox.ts';
import { relayOnce, startRelay, type Relay } from './relay/relay.ts';
import { replay } from './operate/replay.ts';
import { outboxStatus, resendStatus } from './operate/eventStatus.ts';
import { purgeOldRows, maintainOutbox } from './relay/maintenance.ts';

const STREAM = 'booking-events';
const GROUPS = ['tenant-service', 'user-service', 'resource-service', 'audit'] as const;
/** Random series of backups, restores, losses and work; more with VAGA_SOAK. */
const SERIES = process.env['VAGA_SOAK'] ? 60 : 6;
const STEPS = 25;

/** `db`: the announcing service's, which is restored; `groupsDb`: that of all consumer groups. */
const { db, url } = await eventDatabase();
const { db: groupsDb, url: groupsUrl } = await eventDatabase();
const backUp = backupsOf(url);
const backUpGroups = backupsOf(groupsUrl);
const log = silentLog();

let dataDir: string;
let server: RedisServer;
let redis: RedisConnection;
/** A connection without the product's timeouts. */
let client: Redis;

beforeAll(async () => {
  dataDir = path.join(await mkdtemp(path.join(tmpdir(), 'vaga-restore-')), 'redis');
  server = await startRedis({ dataDir });
  redis = connectRedis(server.url, { name: 'test', log });
  client = new Redis(server.url, { protocol: 2, retryStrategy: () => 50 });
  client.on('error', () => {});
  await eventually('connected', async () => redis.status === 'ready');
});

afterAll(async () => {
  redis.disconnect();
  client.disconnect();
  await server.stop();
  await rm(path.dirname(dataDir), { recursive: true, force: true });
});

beforeEach(async () => {
  await db.sql`truncate outbox`;
  await db.sql`
    update outbox_relay set outbox_id = gen_random_uuid(), published = 0, acknowledged = 0, removed = 0,
      removed_event = null, resent_at = null, resent_because = null, resent_after = null, resent_until = null`;
  await db.sql`alter sequence outbox_position restart`;
  await groupsDb.sql`truncate inbox, consumed_events, effects`;
  await client.flushall();
});

const announceMany = async (count: number): Promise<string[]> =>
  inTransaction(db, (tx) =>
    announce(
      tx,
      Array.from({ length: count }, () => bookingEvent()),
      eventContext(),
    ),
  );
const relayAll = () => relayOnce({ db, redis });
const consumeAll = async () => {
  for (const group of GROUPS) {
    await consumeOnce({ db: groupsDb, redis, group, reactions: recordingReactions(group) });
  }
};
const idsIn = async (stream: string) =>
  (await client.xrange(stream, '-', '+')).map(([, fields]) => eventIdOf(fields));
const countUnnumbered = async () => (await db.sql`select 1 from outbox where position is null`).count;

describe('after a database was restored to an older state', () => {
  it('all of its new events are published, even if their positions pass those in Redis during an outage', async () => {
    await announceMany(30);
    await relayAll();
    await consumeAll();
    await maintainOutbox(db, client);
    const backup = await backUp();
    await announceMany(30);
    await relayAll();
    await consumeAll();
    await maintainOutbox(db, client);

    await server.stop();
    await backup.restore();
    const relays = [0, 1].map(() => startRelay({ db, redis, log }));
    const ids = await announceMany(60);
    await eventually('numbered', async () => (await countUnnumbered()) === 0);
    server = await startRedis({ dataDir, port: server.port });
    await eventually('connected again', async () => client.status === 'ready');
    const sent = async () => ids.filter((id) => streamed.has(id)).length;
    let streamed = new Set(await idsIn(STREAM));
    await eventually('sent', async () => {
      streamed = new Set(await idsIn(STREAM));
      return (await sent()) === ids.length;
    }).catch(() => {});
    await Promise.all(relays.map((relay) => relay.stop()));
    expect(await sent()).toBe(60);
    await consumeAll();
    const effects =
      await groupsDb.sql`select event_id, worker from effects where event_id = any(${ids}::uuid[])`;
    expect(effects.count).toBe(60 * GROUPS.length);
  });

  it('its new events are published, even if there were none when the relay first saw the restored state', async () => {
    await announceMany(10);
    await relayAll();
    await consumeAll();
    await maintainOutbox(db, client);
    const backup = await backUp();
    await announceMany(20);
    await relayAll();
    await consumeAll();
    await maintainOutbox(db, client);
    await backup.restore();
    await relayAll();
    // The groups acknowledged events of the replaced history.
    await maintainOutbox(db, client);
    const ids = await announceMany(5);
    await relayAll();
    expect((await idsIn(STREAM)).slice(-5)).toEqual(ids);
  });

  it('its new events are published by relays that ran during the restore', async () => {
    const relays: Relay[] = [0, 1, 2].map(() => startRelay({ db, redis, log }));
    await announceMany(20);
    await eventually('sent', async () => (await client.xlen(STREAM)) >= 20);
    const backup = await backUp();
    await announceMany(40);
    await eventually('sent', async () => (await client.xlen(STREAM)) >= 60);
    await backup.restore();
    const ids: string[] = [];
    for (let i = 0; i < 12; i += 1) ids.push(...(await announceMany(5)));
    await eventually('sent', async () => {
      const streamed = new Set(await idsIn(STREAM));
      return ids.every((id) => streamed.has(id));
    });
    await Promise.all(relays.map((relay) => relay.stop()));
  });

  it('nothing is published again that every group acknowledged before the backup', async () => {
    await announceMany(10);
    await relayAll();
    await consumeAll();
    await maintainOutbox(db, client);
    const backup = await backUp();
    await announceMany(4);
    await relayAll();
    await backup.restore();
    const ids = await announceMany(6);
    expect(await relayAll()).toBe(6);
    expect((await idsIn(STREAM)).slice(14)).toEqual(ids);
  });
});

describe("after a consumer's database was restored", () => {
  it('a replay applies the events that it lacks, and none a second time', async () => {
    const since = systemClock.now().subtract({ minutes: 1 });
    const ids = await announceMany(5);
    await relayAll();
    await consumeAll();
    const backup = await backUpGroups();
    ids.push(...(await announceMany(7)));
    await relayAll();
    await consumeAll();
    await backup.restore();
    await consumeAll();
    const had = async () =>
      (await groupsDb.sql`select event_id from effects where worker = ${GROUPS[0]}`).map(
        (row) => row['event_id'] as string,
      );
    expect(await had()).toHaveLength(5);
    expect(await replay(db, redis, since)).toBe(12);
    await consumeAll();
    expect((await had()).toSorted()).toEqual(ids.toSorted());
  });
});

describe('the status', () => {
  it('reports a replaced history and what is due again, and afterwards what was sent again', async () => {
    await announceMany(6);
    await relayAll();
    expect(await resendStatus(db, client)).toEqual({ dueAgain: 0, isHistoryReplaced: false, last: null });
    const backup = await backUp();
    await announceMany(3);
    await relayAll();
    await backup.restore();
    await announceMany(7);
    expect(await assignPositions(db)).toBe(7);
    expect(await resendStatus(db, client)).toEqual({ dueAgain: 6, isHistoryReplaced: true, last: null });
    expect((await outboxStatus(db)).unpublished).toBe(7);
    expect(await relayAll()).toBe(13);
    expect(await resendStatus(db, client)).toEqual({
      dueAgain: 0,
      isHistoryReplaced: false,
      last: {
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        because: 'HISTORY_REPLACED',
        after: '0',
        until: '6',
      },
    });
  });

  it('reports a loss of Redis once for all batches that are sent again', async () => {
    await announceMany(1_200);
    await relayAll();
    await client.flushall();
    expect(await resendStatus(db, client)).toMatchObject({ dueAgain: 1_200, isHistoryReplaced: false });
    expect(await relayAll()).toBe(1_200);
    expect((await resendStatus(db, client)).last).toMatchObject({
      because: 'REDIS_LOST',
      after: '0',
      until: '1200',
    });
  });
});

describe('an outbox without new events', () => {
  it('is still recognized as the same history after its newest event was purged', async () => {
    await announceMany(3);
    await relayAll();
    await db.sql`update outbox set occurred_at = now() - interval '8 days'`;
    expect(await purgeOldRows(db)).toBe(3);
    expect(await relayAll()).toBe(0);
    expect(await resendStatus(db, client)).toEqual({ dueAgain: 0, isHistoryReplaced: false, last: null });
    const ids = await announceMany(2);
    expect(await relayAll()).toBe(2);
    expect((await idsIn(STREAM)).slice(3)).toEqual(ids);
  });
});

describe('after any sequence of backups and restores of the database and Redis', () => {
  it.each(Array.from({ length: SERIES }, (_, seed) => seed))(
    'each group has applied every event in the outbox once (series %i)',
    async (seed) => {
      const random = seededRandom(seed);
      const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
      const backups: Backup[] = [];
      const redisBackups: Backup[] = [];
      const done: string[] = [];
      const steps: Record<string, () => Promise<unknown>> = {
        announce: () => announceMany(1 + Math.floor(random() * 8)),
        relay: relayAll,
        consume: consumeAll,
        maintain: () => maintainOutbox(db, client),
        'back up': async () => backups.push(await backUp()),
        restore: async () => backups.length > 0 && pick(backups).restore(),
        'back up Redis': async () => redisBackups.push(await backUpRedis(client)),
        'restore Redis': async () => redisBackups.length > 0 && pick(redisBackups).restore(),
        'lose Redis': () => client.flushall(),
      };
      const names = Object.keys(steps);
      const frequent = ['announce', 'announce', 'relay', 'relay', 'consume', 'maintain'];
      for (let step = 0; step < STEPS; step += 1) {
        const name = pick([...names, ...frequent]);
        done.push(name);
        await steps[name]?.();
      }
      await relayAll();
      await consumeAll();
      const rows = await db.sql<{ id: string }[]>`select id from outbox order by position`;
      const effects = await groupsDb.sql<{ id: string; worker: string }[]>`
        select event_id as id, worker from effects`;
      for (const group of GROUPS) {
        const applied = effects.filter(({ worker }) => worker === group).map(({ id }) => id);
        expect(applied.length, done.join(', ')).toBe(new Set(applied).size);
        expect(
          rows.filter(({ id }) => !applied.includes(id)),
          done.join(', '),
        ).toEqual([]);
      }
    },
    120_000,
  );
});
