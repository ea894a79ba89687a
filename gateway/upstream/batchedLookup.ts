/**
 * Questions that go together where there are many: of thousands who follow live, each is looked up every two seconds. A question
 * that is alone goes at once.
 */

/** Requests under way at a time; what is asked meanwhile goes together with the next. */
const MAX_CONCURRENT_REQUESTS = 4;
/** Questions of one request. */
const MAX_BATCH = 100;

type QueuedLookup<Key, Answer> = {
  key: Key;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
};

/** `ask` for one key, by `lookUpAll`, which answers in the order of its keys. */
export function batchedLookup<Key, Answer>(
  lookUpAll: (keys: readonly Key[]) => Promise<readonly Answer[]>,
): (key: Key) => Promise<Answer> {
  const queue: QueuedLookup<Key, Answer>[] = [];
  let inFlight = 0;

  async function drain(): Promise<void> {
    inFlight += 1;
    while (queue.length > 0) {
      const batch = queue.splice(0, MAX_BATCH);
      try {
        const answers = await lookUpAll(batch.map(({ key }) => key));
        batch.forEach(({ resolve }, index) => resolve(answers[index]!));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    inFlight -= 1;
  }

  return (key) =>
    new Promise((resolve, reject) => {
      queue.push({ key, resolve, reject });
      if (inFlight < MAX_CONCURRENT_REQUESTS) void drain();
    });
}
