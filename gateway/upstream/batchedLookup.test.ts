import { expect, it } from 'vitest';
import { batchedLookup } from './batchedLookup.ts';

/** Answers with ten times each key, when told to. */
function asker() {
  const requested: (readonly number[])[] = [];
  const answers: (() => void)[] = [];
  const ask = batchedLookup(async (keys: readonly number[]) => {
    requested.push(keys);
    await new Promise<void>((resolve) => answers.push(resolve));
    if (keys.includes(-1)) throw new Error('no answer');
    return keys.map((key) => key * 10);
  });
  const answerAll = async () => {
    while (answers.length > 0) {
      answers.splice(0).forEach((answer) => answer());
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  return { ask, requested, answerAll };
}

it('asks at once where nothing is under way, and together what comes meanwhile', async () => {
  const { ask, requested, answerAll } = asker();
  const answers = Array.from({ length: 250 }, (_, key) => ask(key));
  expect(requested).toEqual([[0], [1], [2], [3]]);
  await answerAll();
  expect(await Promise.all(answers)).toEqual(Array.from({ length: 250 }, (_, key) => key * 10));
  expect(requested.slice(4).map((keys) => keys.length)).toEqual([100, 100, 46]);
});

it('fails only those whose request failed, and goes on', async () => {
  const { ask, answerAll } = asker();
  const answers = [ask(1), ask(2), ask(3), ask(-1), ask(4), ask(-1)];
  const settled = Promise.allSettled(answers);
  await answerAll();
  expect((await settled).map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'rejected',
    'rejected',
    'rejected',
  ]);
  const later = ask(5);
  await answerAll();
  expect(await later).toBe(50);
});
