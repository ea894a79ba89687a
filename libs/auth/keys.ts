/**
 * The keys of a process, one per use: what is signed for one use is invalid for others. They are derived from SECRET_KEY, or given one by
 * one (PROCESS_KEYS), so that a process holds no key that it does not use. Keys of an earlier SECRET_KEY only verify and decrypt.
 */
import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { z } from 'zod';

const KEY_BYTES = 64;

/** HKDF-SHA-512 (RFC 5869) with the use as its info. */
export function deriveKey(secretKey: string, use: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha512', secretKey, 'vaga', use, KEY_BYTES)));
}

export type Keys = readonly [KeyObject, ...KeyObject[]];

export type Keyring = {
  /** The first signs and encrypts; all verify and decrypt. Throws MissingKey. */
  keysFor(use: string): Keys;
  /** SECRET_KEY itself and earlier ones, with which releases before PROCESS_KEYS signed access tokens. */
  undivided: readonly KeyObject[];
};

export class MissingKey extends Error {
  constructor(use: string) {
    super(`PROCESS_KEYS has no key for: ${use}`);
    this.name = 'MissingKey';
  }
}

/** A use is one of a few in the code, never what a client sent. */
export function keyring(secretKey: string, previous: readonly string[] = []): Keyring {
  const known = new Map<string, Keys>();
  return {
    keysFor(use) {
      const keys = known.get(use) ?? [
        deriveKey(secretKey, use),
        ...previous.map((earlier) => deriveKey(earlier, use)),
      ];
      known.set(use, keys as Keys);
      return keys as Keys;
    },
    undivided: [secretKey, ...previous].map((one) => createSecretKey(Buffer.from(one))),
  };
}

const bundleSchema = z.record(z.string(), z.array(z.base64url().length(86)).min(1));

/** The text of PROCESS_KEYS with the keys of these uses: secret. */
export function bundleOf({ keysFor }: Keyring, uses: readonly string[]): string {
  const keys = uses.map((use) => [use, keysFor(use).map((key) => key.export().toString('base64url'))]);
  return Buffer.from(JSON.stringify(Object.fromEntries(keys))).toString('base64url');
}

/** Throws for a text that `bundleOf` did not make; the error has none of it. */
function parseBundle(text: string): z.output<typeof bundleSchema> {
  try {
    return bundleSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')));
  } catch {
    throw new Error('it is not what `npm run keys` has printed');
  }
}

/** Whether a key in the text of PROCESS_KEYS is derived from this SECRET_KEY. Throws as keyringOfBundle does. */
export function hasKeyDerivedFrom(secretKey: string, text: string): boolean {
  return Object.entries(parseBundle(text)).some(([use, keys]) =>
    keys.includes(deriveKey(secretKey, use).export().toString('base64url')),
  );
}

/** Throws for a text that `bundleOf` did not make; the error has none of it. */
export function keyringOfBundle(text: string): Keyring {
  const keys = new Map(
    Object.entries(parseBundle(text)).map(([use, all]) => [
      use,
      all.map((one) => createSecretKey(Buffer.from(one, 'base64url'))),
    ]),
  );
  return {
    keysFor(use) {
      const found = keys.get(use);
      if (!found) throw new MissingKey(use);
      return found as unknown as Keys;
    },
    undivided: [],
  };
}

/** The use of a key for the passports that one process signs for another: only these two hold that key. */
export const passportUse = (issuer: string, audience: string): string => `passports ${issuer} to ${audience}`;
export const ACCESS_TOKENS = 'access tokens';
