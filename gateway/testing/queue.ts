/** What was told and not yet taken by one client. */

export type BoundedQueue<T> = AsyncIterableIterator<T> & {
  /** Adds one; false where the queue is full or has ended. */
  push(item: T): boolean;
  /** Nothing more comes; what is in the queue, and `last` after it, is still given. */
  end(last?: T): void;
};

/** A queue of `limit` items; `onReturn` is called once, when its reader goes or it has ended. */
export function createBoundedQueue<T>(limit: number, onReturn: () => void): BoundedQueue<T> {
  const items: T[] = [];
  let waiting: ((result: IteratorResult<T>) => void) | undefined;
  let hasEnded = false;
  const done = { done: true as const, value: undefined };

  function give(item: T): void {
    if (!waiting) return void items.push(item);
    waiting({ done: false, value: item });
    waiting = undefined;
  }

  function end(last?: T): void {
    if (hasEnded) return;
    if (last !== undefined) give(last);
    hasEnded = true;
    waiting?.(done);
    waiting = undefined;
    onReturn();
  }

  return {
    push(item) {
      if (hasEnded || items.length >= limit) return false;
      give(item);
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
