/** Pieces of work of all requests, in order. */
const waiting: (() => void)[] = [];

function runNext(): void {
  waiting.shift()!();
  if (waiting.length > 0) setImmediate(runNext);
}

const ownTurn = (): Promise<void> =>
  new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(runNext);
  });

/** The slots that are computed or written in one turn: a day on the finest grid, in less than a millisecond. */
export const SLOTS_PER_TURN = 288;

/** A day without slots takes as long as these. */
export const MIN_SLOTS = 16;

/**
 * To be awaited before a piece of work, with about as many slots as it has. Resolves when it may run: small pieces of a request share a turn.
 * Rejects once the caller has disconnected.
 */
export type YieldToOthers = (slots?: number) => Promise<void>;

/**
 * Cooperative scheduling: one piece of work runs per turn of the event loop and each request queues one at a time, so short requests need
 * not wait for long ones.
 */
export function fairYield(signal: AbortSignal | undefined): YieldToOthers {
  let current: Promise<void> = Promise.resolve();
  /** Slots that the current turn has room for. */
  let room = 0;
  return (expected = SLOTS_PER_TURN) => {
    const slots = Math.max(expected, MIN_SLOTS);
    room -= slots;
    if (room >= 0) return current.then(() => signal?.throwIfAborted());
    room = SLOTS_PER_TURN - slots;
    const before = current.catch(() => {});
    current = before.then(async () => {
      signal?.throwIfAborted();
      await ownTurn();
      signal?.throwIfAborted();
    });
    return current;
  };
}
