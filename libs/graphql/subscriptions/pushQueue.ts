/** A bounded queue between a producer that cannot wait and one consumer that does. */

export type PushQueue<Item> = {
  /** Does nothing once the queue has ended. */
  push(item: Item): void;
  /** Waits for items and removes the oldest, at most `limit`. Undefined once the queue has ended and is empty. One call at a time. */
  take(limit?: number): Promise<Item[] | undefined>;
  size(): number;
  /** For the producer: waiting items can still be taken. */
  end(): void;
  /** For the consumer: ends the queue and drops the waiting items. */
  close(): void;
  /** Unless it has ended: drops the waiting items, and `take` throws `error`. */
  fail(error: unknown): void;
};

export type PushQueueOptions<Item> = {
  /** Maximum total size of waiting items. */
  limit: number;
  /** An item's size; 1 by default. */
  sizeOf?: (item: Item) => number;
  /** Called when a push exceeds `limit`; must end, close or fail the queue. */
  onOverflow: () => void;
};

export function pushQueue<Item>(options: PushQueueOptions<Item>): PushQueue<Item> {
  const { limit, sizeOf = () => 1, onOverflow } = options;
  let items: Item[] = [];
  let size = 0;
  let state: 'open' | 'ended' | { error: unknown } = 'open';
  let wake: () => void = () => {};

  function finish(next: Exclude<typeof state, 'open'>): void {
    if (state === 'open') state = next;
    wake();
  }
  function clear(): void {
    items = [];
    size = 0;
  }

  return {
    push(item) {
      if (state !== 'open') return;
      items.push(item);
      size += sizeOf(item);
      if (size > limit) onOverflow();
      wake();
    },
    async take(max = Infinity) {
      while (items.length === 0 && state === 'open') {
        await new Promise<void>((resolve) => (wake = resolve));
      }
      if (typeof state === 'object') throw state.error;
      if (items.length === 0) return undefined;
      const taken = items.splice(0, max);
      for (const item of taken) size -= sizeOf(item);
      return taken;
    },
    size: () => size,
    end: () => finish('ended'),
    close() {
      clear();
      finish('ended');
    },
    fail(error) {
      if (state !== 'open') return;
      clear();
      finish({ error });
    },
  };
}
