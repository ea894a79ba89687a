import { stringifyInChunks, SerializedJson, writeInChunks } from '@libs/graphql/stringifyInChunks';
import { SERIALIZED_RANGES_HEADER, serializedRangesOf } from '@libs/graphql/serializedRanges';
import fc from 'fast-check';
import type { Dispatcher } from 'undici';
import { expect, it } from 'vitest';
import { readAnswer } from './readAnswer.ts';

/** As undici has it. */
function responseOf(body: Buffer, header: string | undefined): Dispatcher.ResponseData {
  return {
    headers: header === undefined ? {} : { [SERIALIZED_RANGES_HEADER]: header },
    body: {
      json: async () => JSON.parse(body.toString()) as unknown,
      arrayBuffer: async () => Uint8Array.from(body).buffer,
    },
  } as unknown as Dispatcher.ResponseData;
}

/** Data with some written values, some of which are too short to be named in the header. */
const data = fc
  .array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.jsonValue(), fc.nat({ max: 2_000 }), fc.boolean()), {
    maxLength: 6,
  })
  .map((entries) =>
    entries.map(([text, value, length, isWritten]) => {
      const list = [text, value, 'ä'.repeat(length)];
      return [value, isWritten ? new SerializedJson([Buffer.from(JSON.stringify(list))], '{text}') : list];
    }),
  );

async function sent(value: unknown) {
  const pieces = await writeInChunks(value);
  return { body: Buffer.from(`{"data":${pieces.join('')}}`), header: serializedRangesOf(pieces) };
}

it('reads around serialized JSON, and writes the same bytes again', async () => {
  let named = 0;
  await fc.assert(
    fc.asyncProperty(data, async (value) => {
      const { body, header } = await sent(value);
      if (header) named += 1;
      const answer = await readAnswer(responseOf(body, header), false);
      const bytes = await stringifyInChunks(answer!);
      expect(JSON.parse(bytes)).toEqual(JSON.parse(body.toString()));
    }),
  );
  expect(named).toBeGreaterThan(10);
});

it('keeps the fields of serialized JSON, and parses the answers of foreign subgraphs', async () => {
  const { body, header } = await sent({
    days: new SerializedJson([Buffer.from(JSON.stringify(['ä'.repeat(600)]))], '{date}'),
  });
  const own = await readAnswer(responseOf(body, header), false);
  expect(own!.data!['days']).toMatchObject({ fields: '{date}' });
  const foreign = await readAnswer(responseOf(body, header), true);
  expect(foreign!.data!['days']).toEqual(['ä'.repeat(600)]);
});

it('refuses a header that does not fit the body', async () => {
  const body = Buffer.from('{"data":[1]}');
  for (const header of ['', '8-99@0 {a}', '8-11@1 {a}', '8-8@0 {a}', '9-11@0,8-9@0 {a}', 'x'])
    await expect(readAnswer(responseOf(body, header), false)).rejects.toThrow(SERIALIZED_RANGES_HEADER);
});
