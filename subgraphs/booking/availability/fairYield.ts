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

/** Resolves when the next piece may run; rejects once the caller has disconnected. */
export type YieldToOthers = () => Promise<void>;

/**
 * Cooperative scheduling: await the result before each piece of work of at most a few milliseconds. One piece runs per turn of the
 * event loop and each request queues one at a time, so short requests need not wait for long ones.
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
