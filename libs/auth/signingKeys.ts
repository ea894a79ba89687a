/** Ed25519 keys of access tokens (RFC 8037) in PEM. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

export type SigningKeys = {
  /** Undefined where tokens are only verified. */
  privateKey: KeyObject | undefined;
  /** The public key of the private one comes first, or else the first one given. */
  publicKeys: readonly [KeyObject, ...KeyObject[]];
};

const PUBLIC_KEY = /-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g;

/** As environment variables have it, with real line breaks or \n. */
const unescaped = (pem: string): string => pem.replaceAll('\\n', '\n');

function requireEd25519(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('expected an Ed25519 key in PEM');
  return key;
}

/** Throws for text that is no such key; the error has none of it. `publicPems` has one PEM or several, one after the other. */
export function signingKeys(privatePem: string | undefined, publicPems: string | undefined): SigningKeys {
  let publicKeys: KeyObject[];
  let privateKey: KeyObject | undefined;
  try {
    privateKey = privatePem === undefined ? undefined : createPrivateKey(unescaped(privatePem));
    publicKeys = (unescaped(publicPems ?? '').match(PUBLIC_KEY) ?? []).map((pem) => createPublicKey(pem));
    if (privateKey) publicKeys.unshift(createPublicKey(privateKey));
  } catch {
    throw new Error('expected an Ed25519 key in PEM');
  }
  for (const key of [...publicKeys, ...(privateKey ? [privateKey] : [])]) requireEd25519(key);
  const [first, ...others] = publicKeys;
  if (!first) throw new Error('expected an Ed25519 key in PEM');
  return { privateKey, publicKeys: [first, ...others.filter((key) => !key.equals(first))] };
}
