import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_VALUES_PER_PART, stringifyInChunks, SerializedJson } from './stringifyInChunks.ts';

const manyOf = (value: unknown) =>
  Array.from({ length: MAX_VALUES_PER_PART }, (_, index) => ({ index, value }));

describe('stringifyInChunks', () => {
  it('returns what JSON.stringify does, for small values and within large ones', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const answers = [value, { data: { many: manyOf(value), value } }, [manyOf(value), value]];
        for (const answer of answers) expect(await stringifyInChunks(answer)).toBe(JSON.stringify(answer));
      }),
      { numRuns: 30 },
    );
  });

  it('leaves out undefined fields, and writes undefined elements as null', async () => {
    const answer = { errors: undefined, data: [...manyOf(undefined), undefined, ...manyOf('"\n')] };
    expect(await stringifyInChunks(answer)).toBe(JSON.stringify(answer));
  });

  it('lets others run between the parts of a large value', async () => {
    let turns = 0;
    let isDone = false;
    const others = (async () => {
      while (!isDone) {
        await nextTurn();
        turns += 1;
      }
    })();
    const slots = { slots: Array.from({ length: 300 }, (_, index) => ({ a: index, b: 'a text', c: true })) };
    await stringifyInChunks({ days: Array.from({ length: 60 }, () => slots) });
    isDone = true;
    await others;
    expect(turns).toBeGreaterThan(5);
  });

  it.each([
    [1, 10],
    [1, 300_000],
    [1, 2_000_000],
    [40, 50_000],
    [20_000, 20],
  ])(
    'puts %i written parts of %i characters into bytes, and many bytes into a stream',
    async (count, length) => {
      const text = 'ä'.repeat(length);
      const parts = Array.from({ length: count }, (_, index) => Buffer.from(index === 0 ? `"${text}` : text));
      const many = new SerializedJson([...parts, Buffer.from('"')], '');
      const answer: unknown = await stringifyInChunks({ data: { before: 'é', many, after: 1 } });
      const body = answer instanceof Readable ? await buffer(answer) : (answer as Buffer);
      expect(answer instanceof Readable).toBe(count * length > 10);
      expect(body.toString()).toBe(`{"data":{"before":"é","many":"${text.repeat(count)}","after":1}}`);
    },
  );
});
