/** How long a request with an older answer waits for a look-up. */
export const LOOKUP_PATIENCE_MS = 300;

export type Lookup<Answer> = {
  answer: Promise<Answer>;
  /** The answer, or undefined after LOOKUP_PATIENCE_MS. */
  soon: Promise<Answer | undefined>;
};

export type SharedLookups<Answer> = {
  /** Joins or starts the key's look-up. */
  lookUp(key: string): Lookup<Answer>;
  /** Whether any look-up has exceeded LOOKUP_PATIENCE_MS. */
  isAnyLate(): boolean;
};

/** Runs at most one `fetch` at a time for each key. */
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
      // An answer that arrived while this process was busy is read first.
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
    // The look-up may fail after all requests have stopped waiting.
    lookup.soon.catch(() => {});
    answer.catch(() => {});
    running.set(key, lookup);
    return lookup;
  }

  return { lookUp: (key) => running.get(key) ?? start(key), isAnyLate: () => lateCount > 0 };
}
