import { expect, it } from 'vitest';
import { batchedLookup } from './batchedLookup.ts';

/** Answers on `answerAll`. */
function setup() {
  const requests: (readonly number[])[] = [];
  const answers: (() => void)[] = [];
  const lookUp = batchedLookup(async (keys: readonly number[]) => {
    requests.push(keys);
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
  return { lookUp, requests, answerAll };
}

it('sends look-ups at once while few requests are running, and batches those made meanwhile', async () => {
  const { lookUp, requests, answerAll } = setup();
  const answers = Array.from({ length: 250 }, (_, key) => lookUp(key));
  expect(requests).toEqual([[0], [1], [2], [3]]);
  await answerAll();
  expect(await Promise.all(answers)).toEqual(Array.from({ length: 250 }, (_, key) => key * 10));
  expect(requests.slice(4).map((keys) => keys.length)).toEqual([100, 100, 46]);
});

it('fails only the look-ups of a failed request, and keeps working', async () => {
  const { lookUp, answerAll } = setup();
  const answers = [lookUp(1), lookUp(2), lookUp(3), lookUp(-1), lookUp(4), lookUp(-1)];
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
  const later = lookUp(5);
  await answerAll();
  expect(await later).toBe(50);
});
