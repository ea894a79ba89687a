const MAX_CONCURRENT_REQUESTS = 4;
const MAX_BATCH = 100;

type QueuedLookup<Key, Answer> = {
  key: Key;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
};

/**
 * Batches session look-ups: thousands of live clients are each re-checked every two seconds. `lookUpAll` answers in the order of its
 * keys; its failure fails only its batch.
 */
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
