/**
 * Parses the text of a key once, however often it is read: a tenant's settings may have thousands of ranges, and every request needs them.
 * Readers share what was parsed, so none may change it.
 */
import { createHash } from 'node:crypto';

/** Of all texts of one parser. The oldest are evicted. */
const MAX_CHARACTERS = 10_000_000;

export function parsedTexts<T>(
  parse: (text: string) => T,
  maxCharacters = MAX_CHARACTERS,
): (key: string, text: string) => T {
  const known = new Map<string, { digest: string; characters: number; parsed: T }>();
  let total = 0;

  function remove(key: string): void {
    total -= known.get(key)?.characters ?? 0;
    known.delete(key);
  }

  return (key, text) => {
    const digest = createHash('sha256').update(text).digest('base64');
    const before = known.get(key);
    if (before?.digest === digest) return before.parsed;
    remove(key);
    const parsed = parse(text);
    known.set(key, { digest, characters: text.length, parsed });
    total += text.length;
    while (total > maxCharacters) remove(known.keys().next().value!);
    return parsed;
  };
}
