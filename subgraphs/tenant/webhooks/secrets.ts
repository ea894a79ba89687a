/** Secrets at rest: AES-256-GCM (NIST SP 800-38D) under a key derived from SECRET_KEY, bound to the webhook that they are of. */
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { deriveKey } from '@libs/auth/keys';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
/** A random nonce of 96 bits, as the mode is made for. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Says how the rest is to be read. */
const VERSION = 'v1.';

export type SecretSeal = {
  /** The secret as it is stored. */
  seal(webhookId: string, secret: string): string;
  /** Throws where the text was not sealed with this SECRET_KEY for this webhook. */
  open(webhookId: string, sealed: string): string;
};

export function secretSeal(secretKey: string): SecretSeal {
  const key = createSecretKey(deriveKey(secretKey, 'webhook-secrets').export().subarray(0, KEY_BYTES));
  return {
    seal(webhookId, secret) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(webhookId));
      const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return VERSION + Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
    },
    open(webhookId, text) {
      if (!text.startsWith(VERSION)) throw new Error('not a sealed secret');
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
