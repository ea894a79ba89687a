/**
 * The access token of clients: a JWT (RFC 7519) that names a session. It holds no permissions: they are looked up, so that revoking
 * one takes effect at once.
 */
import type { KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, errors, exportJWK, jwtVerify, SignJWT, type JWK } from 'jose';
import { z } from 'zod';
import { ACCESS_TOKENS, type Keyring } from './keys.ts';
import type { SigningKeys } from './signingKeys.ts';
import { verifiedTokens, type VerifiedToken } from './verifiedTokens.ts';

export type SecretAlgorithm = 'HS256' | 'HS384' | 'HS512';

const ISSUER = 'vaga';
const AUDIENCE = 'api';

const claims = z.object({ sub: z.uuid(), sid: z.uuid(), tid: z.uuid().nullable(), exp: z.number() });

export type TokenClaims = {
  userId: string;
  sessionId: string;
  /** Null: platform administrator. */
  tenantId: string | null;
  expiresAtSeconds: number;
};

export type AccessTokens = {
  /** Rejects in a process that has only public keys. */
  sign(claims: TokenClaims): Promise<string>;
  /** Undefined if the token is forged, malformed, expired, or signed with another algorithm. */
  verify(token: string): Promise<TokenClaims | undefined>;
};

const body = ({ userId, sessionId, tenantId, expiresAtSeconds }: TokenClaims) =>
  new SignJWT({ sid: sessionId, tid: tenantId })
    .setSubject(userId)
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setIssuedAt()
    .setExpirationTime(expiresAtSeconds);

/** Verifies the token with the first of the keys that fits. */
async function verifiedBy(
  token: string,
  keys: readonly KeyObject[],
  algorithm: string,
): Promise<VerifiedToken<TokenClaims> | undefined> {
  for (const key of keys) {
    try {
      const options = { algorithms: [algorithm], issuer: ISSUER, audience: AUDIENCE };
      const parsed = claims.safeParse((await jwtVerify(token, key, options)).payload);
      if (!parsed.success) return undefined;
      const { sub, sid, tid, exp: expiresAtSeconds } = parsed.data;
      const content = { userId: sub, sessionId: sid, tenantId: tid, expiresAtSeconds };
      return { content, expiresAtSeconds };
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
    }
  }
  return undefined;
}

/** Signed and verified with one secret. Tokens of releases that signed with SECRET_KEY itself stay valid. */
export function accessTokens(keys: Keyring, algorithm: SecretAlgorithm): AccessTokens {
  const current = keys.keysFor(ACCESS_TOKENS);
  return {
    sign: (content) => body(content).setProtectedHeader({ alg: algorithm }).sign(current[0]),
    verify: verifiedTokens((token) => verifiedBy(token, [...current, ...keys.undivided], algorithm)),
  };
}

const EDDSA = 'EdDSA';

/** Signed with a private key that only the user subgraph has, and verified with its public key, by others too. */
export function signedAccessTokens({ privateKey, publicKeys }: SigningKeys): AccessTokens {
  return {
    async sign(content) {
      if (!privateKey) throw new Error('JWT_PRIVATE_KEY is needed to sign access tokens');
      const kid = await calculateJwkThumbprint(await exportJWK(publicKeys[0]));
      return body(content).setProtectedHeader({ alg: EDDSA, kid }).sign(privateKey);
    },
    verify: verifiedTokens((token) => verifiedBy(token, publicKeys, EDDSA)),
  };
}

/** The public keys as a JSON Web Key Set (RFC 7517), named by their thumbprints (RFC 7638). */
export const jsonWebKeys = (publicKeys: readonly KeyObject[]): Promise<{ keys: JWK[] }> =>
  Promise.all(
    publicKeys.map(async (key) => {
      const jwk = await exportJWK(key);
      return { ...jwk, kid: await calculateJwkThumbprint(jwk), use: 'sig', alg: EDDSA };
    }),
  ).then((keys) => ({ keys }));

/** The bearer token of an Authorization header (RFC 6750 §2.1), if any. */
export function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer +([\w.~+/-]+=*) *$/i.exec(authorization ?? '')?.[1];
}
