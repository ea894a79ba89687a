/** Work that was cut into pieces and waits to go on. */
const waiting: (() => void)[] = [];

function runNext(): void {
  waiting.shift()!();
  if (waiting.length > 0) setImmediate(runNext);
}

/** Resolves in a turn of the event loop in which no other piece runs. */
const ownTurn = (): Promise<void> =>
  new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(runNext);
  });

/** Resolves when the next piece may run; rejects with the signal's reason once the caller has gone. */
export type YieldToOthers = () => Promise<void>;

/**
 * Lets one request's long work yield to everything else in the process. The caller awaits it before each piece, which should take
 * a few milliseconds at most. Over all requests one piece runs in each turn of the event loop, and a request queues one piece at
 * a time, so that requests alternate and a short one does not wait for the end of a long one.
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
