import { createCipheriv, createSecretKey } from 'node:crypto';
import { deriveKey, keyring } from '@libs/auth/keys';
import { newId } from '@libs/db/ids';
import { expect, test } from 'vitest';
import { secretCipher } from './secrets.ts';

const cipher = secretCipher(keyring('one secret key'));
const id = newId();

/** As releases before key ids wrote it. */
function encryptedBefore(secretKey: string, webhookId: string, secret: string): string {
  const key = createSecretKey(deriveKey(secretKey, 'webhook-secrets').export().subarray(0, 32));
  const nonce = Buffer.alloc(12, 7);
  const gcm = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
  gcm.setAAD(Buffer.from(webhookId));
  const text = Buffer.concat([gcm.update(secret, 'utf8'), gcm.final()]);
  return `v1.${Buffer.concat([nonce, gcm.getAuthTag(), text]).toString('base64url')}`;
}

test('an encrypted secret decrypts to itself, and differs each time', () => {
  const encrypted = cipher.encrypt(id, 'segredo ☕');
  expect(cipher.decrypt(id, encrypted)).toBe('segredo ☕');
  expect(encrypted).not.toContain('segredo');
  expect(cipher.encrypt(id, 'segredo ☕')).not.toBe(encrypted);
});

test('a secret does not decrypt for another webhook, with another key, or with a changed bit', () => {
  const encrypted = cipher.encrypt(id, 'segredo');
  expect(() => cipher.decrypt(newId(), encrypted)).toThrow();
  expect(() => secretCipher(keyring('another secret key')).decrypt(id, encrypted)).toThrow();
  const [version, keyId, text] = encrypted.split('.');
  const bytes = Buffer.from(text!, 'base64url');
  bytes[bytes.length - 1]! ^= 1;
  const broken = [
    `${version}.${keyId}.${bytes.toString('base64url')}`,
    `${version}.00000000.${text}`,
    `v3.${keyId}.${text}`,
    `v1.${text}`,
    encrypted.slice(0, 14),
    'v2.',
    'v1.',
    'segredo',
  ];
  for (const one of broken) expect(() => cipher.decrypt(id, one)).toThrow();
});

test('after a change of SECRET_KEY, secrets of the earlier one are read, and new ones are not of it', () => {
  const rotated = secretCipher(keyring('a new secret key', ['one secret key']));
  const before = cipher.encrypt(id, 'segredo');
  expect(rotated.decrypt(id, before)).toBe('segredo');
  const after = rotated.encrypt(id, 'segredo');
  expect(() => cipher.decrypt(id, after)).toThrow();
  expect(after.startsWith(rotated.currentPrefix)).toBe(true);
  expect(before.startsWith(rotated.currentPrefix)).toBe(false);
});

test('secrets of earlier releases stay readable, also after a change of SECRET_KEY', () => {
  const before = encryptedBefore('one secret key', id, 'segredo ☕');
  expect(cipher.decrypt(id, before)).toBe('segredo ☕');
  expect(secretCipher(keyring('a new secret key', ['one secret key'])).decrypt(id, before)).toBe(
    'segredo ☕',
  );
  expect(() => secretCipher(keyring('a new secret key')).decrypt(id, before)).toThrow();
  expect(() => cipher.decrypt(newId(), before)).toThrow();
});
