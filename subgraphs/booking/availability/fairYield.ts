/** Pieces of long work, of all requests, in the order in which they run. */
const waiting: (() => void)[] = [];

function runNext(): void {
  waiting.shift()!();
  if (waiting.length > 0) setImmediate(runNext);
}

/** Resolves in a turn of the event loop of its own. */
const ownTurn = (): Promise<void> =>
  new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(runNext);
  });

/** Resolves when the next piece may run; rejects with the signal's reason once the caller has disconnected. */
export type YieldToOthers = () => Promise<void>;

/**
 * Cooperative scheduling of one request's long work: await the result before each piece of at most a few milliseconds. One piece
 * runs per turn of the event loop, and each request queues one at a time, so requests alternate and short ones finish early.
 */
export function fairYield(signal: AbortSignal | undefined): YieldToOthers {
  let previous: Promise<void> = Promise.resolve();
  return () => {
    const next = previous.then(async () => {
      signal?.throwIfAborted();
      await ownTurn();
      signal?.throwIfAborted();
    });
    previous = next.catch(() => {});
    return next;
  };
}
