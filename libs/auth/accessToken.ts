/**
 * The access token of clients: a JWT (RFC 7519) that names a session. It holds no permissions: they are looked up, so that revoking
 * one takes effect at once.
 */
import { createSecretKey } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { verifiedTokens } from './verifiedTokens.ts';

export const JWT_ALGORITHMS = ['HS256', 'HS384', 'HS512'] as const;
export type JwtAlgorithm = (typeof JWT_ALGORITHMS)[number];

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
  sign(claims: TokenClaims): Promise<string>;
  /** Undefined if the token is forged, malformed, expired, or signed with another algorithm. */
  verify(token: string): Promise<TokenClaims | undefined>;
};

export function accessTokens(secretKey: string, algorithm: JwtAlgorithm): AccessTokens {
  const key = createSecretKey(Buffer.from(secretKey));
  return {
    sign: ({ userId, sessionId, tenantId, expiresAtSeconds }) =>
      new SignJWT({ sid: sessionId, tid: tenantId })
        .setProtectedHeader({ alg: algorithm })
        .setSubject(userId)
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setIssuedAt()
        .setExpirationTime(expiresAtSeconds)
        .sign(key),
    verify: verifiedTokens(async (token) => {
      try {
        const { payload } = await jwtVerify(token, key, {
          algorithms: [algorithm],
          issuer: ISSUER,
          audience: AUDIENCE,
        });
        const parsed = claims.safeParse(payload);
        if (!parsed.success) return undefined;
        const { sub, sid, tid, exp: expiresAtSeconds } = parsed.data;
        const content = { userId: sub, sessionId: sid, tenantId: tid, expiresAtSeconds };
        return { content, expiresAtSeconds };
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined;
        throw error;
      }
    }),
  };
}

/** The bearer token of an Authorization header (RFC 6750 §2.1), if any. */
export function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer +([\w.~+/-]+=*) *$/i.exec(authorization ?? '')?.[1];
}
