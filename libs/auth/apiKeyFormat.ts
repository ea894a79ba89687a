/**
 * API keys: 'vaga_<8 characters>_<32 characters><6 of checksum>', all base62. The first 8 tell keys apart, the 32 are the secret (190 bits),
 * and the checksum (CRC-32 of all before it, as in GitHub's tokens) lets typos be refused, and leaked keys be recognized, without a look-up.
 */
import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const NAME_CHARACTERS = 8;
const SECRET_CHARACTERS = 32;
const CHECKSUM_CHARACTERS = 6;
/** Bytes from here on are dropped: they would make the first characters likelier. */
const FAIR_BYTES = 256 - (256 % ALPHABET.length);

const KEY = /^vaga_[0-9A-Za-z]{8}_[0-9A-Za-z]{38}$/;

function randomCharacters(count: number): string {
  let text = '';
  while (text.length < count) {
    for (const byte of randomBytes(count)) {
      if (byte < FAIR_BYTES && text.length < count) text += ALPHABET[byte % ALPHABET.length];
    }
  }
  return text;
}

function checksumOf(text: string): string {
  let rest = crc32(text);
  let checksum = '';
  for (let position = 0; position < CHECKSUM_CHARACTERS; position += 1) {
    checksum = ALPHABET[rest % ALPHABET.length]! + checksum;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return checksum;
}

export type NewApiKey = {
  /** The whole key. */
  secret: string;
  /** 'vaga_' and the 8 characters. */
  prefix: string;
  hash: Buffer;
};

export function newApiKey(): NewApiKey {
  const prefix = `vaga_${randomCharacters(NAME_CHARACTERS)}`;
  const signed = `${prefix}_${randomCharacters(SECRET_CHARACTERS)}`;
  const secret = signed + checksumOf(signed);
  return { secret, prefix, hash: hashOfApiKey(secret) };
}

/** Whether a bearer token is to be read as a key, well formed or not. Access tokens begin with 'ey'. */
export const looksLikeApiKey = (token: string): boolean => token.startsWith('vaga_');

/** Whether the form and the checksum are right; says nothing about whether there is such a key. */
export const isApiKey = (token: string): boolean =>
  KEY.test(token) && checksumOf(token.slice(0, -CHECKSUM_CHARACTERS)) === token.slice(-CHECKSUM_CHARACTERS);

/** SHA-256: 190 random bits need neither salt nor a slow hash, which would cost 20 ms per request. */
export const hashOfApiKey = (key: string): Buffer => createHash('sha256').update(key).digest();
