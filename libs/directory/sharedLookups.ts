/** How long a request with an older answer waits for a look-up. */
export const LOOKUP_PATIENCE_MS = 300;

export type Lookup<Answer> = {
  answer: Promise<Answer>;
  /** The answer, or undefined after LOOKUP_PATIENCE_MS. */
  soon: Promise<Answer | undefined>;
};

export type SharedLookups<Subject, Answer> = {
  /** Joins or starts the subject's look-up. */
  lookUp(subject: Subject): Lookup<Answer>;
  /** Whether any look-up has exceeded LOOKUP_PATIENCE_MS. */
  isAnyLate(): boolean;
};

/** Runs at most one `fetch` at a time for each key of a subject. */
export function sharedLookups<Subject, Answer>(
  keyOf: (subject: Subject) => string,
  fetch: (subject: Subject) => Promise<Answer>,
): SharedLookups<Subject, Answer> {
  const running = new Map<string, Lookup<Answer>>();
  let lateCount = 0;

  function start(subject: Subject): Lookup<Answer> {
    const key = keyOf(subject);
    let isLate = false;
    let timer: NodeJS.Timeout | undefined;
    const answer = fetch(subject).finally(() => {
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

  return {
    lookUp: (subject) => running.get(keyOf(subject)) ?? start(subject),
    isAnyLate: () => lateCount > 0,
  };
}
