/** Ends a subscription when its caller's session or rights do, where no gateway watches them. */

/** With the age of cached callers (API_KEY_CACHE_MS), an ended key's subscriptions end within 2 s. */
const CALLER_CHECK_MS = 1_000;

/** Calls `onChange` once `isSame` says no; an outage, in which it rejects, changes nothing. The returned function cancels this. */
export function watchRights(
  isSame: () => Promise<boolean>,
  onChange: () => void,
  checkMs: number = CALLER_CHECK_MS,
): () => void {
  const stop = () => clearInterval(timer);
  const check = async () => {
    if (await isSame().catch(() => true)) return;
    stop();
    onChange();
  };
  const timer = setInterval(() => void check(), checkMs);
  return stop;
}

export type Endable<Event> = {
  events: AsyncIterator<Event>;
  /** The events end with this error at once. */
  end(error: Error): void;
};

/** The same events, which can be ended from outside. */
export function endable<Event>(source: AsyncIterator<Event>): Endable<Event> {
  let reason: Error | undefined;
  let rejectPending: (error: Error) => void = () => {};
  return {
    events: {
      next: () =>
        new Promise((resolve, reject) => {
          if (reason) return reject(reason);
          rejectPending = reject;
          source.next().then(resolve, reject);
        }),
      return: async () => (await source.return?.()) ?? { done: true, value: undefined },
    },
    end(because) {
      reason = because;
      rejectPending(because);
      source.return?.().catch(() => {});
    },
  };
}
