import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { bulkhead } from './bulkhead.ts';

const LIMITS = { maxWriters: 2, maxWaiting: 3, maxWaitMs: 1_000 };

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

function pending(name: string, log: string[]) {
  let end: (error?: Error) => void = () => {};
  const ended = new Promise<void>((resolve, reject) => {
    end = (error) => (error ? reject(error) : resolve());
  });
  const work = async () => {
    log.push(name);
    await ended;
    return name;
  };
  return { work, end };
}
const settle = () => vi.advanceTimersByTimeAsync(0);

it('admits maxWriters at once, queues the others in order, and lets other resources pass', async () => {
  const writers = bulkhead(LIMITS);
  const log: string[] = [];
  const works = ['a', 'b', 'c', 'd'].map((name) => pending(name, log));
  const runs = works.map(({ work }) => writers.run(['room'], work));
  expect(await writers.run(['other'], async () => 'past them')).toBe('past them');
  expect(log).toEqual(['a', 'b']);
  works[1]!.end();
  await settle();
  expect(log).toEqual(['a', 'b', 'c']);
  for (const { end } of works) end();
  expect(await Promise.all(runs)).toEqual(['a', 'b', 'c', 'd']);
});

it('releases its permit when the work throws, and rethrows the error', async () => {
  const writers = bulkhead({ ...LIMITS, maxWriters: 1 });
  const failing = writers.run(['room'], async () => {
    throw new Error('no');
  });
  const next = writers.run(['room'], async () => 'next');
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('next');
});

it('refuses without running, at once when the queue is full and after maxWaitMs otherwise', async () => {
  const writers = bulkhead(LIMITS);
  const log: string[] = [];
  const works = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => pending(name, log));
  const runs = works.map(({ work }) => writers.run(['room'], work).catch((error) => error.code));
  expect(await runs[5]).toBe('SERVICE_UNAVAILABLE');
  expect(() => writers.requireCapacity(['other', 'room'])).toThrow('Too many requests');
  writers.requireCapacity(['other']);
  await vi.advanceTimersByTimeAsync(LIMITS.maxWaitMs - 1);
  expect(log).toEqual(['a', 'b']);
  works[0]!.end();
  await vi.advanceTimersByTimeAsync(1);
  for (const { end } of works) end();
  expect(await Promise.all(runs)).toEqual([
    'a',
    'b',
    'c',
    'SERVICE_UNAVAILABLE',
    'SERVICE_UNAVAILABLE',
    'SERVICE_UNAVAILABLE',
  ]);
  expect(log).toEqual(['a', 'b', 'c']);
  writers.requireCapacity(['room']);
  // No permit was lost: as many as before are admitted.
  expect(
    await Promise.all(Array.from({ length: 5 }, (_, n) => writers.run(['room'], async () => n))),
  ).toEqual([0, 1, 2, 3, 4]);
});

it('does not deadlock requests that need the same two resources in opposite orders', async () => {
  const writers = bulkhead({ ...LIMITS, maxWriters: 1 });
  const runs = Array.from({ length: 3 }, (_, n) =>
    writers.run(n % 2 ? ['b', 'a', 'b'] : ['a', 'b'], async () => n),
  );
  expect(await Promise.all(runs)).toEqual([0, 1, 2]);
});

it('releases the first resource when the wait for the second times out, with one maxWaitMs for both', async () => {
  const writers = bulkhead({ ...LIMITS, maxWriters: 1 });
  const [first, second] = [pending('a', []), pending('b', [])];
  const holders = [writers.run(['a'], first.work), writers.run(['b'], second.work)];
  const both = writers.run(['a', 'b'], async () => 'both').catch((error) => error.code);
  await vi.advanceTimersByTimeAsync(LIMITS.maxWaitMs / 2);
  first.end();
  await vi.advanceTimersByTimeAsync(LIMITS.maxWaitMs / 2);
  expect(await both).toBe('SERVICE_UNAVAILABLE');
  expect(await writers.run(['a'], async () => 'free')).toBe('free');
  second.end();
  await Promise.all(holders);
});
