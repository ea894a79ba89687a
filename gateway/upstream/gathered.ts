/**
 * Questions that go together where there are many: of thousands who follow live, each is looked up every two seconds. A question
 * that is alone goes at once.
 */

/** Requests under way at a time; what is asked meanwhile goes together with the next. */
const MOST_UNDER_WAY = 4;
/** Questions of one request. */
const MOST_TOGETHER = 100;

type Waiting<Key, Answer> = {
  key: Key;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
};

/** `ask` for one key, by `askAll`, which answers in the order of its keys. */
export function gathered<Key, Answer>(
  askAll: (keys: readonly Key[]) => Promise<readonly Answer[]>,
): (key: Key) => Promise<Answer> {
  const waiting: Waiting<Key, Answer>[] = [];
  let underWay = 0;

  async function go(): Promise<void> {
    underWay += 1;
    while (waiting.length > 0) {
      const together = waiting.splice(0, MOST_TOGETHER);
      try {
        const answers = await askAll(together.map(({ key }) => key));
        together.forEach(({ resolve }, index) => resolve(answers[index]!));
      } catch (error) {
        for (const { reject } of together) reject(error);
      }
    }
    underWay -= 1;
  }

  return (key) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, resolve, reject });
      if (underWay < MOST_UNDER_WAY) void go();
    });
}
