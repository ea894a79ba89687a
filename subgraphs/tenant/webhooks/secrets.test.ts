import { newId } from '@libs/db/ids';
import { expect, test } from 'vitest';
import { secretSeal } from './secrets.ts';

const seal = secretSeal('one secret key');
const id = newId();

test('a sealed secret opens to itself, and is another text each time', () => {
  const sealed = seal.seal(id, 'segredo ☕');
  expect(seal.open(id, sealed)).toBe('segredo ☕');
  expect(sealed).not.toContain('segredo');
  expect(seal.seal(id, 'segredo ☕')).not.toBe(sealed);
});

test('it opens for no other webhook, under no other key, and not where a bit was changed', () => {
  const sealed = seal.seal(id, 'segredo');
  expect(() => seal.open(newId(), sealed)).toThrow();
  expect(() => secretSeal('another secret key').open(id, sealed)).toThrow();
  const bytes = Buffer.from(sealed.slice(3), 'base64url');
  bytes[bytes.length - 1]! ^= 1;
  expect(() => seal.open(id, `v1.${bytes.toString('base64url')}`)).toThrow();
  expect(() => seal.open(id, sealed.slice(0, 10))).toThrow();
  expect(() => seal.open(id, 'segredo')).toThrow();
});
