import { parseArgs } from 'node:util';
import { readResults, type Results } from './results.ts';

export type RunOptions = { names: string[]; before?: Results };

/** Reads `NAME… [--compare FILE]`. Throws an Error whose message says what is wrong. */
export function runOptions(args: readonly string[], known: readonly string[]): RunOptions {
  const { values, positionals: names } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { compare: { type: 'string' } },
  });
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new Error(`There is no bench ${unknown.join(', ')}. There are: ${known.join(', ')}`);
  }
  return { names, ...(values.compare === undefined ? {} : { before: readResults(values.compare) }) };
}
