/** Reads a subgraph's answer. JSON that one of Vaga's has written for the client stays as it is. */
import { randomUUID } from 'node:crypto';
import { readSerializedRanges, SERIALIZED_RANGES_HEADER } from '@libs/graphql/serializedRanges';
import type { Dispatcher } from 'undici';
import type { EntityAnswer } from './representations.ts';

/** Stands for serialized JSON where the rest is parsed; no subgraph knows it. */
const MARK = `${randomUUID()}:`;

export async function readAnswer(
  { headers, body }: Dispatcher.ResponseData,
  isForeign: boolean,
): Promise<EntityAnswer | null> {
  const header = isForeign ? undefined : headers[SERIALIZED_RANGES_HEADER];
  if (typeof header !== 'string') return (await body.json()) as EntityAnswer | null;
  const bytes = Buffer.from(await body.arrayBuffer());
  const written = readSerializedRanges(header, bytes);
  let text = '';
  let at = 0;
  for (const [index, { start, end }] of written.entries()) {
    text += `${bytes.toString('utf8', at, start)}"${MARK}${index}"`;
    at = end;
  }
  text += bytes.toString('utf8', at);
  return JSON.parse(text, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(MARK)
      ? written[Number(value.slice(MARK.length))]!.json
      : value,
  ) as EntityAnswer | null;
}
