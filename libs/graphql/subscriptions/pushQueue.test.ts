import { describe, expect, it } from 'vitest';
import { pushQueue, type PushQueueOptions } from './pushQueue.ts';

const queueOf = (items: string[], options: Partial<PushQueueOptions<string>> = {}) => {
  const queue = pushQueue<string>({ limit: 100, onOverflow: () => {}, ...options });
  for (const item of items) queue.push(item);
  return queue;
};

describe('a push queue', () => {
  it('hands items over in order, at most as many as asked for', async () => {
    const queue = queueOf(['a', 'b', 'c']);
    expect(await queue.take(2)).toEqual(['a', 'b']);
    expect(queue.size()).toBe(1);
    expect(await queue.take()).toEqual(['c']);
  });

  it('lets its consumer wait for the next item', async () => {
    const queue = queueOf([]);
    const taking = queue.take();
    queue.push('late');
    expect(await taking).toEqual(['late']);
  });

  it('hands over what waits after its end, and nothing pushed later', async () => {
    const queue = queueOf(['a']);
    queue.end();
    queue.push('b');
    expect(await queue.take()).toEqual(['a']);
    expect(await queue.take()).toBeUndefined();
  });

  it.each(['end', 'close'] as const)('wakes a waiting consumer on %s', async (ending) => {
    const queue = queueOf([]);
    const taking = queue.take();
    queue[ending]();
    expect(await taking).toBeUndefined();
  });

  it('drops what waits when it is closed, ended or not', async () => {
    const [open, ended] = [queueOf(['a']), queueOf(['a'])];
    ended.end();
    for (const queue of [open, ended]) {
      queue.close();
      expect(await queue.take()).toBeUndefined();
      expect(queue.size()).toBe(0);
    }
  });

  it('drops what waits when it fails, and throws the first error', async () => {
    const queue = queueOf(['a']);
    queue.fail(new Error('first'));
    queue.fail(new Error('second'));
    queue.close();
    await expect(queue.take()).rejects.toThrow('first');
  });

  it('wakes a waiting consumer with the error', async () => {
    const queue = queueOf([]);
    const taking = queue.take();
    queue.fail(new Error('failed'));
    await expect(taking).rejects.toThrow('failed');
  });

  it('cannot fail after its end', async () => {
    const queue = queueOf(['a']);
    queue.end();
    queue.fail(new Error('failed'));
    expect(await queue.take()).toEqual(['a']);
  });

  it('reports an overflow only beyond its limit, by the size of what waits', async () => {
    let overflows = 0;
    const queue = queueOf(['aaa', 'bb'], {
      limit: 5,
      sizeOf: ({ length }) => length,
      onOverflow: () => (overflows += 1),
    });
    expect([queue.size(), overflows]).toEqual([5, 0]);
    await queue.take(1);
    queue.push('ccc');
    expect([queue.size(), overflows]).toEqual([5, 0]);
    queue.push('d');
    expect([queue.size(), overflows]).toEqual([6, 1]);
  });
});
