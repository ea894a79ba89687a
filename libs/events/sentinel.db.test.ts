import { newId } from '@libs/db/ids';
import { inTransaction } from '@libs/db/inTransaction';
import type { EventProcess } from '@libs/testing/eventEffects';
import { changeTestBooking, eventDatabase, eventually } from '@libs/testing/eventFixtures';
import { startKillable, type KillableProcess } from '@libs/testing/killableProcess';
import { sentinels } from '@libs/testing/sentinels';
import { afterAll, expect, it } from 'vitest';

const BOOKINGS = 20;
const CLIENTS = 4;
const PAUSE_MS = 20;
/** Sentinels wait until the primary is down for sure, agree, and tell the replica. */
const WITHIN = { limitMs: 60_000, everyMs: 100 };
/** Before, between and after the fail-overs. */
const CHANGES = 100;

const { db, url: databaseUrl } = await eventDatabase();
const redis = await sentinels();
const isPrimary = ({ port }: { port: number }) =>
  eventually('a new primary', async () => (await redis.primaryPort()) === port, WITHIN);
const processFile = new URL('../testing/eventProcess.ts', import.meta.url);
const processes: KillableProcess[] = [];
afterAll(() => Promise.all(processes.map((process) => process.kill())));

it(
  'no event is lost or applied twice when the primary changes under load, by order and by its loss',
  { timeout: 240_000 },
  async () => {
    for (const [role, name] of [
      ['relay', 'relay-1'],
      ['relay', 'relay-2'],
      ['consumer', 'consumer-1'],
      ['consumer', 'consumer-2'],
    ] as const) {
      const described: EventProcess = { role, name, databaseUrl, redisUrl: redis.url };
      processes.push(await startKillable(processFile, described));
    }
    const bookings = Array.from({ length: BOOKINGS }, newId);
    const announced: string[] = [];
    let isLoaded = true;
    const client = async () => {
      while (isLoaded) {
        const bookingId = bookings[Math.floor(Math.random() * BOOKINGS)] as string;
        announced.push(await inTransaction(db, (tx) => changeTestBooking(tx, bookingId)));
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    };
    const clients = Array.from({ length: CLIENTS }, client);
    const applied = async () => {
      const [row] = await db.sql<{ count: number }[]>`select count(*)::int as count from effects`;
      return row!.count;
    };

    const moreChanges = async () => {
      const before = await applied();
      await eventually('more changes are applied', async () => (await applied()) >= before + CHANGES, WITHIN);
    };

    await moreChanges();
    await redis.orderFailOver();
    await isPrimary(redis.replica);
    await moreChanges();
    await eventually('the former primary is a replica', redis.areReady, WITHIN);
    await redis.replica.kill();
    await isPrimary(redis.primary);
    await moreChanges();
    isLoaded = false;
    await Promise.all(clients);
    await eventually('everything is applied', async () => (await applied()) >= announced.length, WITHIN);

    const effects = await db.sql<{ event_id: string; booking_id: string; version: number }[]>`
      select event_id, booking_id, version from effects order by id`;
    expect(effects.map((effect) => effect.event_id).toSorted()).toEqual(announced.toSorted());
    const versions = new Map<string, number>();
    for (const { booking_id: id, version } of effects) {
      expect(version).toBe((versions.get(id) ?? 0) + 1);
      versions.set(id, version);
    }
  },
);
