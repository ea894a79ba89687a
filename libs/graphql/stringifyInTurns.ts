import { setImmediate as nextTurn } from 'node:timers/promises';

/** More values than this become JSON in several parts. Each part takes at most about a millisecond. */
export const MAX_VALUES_PER_PART = 5_000;
/** A turn of the event loop ends with the part that exceeds this. */
const MAX_CHARACTERS_PER_TURN = 100_000;

function isLarge(value: unknown): boolean {
  let count = 0;
  const visit = (one: unknown): void => {
    count += 1;
    if (typeof one !== 'object' || one === null) return;
    for (const inner of Object.values(one)) {
      if (count > MAX_VALUES_PER_PART) return;
      visit(inner);
    }
  };
  visit(value);
  return count > MAX_VALUES_PER_PART;
}

function* partsOf(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null || !isLarge(value)) {
    yield JSON.stringify(value) ?? 'null';
  } else if (Array.isArray(value)) {
    let separator = '[';
    for (const element of value) {
      yield separator;
      yield* partsOf(element);
      separator = ',';
    }
    yield ']';
  } else {
    let separator = '{';
    for (const [name, field] of Object.entries(value)) {
      if (field === undefined) continue;
      yield `${separator}${JSON.stringify(name)}:`;
      yield* partsOf(field);
      separator = ',';
    }
    yield '}';
  }
}

/** JSON.stringify, without blocking other requests while a large answer becomes JSON. */
export async function stringifyInTurns(value: unknown): Promise<string> {
  const parts: string[] = [];
  let size = 0;
  for (const part of partsOf(value)) {
    parts.push(part);
    size += part.length;
    if (size < MAX_CHARACTERS_PER_TURN) continue;
    size = 0;
    await nextTurn();
  }
  return parts.join('');
}
