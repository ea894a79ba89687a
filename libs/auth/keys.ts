/** Keys derived from SECRET_KEY, one per use: a signature for one use is invalid for others. */
import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

const KEY_BYTES = 64;

/** HKDF-SHA-512 (RFC 5869) with the use as its info. */
export function deriveKey(secretKey: string, use: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha512', secretKey, 'vaga', use, KEY_BYTES)));
}
