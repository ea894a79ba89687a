/**
 * Parses the text of a key once, however often it is read: a tenant's settings may have thousands of ranges, and every request needs them.
 * Readers share what was parsed, so none may change it.
 */
import { createHash } from 'node:crypto';
import { recentEntries } from './recentEntries.ts';

/** Of all texts of one parser. The oldest are evicted. */
const MAX_CHARACTERS = 10_000_000;

export function parsedTexts<T>(
  parse: (text: string) => T,
  maxCharacters = MAX_CHARACTERS,
): (key: string, text: string) => T {
  const known = recentEntries<{ digest: string; characters: number; parsed: T }>(
    maxCharacters,
    ({ characters }) => characters,
  );
  return (key, text) => {
    const digest = createHash('sha256').update(text).digest('base64');
    const before = known.get(key);
    if (before?.digest === digest) return before.parsed;
    known.delete(key);
    const parsed = parse(text);
    known.set(key, { digest, characters: text.length, parsed });
    return parsed;
  };
}
