import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** More values than this become JSON in several parts. Each part takes at most about a millisecond. */
export const MAX_VALUES_PER_PART = 5_000;
/** A turn of the event loop ends with the part that exceeds this. */
const MAX_CHARACTERS_PER_TURN = 100_000;
/** A socket takes more at once, and the system call blocks as long as it copies. */
const MAX_BYTES_PER_TURN = 256 * 1024;
/** Shorter parts are copied into one: each write of a socket costs a system call. */
const MIN_BYTES_PER_WRITE = 16 * 1024;

/** A value that is JSON already, in UTF-8, in parts that follow each other. */
export class SerializedJson {
  readonly parts: readonly Buffer[];
  /** In bytes. */
  readonly length: number;
  /** The fields it contains, in the form of jsonWriter.ts. */
  readonly fields: string;
  constructor(parts: readonly Buffer[], fields: string) {
    this.parts = parts;
    this.length = lengthOf(parts);
    this.fields = fields;
  }
  toString(): string {
    return Buffer.concat(this.parts).toString();
  }
}

const lengthOf = (parts: readonly Buffer[]): number =>
  parts.reduce((length, part) => length + part.length, 0);

type Piece = string | SerializedJson;

/** Whether a value has too many values for one part, or written ones. */
function isDivided(value: unknown): boolean {
  let count = 0;
  const visit = (one: unknown): void => {
    count += 1;
    if (typeof one !== 'object' || one === null) return;
    if (one instanceof SerializedJson) {
      count = Infinity;
    } else if (Array.isArray(one)) {
      for (const element of one) {
        if (count > MAX_VALUES_PER_PART) return;
        visit(element);
      }
    } else {
      // Answers have objects without a prototype, whose values Object.values takes twice as long to list.
      for (const name in one) {
        if (count > MAX_VALUES_PER_PART) return;
        visit((one as Record<string, unknown>)[name]);
      }
    }
  };
  visit(value);
  return count > MAX_VALUES_PER_PART;
}

function* piecesOf(value: unknown): Generator<Piece> {
  if (value instanceof SerializedJson) {
    yield value;
  } else if (typeof value !== 'object' || value === null || !isDivided(value)) {
    yield JSON.stringify(value) ?? 'null';
  } else if (Array.isArray(value)) {
    let separator = '[';
    for (const element of value) {
      yield separator;
      yield* piecesOf(element);
      separator = ',';
    }
    yield ']';
  } else {
    let separator = '{';
    for (const [name, field] of Object.entries(value)) {
      if (field === undefined) continue;
      yield `${separator}${JSON.stringify(name)}:`;
      yield* piecesOf(field);
      separator = ',';
    }
    yield '}';
  }
}

/** The parts of JSON.stringify, made without blocking other requests while a large answer becomes JSON. */
export async function writeInChunks(value: unknown): Promise<Piece[]> {
  const pieces: Piece[] = [];
  let size = 0;
  for (const piece of piecesOf(value)) {
    pieces.push(piece);
    if (typeof piece === 'string') size += piece.length;
    if (size < MAX_CHARACTERS_PER_TURN) continue;
    size = 0;
    await nextTurn();
  }
  return pieces;
}

export const partsOf = (piece: Piece): readonly Buffer[] =>
  typeof piece === 'string' ? [Buffer.from(piece)] : piece.parts;

const joined = (parts: readonly Buffer[]): Buffer => (parts.length === 1 ? parts[0]! : Buffer.concat(parts));

async function* inTurns(parts: readonly Buffer[]): AsyncGenerator<Buffer> {
  let short: Buffer[] = [];
  let bytes = 0;
  let bytesOfTurn = 0;
  for (const part of parts) {
    for (let start = 0; start < part.length; start += MAX_BYTES_PER_TURN) {
      const slice = part.subarray(start, start + MAX_BYTES_PER_TURN);
      short.push(slice);
      bytes += slice.length;
      if (bytes < MIN_BYTES_PER_WRITE) continue;
      yield joined(short);
      bytesOfTurn += bytes;
      short = [];
      bytes = 0;
      if (bytesOfTurn < MAX_BYTES_PER_TURN) continue;
      bytesOfTurn = 0;
      await nextTurn();
    }
  }
  if (bytes > 0) yield joined(short);
}

/**
 * JSON.stringify in turns, for Apollo Server. With written values it is not text but bytes, or a stream of many bytes: Apollo Server returns
 * it to Fastify as it is, and nobody reads what is written but the client.
 */
export async function stringifyInChunks(value: unknown): Promise<string> {
  const pieces = await writeInChunks(value);
  if (pieces.every((piece) => typeof piece === 'string')) return pieces.join('');
  const parts = pieces.flatMap(partsOf);
  const answer = lengthOf(parts) > MAX_BYTES_PER_TURN ? Readable.from(inTurns(parts)) : joined(parts);
  return answer as unknown as string;
}
