/**
 * The worker: has deliveries their turn and attempts them, many at once. Any number of processes run one and share the work; what one
 * that died was at is somebody else's once its turn is over.
 */
import { setMaxListeners } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { newId } from '@libs/db/ids';
import { inTransaction } from '@libs/db/inTransaction';
import { repeat } from '@libs/events/repeat';
import { systemClock, type Clock } from '@libs/time/clock';
import { attemptDelivery, type AttemptParts } from './attemptDelivery.ts';
import { deliveryBell } from './bell.ts';
import {
  isTending,
  removeDeleted,
  removeOldDeliveries,
  takeTurns,
  type Limits,
  type Turn,
} from './queueStore.ts';

/** How long one exchange may take, body included, in milliseconds. */
export const ATTEMPT_TIMEOUT_MS = 10_000;
/** How much longer than an exchange a turn lasts, in milliseconds: to record it, and for clocks that differ. */
const TURN_MARGIN_MS = 5_000;
/** Attempts under way at once in one process. */
export const MOST_AT_ONCE = 128;
/** Of these, to webhooks whose last attempts failed: however many hang, the others find room. */
export const MOST_FAILING_AT_ONCE = 64;
/** Attempts under way at once, by all workers. */
export const LIMITS: Limits = { perWebhook: 4, perFailingWebhook: 1, perTenant: 32 };
/** How often the worker looks without being woken, in milliseconds. */
const POLL_MS = 250;
/** How long attempts may go on when the process stops, in milliseconds. */
const STOP_GRACE_MS = 2_000;
/** How often deleted webhooks and old deliveries are looked for, in milliseconds. */
const TEND_EVERY_MS = 2_000;
/** How long deliveries are kept, in days: the log, and what is pending at a webhook that is off. */
export const DELIVERIES_KEPT_DAYS = 30;

export type WorkerOptions = Omit<AttemptParts, 'clock' | 'random' | 'timeoutMs'> & {
  clock?: Clock;
  random?: () => number;
  timeoutMs?: number;
  turnMs?: number;
};

export type Worker = {
  /** Attempts nothing more; resolves once what is under way has ended, or was given back. */
  stop(): Promise<void>;
};

type Desk = AttemptParts & { turnMs: number };

function deskOf(options: WorkerOptions): Desk {
  const { timeoutMs = ATTEMPT_TIMEOUT_MS } = options;
  return {
    clock: systemClock,
    random: Math.random,
    timeoutMs,
    turnMs: timeoutMs + TURN_MARGIN_MS,
    ...options,
  };
}

/** Takes turns for deliveries, as far as there is room, and hands each to `attempt`. Returns how many. */
async function takeMore(
  desk: Desk,
  room: { most: number; mostFailing: number },
  attempt: (turn: Turn, claimId: string) => void,
): Promise<number> {
  const now = desk.clock.now();
  const claimId = newId();
  const until = now.add({ milliseconds: desk.turnMs });
  const turns = await takeTurns(desk.db, { limits: LIMITS, ...room, now, until, claimId });
  for (const turn of turns) attempt(turn, claimId);
  return turns.length;
}

/** Starts delivering. */
export function startWorker(options: WorkerOptions): Worker {
  const desk = deskOf(options);
  const underWay = new Map<Turn, Promise<void>>();
  const breakingOff = new AbortController();
  setMaxListeners(MOST_AT_ONCE, breakingOff.signal);

  async function attempt(turn: Turn, claimId: string): Promise<void> {
    try {
      await attemptDelivery(desk, turn, claimId, breakingOff.signal);
    } catch (error) {
      // It will be tried again once its turn is over.
      desk.log.warn({ err: error, deliveryId: turn.id }, 'an attempt could not be recorded');
    } finally {
      underWay.delete(turn);
      loop.wake();
    }
  }

  const loop = repeat({
    what: 'webhook worker',
    log: desk.log,
    pass: async () => {
      const failing = [...underWay.keys()].filter(({ isFailing }) => isFailing).length;
      const room = {
        most: MOST_AT_ONCE - underWay.size,
        mostFailing: MOST_FAILING_AT_ONCE - failing,
      };
      if (room.most === 0) return POLL_MS;
      const beganMs = performance.now();
      const taken = await takeMore(desk, room, (turn, claimId) => underWay.set(turn, attempt(turn, claimId)));
      // However many webhooks wait for a later time, looking in vain keeps the database busy for half of the time at most.
      if (taken === 0) await setTimeout(performance.now() - beganMs);
      return POLL_MS;
    },
  });
  const tending = repeat({
    what: 'webhook removal',
    log: desk.log,
    pass: async () => ((await tend(desk)) ? 0 : TEND_EVERY_MS),
  });
  const stopListening = deliveryBell.onRing(loop.wake);

  return {
    async stop() {
      stopListening();
      await Promise.all([loop.stop(), tending.stop()]);
      const ended = Promise.all(underWay.values());
      await Promise.race([ended, setTimeout(STOP_GRACE_MS, undefined, { ref: false })]);
      breakingOff.abort();
      await ended;
    },
  };
}

/** Removes some of what is deleted or old. Returns whether there may be more. */
export async function tend({
  db,
  clock = systemClock,
}: Pick<WorkerOptions, 'db' | 'clock'>): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    if (!(await isTending(tx))) return false;
    const old = clock.now().subtract({ hours: 24 * DELIVERIES_KEPT_DAYS });
    const removed = (await removeDeleted(tx)) + (await removeOldDeliveries(tx, old));
    return removed > 0;
  });
}

/** For tests that step: attempts what is due until nothing is, and returns how many attempts that were. */
export async function deliverOnce(options: WorkerOptions): Promise<number> {
  const desk = deskOf(options);
  const { signal } = new AbortController();
  setMaxListeners(MOST_AT_ONCE, signal);
  let attempts = 0;
  for (;;) {
    const underWay: Promise<void>[] = [];
    const room = { most: MOST_AT_ONCE, mostFailing: MOST_FAILING_AT_ONCE };
    const taken = await takeMore(desk, room, (turn, claimId) =>
      underWay.push(attemptDelivery(desk, turn, claimId, signal)),
    );
    if (taken === 0) return attempts;
    await Promise.all(underWay);
    attempts += taken;
  }
}
