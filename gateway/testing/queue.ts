/** A bounded queue of events, for subscriptions of test subgraphs. */

export type BoundedQueue<T> = AsyncIterableIterator<T> & {
  /** Adds an item; false if the queue is full or has ended. */
  push(item: T): boolean;
  /** Ends the queue; the reader still gets the queued items, then `last`. */
  end(last?: T): void;
};

/** `onReturn` is called once, when the reader returns or the queue ends. */
export function createBoundedQueue<T>(limit: number, onReturn: () => void): BoundedQueue<T> {
  const items: T[] = [];
  let waiting: ((result: IteratorResult<T>) => void) | undefined;
  let hasEnded = false;
  const done = { done: true as const, value: undefined };

  function deliver(item: T): void {
    if (!waiting) return void items.push(item);
    waiting({ done: false, value: item });
    waiting = undefined;
  }

  function end(last?: T): void {
    if (hasEnded) return;
    if (last !== undefined) deliver(last);
    hasEnded = true;
    waiting?.(done);
    waiting = undefined;
    onReturn();
  }

  return {
    push(item) {
      if (hasEnded || items.length >= limit) return false;
      deliver(item);
      return true;
    },
    end,
    async next() {
      if (items.length > 0) return { done: false, value: items.shift()! };
      if (hasEnded) return done;
      return new Promise((resolve) => (waiting = resolve));
    },
    async return() {
      items.length = 0;
      end();
      return done;
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
