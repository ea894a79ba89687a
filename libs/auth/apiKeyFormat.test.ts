import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hashOfApiKey, isApiKey, looksLikeApiKey, newApiKey } from './apiKeyFormat.ts';

it('makes keys of the documented form, all different', () => {
  const keys = Array.from({ length: 200 }, newApiKey);
  for (const { secret, prefix, hash } of keys) {
    expect(secret).toMatch(/^vaga_[0-9A-Za-z]{8}_[0-9A-Za-z]{38}$/);
    expect(secret.startsWith(`${prefix}_`)).toBe(true);
    expect(prefix).toHaveLength('vaga_Ab3dE6gH'.length);
    expect(hash).toEqual(hashOfApiKey(secret));
    expect(isApiKey(secret)).toBe(true);
  }
  expect(new Set(keys.map(({ secret }) => secret.slice(14))).size).toBe(keys.length);
});

it('has each of the 62 characters about equally often', () => {
  const counts = new Map<string, number>();
  for (let number = 0; number < 2_000; number += 1) {
    for (const character of newApiKey().secret.slice(14, 46))
      counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  const expected = (2_000 * 32) / 62;
  expect(counts.size).toBe(62);
  for (const count of counts.values()) expect(Math.abs(count - expected)).toBeLessThan(expected / 4);
});

it('keeps the checksum of keys that are in use', () => {
  expect(isApiKey('vaga_00000000_000000000000000000000000000000000000000')).toBe(false);
  expect(isApiKey(KNOWN_KEY)).toBe(true);
});

/** Made by the first release: every later one must accept it. */
const KNOWN_KEY = 'vaga_Ab3dE6gH_0123456789ABCDEFGHIJKLMNOPQRSTUV1iMCpo';

it('refuses every key with one changed, missing, added or swapped character', () => {
  fc.assert(
    fc.property(
      fc.nat(51),
      fc.constantFrom('0', '9', 'A', 'Z', 'a', 'z', '_', '-', '.', ' ', 'é'),
      (at, character) => {
        const { secret } = newApiKey();
        const before = secret.slice(0, at);
        const after = secret.slice(at + 1);
        const others = [
          before + character + after,
          before + after,
          before + character + secret.slice(at),
          before + (after[0] ?? '') + secret[at] + after.slice(1),
        ].filter((other) => other !== secret);
        for (const other of others) expect(isApiKey(other)).toBe(false);
      },
    ),
    { numRuns: 2_000 },
  );
});

it('tells keys from access tokens', () => {
  expect(looksLikeApiKey(newApiKey().secret)).toBe(true);
  expect(looksLikeApiKey('vaga_')).toBe(true);
  expect(looksLikeApiKey('eyJhbGciOiJIUzI1NiJ9.e30.x')).toBe(false);
});
