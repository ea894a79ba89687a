import { stringifyInTurns, WrittenJson, writeInTurns } from '@libs/graphql/stringifyInTurns';
import { WRITTEN_RANGES_HEADER, writtenRangesOf } from '@libs/graphql/writtenRanges';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { HttpAnswer } from './sendPost.ts';
import { readAnswer } from './readAnswer.ts';

const responseOf = (body: Buffer, header: string | undefined): HttpAnswer => ({
  statusCode: 200,
  headers: header === undefined ? {} : { [WRITTEN_RANGES_HEADER]: header },
  body,
});

/** Data with some written values, some of which are too short to be named in the header. */
const data = fc
  .array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.jsonValue(), fc.nat({ max: 2_000 }), fc.boolean()), {
    maxLength: 6,
  })
  .map((entries) =>
    entries.map(([text, value, length, isWritten]) => {
      const list = [text, value, 'ä'.repeat(length)];
      return [value, isWritten ? new WrittenJson(Buffer.from(JSON.stringify(list)), '{text}') : list];
    }),
  );

async function sent(value: unknown) {
  const pieces = await writeInTurns(value);
  return { body: Buffer.from(`{"data":${pieces.join('')}}`), header: writtenRangesOf(pieces) };
}

it('reads around written JSON, and writes the same bytes again', async () => {
  let named = 0;
  await fc.assert(
    fc.asyncProperty(data, async (value) => {
      const { body, header } = await sent(value);
      if (header) named += 1;
      const answer = readAnswer(responseOf(body, header), false);
      const bytes = await stringifyInTurns(answer!);
      expect(JSON.parse(bytes)).toEqual(JSON.parse(body.toString()));
    }),
  );
  expect(named).toBeGreaterThan(10);
});

it('keeps the fields of written JSON, and parses the answers of foreign subgraphs', async () => {
  const { body, header } = await sent({
    days: new WrittenJson(Buffer.from(JSON.stringify(['ä'.repeat(600)])), '{date}'),
  });
  const own = readAnswer(responseOf(body, header), false);
  expect(own!.data!['days']).toMatchObject({ fields: '{date}' });
  const foreign = readAnswer(responseOf(body, header), true);
  expect(foreign!.data!['days']).toEqual(['ä'.repeat(600)]);
});

it('refuses a header that does not fit the body', () => {
  const body = Buffer.from('{"data":[1]}');
  for (const header of ['', '8-99@0 {a}', '8-11@1 {a}', '8-8@0 {a}', '9-11@0,8-9@0 {a}', 'x'])
    expect(() => readAnswer(responseOf(body, header), false)).toThrow(WRITTEN_RANGES_HEADER);
});
