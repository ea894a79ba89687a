import { GraphQLError, parse, visit, type DocumentNode } from 'graphql';
import { expect, it } from 'vitest';
import { documentCache } from './documentCache.ts';

/** Of which one document may take a sixteenth. */
const MAX_BYTES = 1_000_000;
/** A document of `count` fields. */
const withFields = (count: number) => parse(`{${' a'.repeat(count)} }`);

function setup() {
  const cache = documentCache<DocumentNode>(MAX_BYTES);
  const add = (key: string, document: DocumentNode) => cache.set(key, document, document);
  const kept = (keys: readonly string[]) => keys.filter((key) => cache.get(key));
  return { cache, add, kept };
}

it('keeps no token of a document, and its positions for errors', () => {
  const { cache, add } = setup();
  add('a', parse('# one\n\n{ a(b: 1) # two\n}'));
  const document = cache.get('a')!;
  const tokens: unknown[] = [];
  visit(document, { enter: ({ loc }) => void tokens.push(loc!.startToken, loc!.endToken) });
  expect(tokens.every((token) => token === undefined)).toBe(true);
  const [operation] = document.definitions;
  expect(new GraphQLError('', { nodes: operation! }).locations).toEqual([{ line: 3, column: 1 }]);
});

it('evicts the least recently used documents once all together take too much', () => {
  const { cache, add, kept } = setup();
  const keys = Array.from({ length: 20 }, (_, index) => `${index}`);
  for (const key of keys.slice(0, 19)) add(key, withFields(6));
  cache.get('0');
  add('19', withFields(6));
  expect(kept(keys)).toEqual(keys.filter((key) => key !== '1'));
});

it.each([
  ['text', parse(`{ a }${' '.repeat(32_000)}`)],
  ['tokens', parse(`{ a(b: [${'1 '.repeat(200)}]) }`)],
  ['selections', withFields(8)],
  ['fragments for each operation', parse('query A { ...F } query B { ...F } fragment F on Query { a b c }')],
])('counts %s, and keeps no document that would evict many others', (_name, large) => {
  const { add, kept } = setup();
  add('a', withFields(1));
  add('large', large);
  expect(kept(['a', 'large'])).toEqual(['a']);
});

it('counts a document once, however often it is added, and no longer when it is deleted', () => {
  const { cache, add, kept } = setup();
  for (let count = 0; count < 40; count += 1) add('a', withFields(6));
  const others = Array.from({ length: 18 }, (_, index) => `${index}`);
  for (const key of others) add(key, withFields(6));
  expect(kept(['a', ...others])).toEqual(['a', ...others]);
  cache.delete('a');
  add('b', withFields(6));
  expect(kept([...others, 'b'])).toEqual([...others, 'b']);
});
