/** Keys derived from SECRET_KEY, one per use, so that a signature made for one use is invalid for every other. */
import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

const KEY_BYTES = 64;

/** HKDF-SHA-512 (RFC 5869) with the use as its info. */
export function deriveKey(secretKey: string, use: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha512', secretKey, 'vaga', use, KEY_BYTES)));
}
