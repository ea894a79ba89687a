import { expect, it } from 'vitest';
import { endable, watchRights } from './rightsWatch.ts';

async function* numbers() {
  yield 1;
  yield 2;
}

it('passes events on, and their end', async () => {
  const { events } = endable(numbers());
  expect([await events.next(), await events.next(), await events.next()]).toEqual([
    { done: false, value: 1 },
    { done: false, value: 2 },
    { done: true, value: undefined },
  ]);
});

it('ends at once with the error, while an event is awaited, and closes the source', async () => {
  let isClosed = false;
  const source: AsyncIterator<number> = {
    next: () => new Promise(() => {}),
    return: async () => {
      isClosed = true;
      return { done: true, value: undefined };
    },
  };
  const { events, end } = endable(source);
  const pending = events.next();
  const ended = new Error('the session has ended');
  end(ended);
  await expect(pending).rejects.toBe(ended);
  await expect(events.next()).rejects.toBe(ended);
  expect(isClosed).toBe(true);
});

it('reports a change once, and no outage', async () => {
  const answers: (boolean | Error)[] = [true, new Error('down'), true, false, false];
  let checks = 0;
  let changes = 0;
  const stop = watchRights(
    async () => {
      const answer = answers[checks]!;
      checks += 1;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    () => (changes += 1),
    5,
  );
  await expect.poll(() => changes).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 30));
  expect([checks, changes]).toEqual([4, 1]);
  stop();
});
