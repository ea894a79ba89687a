/** A process's keys, as its environment gives them: SECRET_KEY, from which all are derived, or PROCESS_KEYS with its own only. */
import { accessTokens, signedAccessTokens, type AccessTokens } from '@libs/auth/accessToken';
import {
  ACCESS_TOKENS,
  hasKeyDerivedFrom,
  keyring,
  keyringOfBundle,
  passportUse,
  type Keyring,
} from '@libs/auth/keys';
import { signingKeys, type SigningKeys } from '@libs/auth/signingKeys';
import { DEVELOPMENT_SECRET_KEY, EnvironmentError, type SharedEnv } from './env.ts';
import { PROCESSES, SUBGRAPHS, type ProcessName } from './subgraphs.ts';

type KeyVariables = Pick<
  SharedEnv,
  | 'ENVIRONMENT'
  | 'SECRET_KEY'
  | 'SECRET_KEY_PREVIOUS'
  | 'PROCESS_KEYS'
  | 'JWT_ALGORITHM'
  | 'JWT_PRIVATE_KEY'
  | 'JWT_PUBLIC_KEYS'
>;

/** In production refuses also keys that everyone can derive. Throws EnvironmentError. */
export function keysOf(env: KeyVariables): Keyring {
  if (env.PROCESS_KEYS === undefined) return keyring(env.SECRET_KEY, env.SECRET_KEY_PREVIOUS);
  try {
    if (env.ENVIRONMENT === 'production' && hasKeyDerivedFrom(DEVELOPMENT_SECRET_KEY, env.PROCESS_KEYS))
      throw new Error('production needs keys of its own, made with a SECRET_KEY other than the default');
    return keyringOfBundle(env.PROCESS_KEYS);
  } catch (error) {
    throw new EnvironmentError([`PROCESS_KEYS: ${(error as Error).message}`]);
  }
}

/** Undefined where access tokens are signed with a secret. Throws EnvironmentError. */
export function signingKeysOf(env: KeyVariables): SigningKeys | undefined {
  if (env.JWT_ALGORITHM !== 'EdDSA') return undefined;
  try {
    return signingKeys(env.JWT_PRIVATE_KEY, env.JWT_PUBLIC_KEYS);
  } catch (error) {
    throw new EnvironmentError([`JWT_PRIVATE_KEY or JWT_PUBLIC_KEYS: ${(error as Error).message}`]);
  }
}

/** Throws EnvironmentError. */
export function accessTokensOf(env: KeyVariables, keys: Keyring): AccessTokens {
  const signing = signingKeysOf(env);
  if (signing) return signedAccessTokens(signing);
  return accessTokens(keys, env.JWT_ALGORITHM as 'HS256' | 'HS384' | 'HS512');
}

/** What subgraphs use besides passports. */
const OWN_USES: Partial<Record<ProcessName, readonly string[]>> = {
  gateway: [ACCESS_TOKENS],
  user: [ACCESS_TOKENS],
  tenant: ['webhook-secrets', 'secrets at rest'],
  booking: ['cursors of booking changes'],
};

/** Every use that `process` has a key for: of its own, and of the passports that it signs or accepts. */
export const usesOf = (process: ProcessName): string[] => [
  ...(OWN_USES[process] ?? []),
  ...SUBGRAPHS.filter((other) => other !== process).map((other) => passportUse(process, other)),
  ...(process === 'gateway' ? [] : PROCESSES.filter((other) => other !== process)).map((other) =>
    passportUse(other, process),
  ),
];
