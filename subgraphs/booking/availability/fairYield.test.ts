import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { fairYield } from './fairYield.ts';

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

  it('rejects once the caller has disconnected', async () => {
    const caller = new AbortController();
    const yieldToOthers = fairYield(caller.signal);
    await yieldToOthers();
    const waiting = [yieldToOthers(), yieldToOthers()];
    caller.abort(new Error('gone'));
    const ends = await Promise.allSettled([...waiting, yieldToOthers()]);
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    await fairYield(undefined)();
  });
});
