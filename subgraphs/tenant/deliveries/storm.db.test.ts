/** Bad receivers next to good ones, and killed workers. VAGA_SOAK=1 runs the full load: 2,000 events for 50 webhooks, and 20 kills. */
import type { TenantId } from '@libs/auth/tenantId';
import { connect } from '@libs/db/connect';
import { inTransaction } from '@libs/db/inTransaction';
import { administratorOf } from '@libs/testing/contexts';
import { startKillable } from '@libs/testing/killableProcess';
import { silentLog } from '@libs/telemetry/log';
import { systemClock } from '@libs/time/clock';
import { expect, test } from 'vitest';
import {
  announcedBookingEvent,
  processDeps,
  receiver,
  setup,
  type AnswerOf,
  type ReceivedRequest,
} from '../tenant.fixtures.ts';
import { createWebhook } from '../webhooks/createWebhook.ts';
import { recordDeliveries } from './recordDeliveries.ts';
import { startDeliveryWorker } from './deliveryWorker.ts';
import type { DeliveryWorkerProcess } from './deliveryWorkerProcess.fixtures.ts';

const isSoak = process.env['VAGA_SOAK'] === '1';
const EVENTS = isSoak ? 2_000 : 20;
const KILLS = isSoak ? 20 : 3;
const HEALTHY = 45;
const FLOOD_BYTES = 50 * 1024 * 1024;
/** Allowed growth, beyond RETAINED_BYTES per request that the receivers record. */
const MAX_GROWTH_BYTES = 150 * 1024 * 1024;
const RETAINED_BYTES = 2_048;
/** Long enough that no healthy receiver times out on a busy machine. */
const TIMEOUT_MS = 10_000;
const LIMIT_MS = isSoak ? 600_000 : 25_000;

const { db, sql, url, as, tenant } = await setup();
const { guard, secrets } = processDeps(db);

const BAD: Record<string, AnswerOf> = {
  hang: () => {},
  drip: (_, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write('.'), 50);
    response.on('close', () => clearInterval(timer));
  },
  reset: (_, __, socket) => void socket.resetAndDestroy(),
  500: (_, response) => void response.writeHead(500).end(),
  flood: (_, response) => {
    response.writeHead(500, { 'content-length': FLOOD_BYTES });
    const chunk = Buffer.alloc(64 * 1024);
    const send = (): void => {
      while (!response.destroyed && response.write(chunk));
      if (!response.destroyed) response.once('drain', send);
    };
    send();
  },
};

const register = async (tenantId: TenantId, address: string): Promise<void> => {
  const created = await createWebhook(as(administratorOf(tenantId)), {
    tenantId,
    url: address,
    events: ['BOOKING_CREATED'],
  });
  if (!created.ok) throw new Error(JSON.stringify(created.refusals));
};

/** Records `n` events in batches of 20. */
async function applyManyEvents(tenantId: TenantId, n: number): Promise<Set<string>> {
  const events = Array.from({ length: n }, () => announcedBookingEvent(tenantId));
  for (let from = 0; from < n; from += 20) {
    await inTransaction(db, async (tx) => {
      for (const event of events.slice(from, from + 20)) {
        const now = systemClock.now();
        await recordDeliveries({ tx, events: [event], now });
      }
    });
  }
  return new Set(events.map(({ eventId }) => eventId));
}

const memoryBytes = (): number => {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

const missing = (expected: Set<string>, received: ReceivedRequest[]): number => {
  const ids = new Set(received.map(({ headers }) => headers['webhook-id']));
  return [...expected].filter((id) => !ids.has(id)).length;
};

test(
  `with 5 of 50 receivers bad in different ways, the others get all of ${EVENTS} events, and the bad hold at most 4 connections`,
  async () => {
    const tenantId = await tenant();
    const healthy = await Promise.all(Array.from({ length: HEALTHY }, () => receiver()));
    const bad = await Promise.all(Object.values(BAD).map((answer) => receiver(answer)));
    for (const one of [...healthy, ...bad]) await register(tenantId, one.url);
    const before = memoryBytes();

    const workerDbs = [1, 2].map((n) => connect(url, { name: `worker-${n}`, max: 6 }));
    const workers = workerDbs.map((workerDb) =>
      startDeliveryWorker({ db: workerDb, guard, secrets, log: silentLog(), timeoutMs: TIMEOUT_MS }),
    );
    try {
      const events = await applyManyEvents(tenantId, EVENTS);
      await Promise.all(healthy.map((one) => one.waitForRequests(EVENTS, LIMIT_MS)));
      expect(healthy.map((one) => missing(events, one.received))).toEqual(Array(HEALTHY).fill(0));
      expect(healthy.map((one) => one.received.length)).toEqual(Array(HEALTHY).fill(EVENTS));
      for (const one of bad) {
        expect(one.sockets.max).toBeGreaterThan(0);
        expect(one.sockets.max).toBeLessThanOrEqual(4);
      }
      expect(memoryBytes() - before).toBeLessThan(MAX_GROWTH_BYTES + EVENTS * HEALTHY * RETAINED_BYTES);
    } finally {
      await Promise.all(workers.map((worker) => worker.stop()));
      await Promise.all(workerDbs.map((workerDb) => workerDb.close()));
    }
    const [left] = await sql`select count(*)::int as n from webhook_deliveries where claim_id is not null`;
    expect(left!['n']).toBe(0);
  },
  LIMIT_MS + 10_000,
);

const startWorkerProcess = () =>
  startKillable(new URL('deliveryWorkerProcess.fixtures.ts', import.meta.url), {
    databaseUrl: url,
  } satisfies DeliveryWorkerProcess);

test(
  `every event arrives though a busy worker is killed ${KILLS} times`,
  async () => {
    const tenantId = await tenant();
    const to = await receiver((_, response) => void setTimeout(() => response.writeHead(204).end(), 10));
    await register(tenantId, to.url);
    const events = new Set<string>();
    for (let kill = 0; kill < KILLS; kill += 1) {
      const before = to.received.length;
      for (const id of await applyManyEvents(tenantId, 50)) events.add(id);
      const worker = await startWorkerProcess();
      await to.waitForRequests(before + 20, 15_000);
      await worker.kill();
    }
    const last = await startWorkerProcess();
    try {
      await expect.poll(() => missing(events, to.received), { timeout: 20_000 }).toBe(0);
    } finally {
      await last.kill();
    }
    // Only attempts under way at a kill may arrive twice.
    expect(to.received.length - events.size).toBeLessThanOrEqual(KILLS * 4);
  },
  isSoak ? 300_000 : 45_000,
);
