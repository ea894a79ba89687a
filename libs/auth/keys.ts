/** Keys derived from SECRET_KEY, one for each use, so that what is signed for one can never pass for another. */
import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

const KEY_BYTES = 64;

/** A key for one use (HKDF-SHA-512, RFC 5869; the use is the info). */
export function deriveKey(secretKey: string, use: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha512', secretKey, 'vaga', use, KEY_BYTES)));
}
