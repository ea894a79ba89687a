import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { fairYield, MIN_SLOTS, SLOTS_PER_TURN } from './fairYield.ts';

describe('fairYield', () => {
  it('runs one piece per turn of the event loop, and alternates between requests', async () => {
    const ran: string[] = [];
    const work = (name: string, pieces: number) => {
      const yieldToOthers = fairYield(undefined);
      return Promise.all(
        Array.from({ length: pieces }, async (_, piece) => {
          await yieldToOthers();
          ran.push(`${name}${piece}`);
        }),
      );
    };
    let isOver = false;
    const turns = (async () => {
      while (!isOver) {
        await nextTurn();
        ran.push('|');
      }
    })();
    await Promise.all([work('long', 4), work('short', 2)]);
    isOver = true;
    await turns;
    const pieces = ran.filter((what) => what !== '|');
    expect(pieces).toEqual(['long0', 'short0', 'long1', 'short1', 'long2', 'long3']);
    const perTurn = ran
      .join(' ')
      .split('|')
      .map((round) => round.trim().split(' ').filter(Boolean).length);
    expect(Math.max(...perTurn)).toBe(1);
  });

  it('lets small pieces of a request share a turn, up to SLOTS_PER_TURN', async () => {
    let passed = 0;
    let isOver = false;
    const turns = (async () => {
      for (; !isOver; passed += 1) await nextTurn();
    })();
    const yieldToOthers = fairYield(undefined);
    const ranIn: number[] = [];
    for (const slots of [SLOTS_PER_TURN - MIN_SLOTS, 0, 0, SLOTS_PER_TURN, 1]) {
      await yieldToOthers(slots);
      ranIn.push(passed);
    }
    isOver = true;
    await turns;
    const [first, second, third, fourth, fifth] = ranIn;
    expect(second).toBe(first);
    expect(third).toBeGreaterThan(second!);
    expect(fourth).toBeGreaterThan(third!);
    expect(fifth).toBeGreaterThan(fourth!);
  });

  it('rejects once the caller has disconnected', async () => {
    const caller = new AbortController();
    const yieldToOthers = fairYield(caller.signal);
    await yieldToOthers();
    const waiting = [yieldToOthers(), yieldToOthers(0)];
    caller.abort(new Error('gone'));
    const ends = await Promise.allSettled([...waiting, yieldToOthers()]);
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    await fairYield(undefined)();
  });
});
