/** How long a request with an older answer waits for a look-up. */
export const LOOKUP_PATIENCE_MS = 300;

export type Lookup<Answer> = {
  answer: Promise<Answer>;
  /** undefined after LOOKUP_PATIENCE_MS. */
  soon: Promise<Answer | undefined>;
};

export type SharedLookups<Answer> = {
  /** Joins or starts the key's look-up. */
  lookUp(key: string): Lookup<Answer>;
  /** Whether one has exceeded LOOKUP_PATIENCE_MS. */
  isAnyLate(): boolean;
};

/** One concurrent `fetch` per key. */
export function sharedLookups<Answer>(fetch: (key: string) => Promise<Answer>): SharedLookups<Answer> {
  const running = new Map<string, Lookup<Answer>>();
  let lateCount = 0;

  function start(key: string): Lookup<Answer> {
    let isLate = false;
    let timer: NodeJS.Timeout | undefined;
    const answer = fetch(key).finally(() => {
      clearTimeout(timer);
      if (isLate) lateCount -= 1;
      running.delete(key);
    });
    const patience = new Promise<undefined>((resolve) => {
      // Read first what arrived while this process was busy.
      timer = setTimeout(() => setImmediate(giveUp, resolve), LOOKUP_PATIENCE_MS);
    });
    function giveUp(resolve: (nothing: undefined) => void): void {
      if (running.get(key) === lookup) {
        isLate = true;
        lateCount += 1;
      }
      resolve(undefined);
    }
    const lookup = { answer, soon: Promise.race([answer, patience]) };
    // It may fail when nobody waits.
    lookup.soon.catch(() => {});
    answer.catch(() => {});
    running.set(key, lookup);
    return lookup;
  }

  return { lookUp: (key) => running.get(key) ?? start(key), isAnyLate: () => lateCount > 0 };
}
