import { newId } from '@libs/db/ids';
import { expect, test } from 'vitest';
import { secretCipher } from './secrets.ts';

const cipher = secretCipher('one secret key');
const id = newId();

test('an encrypted secret decrypts to itself, and differs each time', () => {
  const encrypted = cipher.encrypt(id, 'segredo ☕');
  expect(cipher.decrypt(id, encrypted)).toBe('segredo ☕');
  expect(encrypted).not.toContain('segredo');
  expect(cipher.encrypt(id, 'segredo ☕')).not.toBe(encrypted);
});

test('a secret does not decrypt for another webhook, with another key, or with a changed bit', () => {
  const encrypted = cipher.encrypt(id, 'segredo');
  expect(() => cipher.decrypt(newId(), encrypted)).toThrow();
  expect(() => secretCipher('another secret key').decrypt(id, encrypted)).toThrow();
  const bytes = Buffer.from(encrypted.slice(3), 'base64url');
  bytes[bytes.length - 1]! ^= 1;
  expect(() => cipher.decrypt(id, `v1.${bytes.toString('base64url')}`)).toThrow();
  expect(() => cipher.decrypt(id, encrypted.slice(0, 10))).toThrow();
  expect(() => cipher.decrypt(id, 'segredo')).toThrow();
});
