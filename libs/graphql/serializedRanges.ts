/**
 * Where serialized JSON is in an answer, and which fields it has, so that Vaga's gateway can pass those bytes on without reading them. The
 * answer is ordinary JSON: any other client ignores the header.
 */
import { SerializedJson } from './stringifyInChunks.ts';

/** `start-end@index,… fields fields…`: ranges in bytes of the body, in order, ends excluded, each with the index of its fields. */
export const SERIALIZED_RANGES_HEADER = 'x-vaga-written';

/** Shorter text is read as fast as it is passed on. */
const MIN_BYTES = 1_024;
const MAX_RANGES = 200;
/** Length of the header; servers and clients limit all headers together to 16 KiB. */
const MAX_CHARACTERS = 8_000;
/** Written before the data of an answer without errors. */
const BEFORE_DATA = '{"data":'.length;

/** The header for an answer whose data has these pieces; undefined if there is nothing to say. */
export function serializedRangesOf(pieces: readonly (string | SerializedJson)[]): string | undefined {
  const ranges: string[] = [];
  const fields: string[] = [];
  let at = BEFORE_DATA;
  for (const piece of pieces) {
    const start = at;
    at += piece instanceof SerializedJson ? piece.length : Buffer.byteLength(piece);
    if (!(piece instanceof SerializedJson) || at - start < MIN_BYTES || ranges.length === MAX_RANGES)
      continue;
    if (!fields.includes(piece.fields)) fields.push(piece.fields);
    ranges.push(`${start}-${at}@${fields.indexOf(piece.fields)}`);
  }
  const header = [ranges.join(), ...fields].join(' ');
  return ranges.length > 0 && header.length <= MAX_CHARACTERS ? header : undefined;
}

/** The serialized JSON of a body, with where it starts and ends. Throws for a header that does not fit the body. */
export function readSerializedRanges(
  header: string,
  body: Buffer,
): { start: number; end: number; json: SerializedJson }[] {
  const [ranges = '', ...fields] = header.split(' ');
  let last = 0;
  return ranges.split(',').map((range) => {
    const [, start = -1, end = -1, index = -1] = /^(\d+)-(\d+)@(\d+)$/.exec(range)?.map(Number) ?? [];
    const own = fields[index];
    if (start < last || end <= start || end > body.length || own === undefined)
      throw new Error(`${SERIALIZED_RANGES_HEADER}: ${header}`);
    last = end;
    return { start, end, json: new SerializedJson([body.subarray(start, end)], own) };
  });
}
