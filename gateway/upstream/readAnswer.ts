/** Reads a subgraph's answer. JSON that one of Vaga's has written for the client stays as it is. */
import { randomUUID } from 'node:crypto';
import { readWrittenRanges, WRITTEN_RANGES_HEADER } from '@libs/graphql/writtenRanges';
import type { EntityAnswer } from './representations.ts';
import type { HttpAnswer } from './sendPost.ts';

/** Stands for written JSON where the rest is parsed; no subgraph knows it. */
const MARK = `${randomUUID()}:`;

export function readAnswer({ headers, body }: HttpAnswer, isForeign: boolean): EntityAnswer | null {
  const header = isForeign ? undefined : headers[WRITTEN_RANGES_HEADER];
  if (typeof header !== 'string') return JSON.parse(body.toString()) as EntityAnswer | null;
  const written = readWrittenRanges(header, body);
  let text = '';
  let at = 0;
  for (const [index, { start, end }] of written.entries()) {
    text += `${body.toString('utf8', at, start)}"${MARK}${index}"`;
    at = end;
  }
  text += body.toString('utf8', at);
  return JSON.parse(text, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(MARK)
      ? written[Number(value.slice(MARK.length))]!.json
      : value,
  ) as EntityAnswer | null;
}
