import { expect, it } from 'vitest';
import { parsedTexts } from './parsedTexts.ts';

const TEXT = '["a"]';

function setup(texts: number) {
  const parsed: string[] = [];
  const read = parsedTexts((text) => {
    parsed.push(text);
    return JSON.parse(text) as unknown;
  }, texts * TEXT.length);
  return { parsed, read };
}

it('parses a text once, and another one of the same key again', () => {
  const { parsed, read } = setup(2);
  const first = read('x', TEXT);
  expect(read('x', TEXT)).toBe(first);
  expect(read('x', '["b"]')).toEqual(['b']);
  expect(read('x', TEXT)).toEqual(first);
  expect(parsed).toEqual([TEXT, '["b"]', TEXT]);
});

it('keeps nothing of a text that cannot be parsed', () => {
  const { parsed, read } = setup(2);
  read('x', TEXT);
  expect(() => read('x', '[')).toThrow(SyntaxError);
  expect(() => read('x', '[')).toThrow(SyntaxError);
  read('x', TEXT);
  expect(parsed).toEqual([TEXT, '[', '[', TEXT]);
});

it('keeps the latest, up to a total length', () => {
  const { parsed, read } = setup(2);
  for (const key of ['x', 'y', 'z', 'y', 'z']) read(key, TEXT);
  expect(parsed).toHaveLength(3);
  read('x', TEXT);
  expect(parsed).toHaveLength(4);
  const long = setup(0);
  expect(long.read('x', TEXT)).toEqual(['a']);
  expect(long.read('x', TEXT)).toEqual(['a']);
  expect(long.parsed).toHaveLength(2);
});
