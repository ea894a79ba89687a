/** Encrypts stored secrets: AES-256-GCM (NIST SP 800-38D), key derived from SECRET_KEY, bound to the webhook. */
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { deriveKey } from '@libs/auth/keys';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
/** GCM's random 96-bit nonce. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Of the stored format. */
const VERSION = 'v1.';

export type SecretCipher = {
  encrypt(webhookId: string, secret: string): string;
  /** Throws for another SECRET_KEY or webhook. */
  decrypt(webhookId: string, encrypted: string): string;
};

export function secretCipher(secretKey: string): SecretCipher {
  const key = createSecretKey(deriveKey(secretKey, 'webhook-secrets').export().subarray(0, KEY_BYTES));
  return {
    encrypt(webhookId, secret) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(webhookId));
      const encrypted = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return VERSION + Buffer.concat([nonce, cipher.getAuthTag(), encrypted]).toString('base64url');
    },
    decrypt(webhookId, text) {
      if (!text.startsWith(VERSION)) throw new Error('not an encrypted secret');
      const bytes = Buffer.from(text.slice(VERSION.length), 'base64url');
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(webhookId));
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const secret = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
      return Buffer.concat([secret, decipher.final()]).toString('utf8');
    },
  };
}
