/** Within a test: changes of bookings, and relays and consumers in processes of their own. */
import type { Db } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { inTransaction } from '@libs/db/inTransaction';
import { expect, onTestFinished } from 'vitest';
import type { EventProcess } from './eventEffects.ts';
import { changeTestBooking, eventually } from './eventFixtures.ts';
import { startKillable, type KillableProcess } from './killableProcess.ts';

const BOOKINGS = 20;
const CLIENTS = 4;
const PAUSE_MS = 20;
/** Before, between and after the fail-overs. */
const CHANGES = 100;
/** Fail-overs take seconds: a primary must be down for sure, and the others agree. */
export const FAIL_OVER = { limitMs: 60_000, everyMs: 100 };

const processFile = new URL('eventProcess.ts', import.meta.url);

export type EventLoad = {
  /** Resolves when some more changes have had their effects. */
  moreChanges(): Promise<void>;
  /** Ends the changes, and expects that each had its effect once, in order. */
  expectEachAppliedOnce(): Promise<void>;
};

/** Expects that each announced change had its effect once, in order. */
export async function expectAppliedOnce(db: Db, announced: readonly string[]): Promise<void> {
  const effects = await db.sql<{ event_id: string; booking_id: string; version: number }[]>`
    select event_id, booking_id, version from effects order by id`;
  expect(effects.map((effect) => effect.event_id).toSorted()).toEqual(announced.toSorted());
  const versions = new Map<string, number>();
  for (const { booking_id: id, version } of effects) {
    expect(version).toBe((versions.get(id) ?? 0) + 1);
    versions.set(id, version);
  }
}

export async function eventLoad(db: Db, databaseUrl: string, redisUrl: string): Promise<EventLoad> {
  const processes: KillableProcess[] = [];
  onTestFinished(async () => {
    await Promise.all(processes.map((process) => process.kill()));
  });
  for (const [role, name] of [
    ['relay', 'relay-1'],
    ['relay', 'relay-2'],
    ['consumer', 'consumer-1'],
    ['consumer', 'consumer-2'],
  ] as const) {
    const described: EventProcess = { role, name, databaseUrl, redisUrl };
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
  return {
    async moreChanges() {
      const before = await applied();
      const isMore = async () => (await applied()) >= before + CHANGES;
      await eventually('more changes are applied', isMore, FAIL_OVER);
    },
    async expectEachAppliedOnce() {
      isLoaded = false;
      await Promise.all(clients);
      await eventually('everything is applied', async () => (await applied()) >= announced.length, FAIL_OVER);
      await expectAppliedOnce(db, announced);
    },
  };
}
