/**
 * Encrypts stored secrets: AES-256-GCM (NIST SP 800-38D), bound to the webhook, with a key for this alone.
 *
 * 'v2.<key id>.<base64url of nonce, tag and text>'; the id tells which key, so that secrets of an earlier one are read and encrypted anew.
 * 'v1.<…>' is of earlier releases.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import type { Keyring } from '@libs/auth/keys';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
/** GCM's random 96-bit nonce. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID_CHARACTERS = 8;

export type SecretCipher = {
  encrypt(webhookId: string, secret: string): string;
  /** Throws for another webhook, or if the key is not among ours (any longer). */
  decrypt(webhookId: string, encrypted: string): string;
  /** What every secret begins with that is encrypted with the current key. */
  currentPrefix: string;
};

const cipherKey = (key: KeyObject): KeyObject => createSecretKey(key.export().subarray(0, KEY_BYTES));

/** Says nothing about the key. */
const keyIdOf = (key: KeyObject): string =>
  createHash('sha256').update('key id').update(key.export()).digest('hex').slice(0, KEY_ID_CHARACTERS);

function decryptWith(key: KeyObject, webhookId: string, text: string): string {
  const bytes = Buffer.from(text, 'base64url');
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(webhookId));
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  const secret = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
  return Buffer.concat([secret, decipher.final()]).toString('utf8');
}

export function secretCipher(keys: Keyring): SecretCipher {
  const current = keys.keysFor('secrets at rest').map((key) => ({ id: keyIdOf(key), key: cipherKey(key) }));
  const ofEarlierReleases = keys.keysFor('webhook-secrets').map(cipherKey);
  const [first] = current;
  const currentPrefix = `v2.${first!.id}.`;

  return {
    currentPrefix,
    encrypt(webhookId, secret) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, first!.key, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(webhookId));
      const encrypted = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return currentPrefix + Buffer.concat([nonce, cipher.getAuthTag(), encrypted]).toString('base64url');
    },
    decrypt(webhookId, text) {
      const [version, ...parts] = text.split('.');
      if (version === 'v2' && parts.length === 2) {
        const found = current.find(({ id }) => id === parts[0]);
        if (found) return decryptWith(found.key, webhookId, parts[1]!);
      }
      if (version === 'v1' && parts.length === 1) {
        for (const key of ofEarlierReleases) {
          try {
            return decryptWith(key, webhookId, parts[0]!);
          } catch {
            // Perhaps encrypted with an earlier key.
          }
        }
      }
      throw new Error('the secret was encrypted with a key that is not ours, or for another webhook');
    },
  };
}
