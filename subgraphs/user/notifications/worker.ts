/**
 * The worker: takes notifications that are due and sends them. Any number of processes run one and share the work; what one
 * that died was at is somebody else's once its turn is over.
 */
import { newId } from '@libs/db/ids';
import { repeat } from '@libs/events/repeat';
import { systemClock } from '@libs/time/clock';
import { sendNotification, type Desk } from './sendNotification.ts';
import { takeTurnOfAllTenants } from './store.ts';

/** How many are sent at once by one process: its connections to the mail server. */
export const MOST_AT_ONCE = 4;
/** How long one attempt at the mail server may take, in milliseconds. */
export const ATTEMPT_TIMEOUT_MS = 120_000;
/** How much longer a turn lasts, in milliseconds: to compose and to record, and for clocks that differ. */
const TURN_MARGIN_MS = 60_000;
/** How often the worker looks whether something is due, in milliseconds. */
const POLL_MS = 1_000;
/** How long attempts may go on when the process stops, in milliseconds. */
const STOP_GRACE_MS = 3_000;

export type WorkerOptions = Omit<Desk, 'clock' | 'random' | 'timeoutMs'> &
  Partial<Pick<Desk, 'clock' | 'random' | 'timeoutMs'>>;

export type Worker = {
  /** Begins nothing more; resolves once what is under way has ended, or was broken off and given back. */
  stop(): Promise<void>;
};

const deskOf = (options: WorkerOptions): Desk => ({
  clock: systemClock,
  random: Math.random,
  timeoutMs: ATTEMPT_TIMEOUT_MS,
  ...options,
});

/** Sends the notification that has been due for longest. Returns whether there was one. */
async function sendNext(desk: Desk, breakOff: AbortSignal): Promise<boolean> {
  const now = desk.clock.now();
  const claimId = newId();
  const until = now.add({ milliseconds: desk.timeoutMs + TURN_MARGIN_MS });
  const turn = await takeTurnOfAllTenants(desk.db, { now, until, claimId });
  if (!turn) return false;
  await sendNotification(desk, turn, claimId, breakOff);
  return true;
}

/** Starts sending. */
export function startWorker(options: WorkerOptions): Worker {
  const desk = deskOf(options);
  const breakingOff = new AbortController();
  const lanes = Array.from({ length: MOST_AT_ONCE }, () =>
    repeat({
      what: 'notifications',
      log: desk.log,
      pass: async () => ((await sendNext(desk, breakingOff.signal)) ? 0 : POLL_MS),
    }),
  );
  return {
    async stop() {
      const timer = setTimeout(() => breakingOff.abort(), STOP_GRACE_MS);
      await Promise.all(lanes.map((lane) => lane.stop()));
      clearTimeout(timer);
    },
  };
}

/** For tests that step: sends what is due until nothing is, and returns how many attempts that were. */
export async function sendOnce(options: WorkerOptions): Promise<number> {
  const desk = deskOf(options);
  const { signal } = new AbortController();
  let attempts = 0;
  while (await sendNext(desk, signal)) attempts += 1;
  return attempts;
}
