/**
 * The access token that clients send as 'Authorization: Bearer …': a JWT (RFC 7519) that names a session. What the
 * session's user may do is not in it: that is looked up, so that a permission taken away is gone at once.
 */
import { createSecretKey } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';

/** What JWT_ALGORITHM may be. */
export const JWT_ALGORITHMS = ['HS256', 'HS384', 'HS512'] as const;
export type JwtAlgorithm = (typeof JWT_ALGORITHMS)[number];

const ISSUER = 'vaga';
const AUDIENCE = 'api';

const claims = z.object({ sub: z.uuid(), sid: z.uuid(), tid: z.uuid().nullable(), exp: z.number() });

export type TokenClaims = {
  userId: string;
  sessionId: string;
  /** null: a platform administrator. */
  tenantId: string | null;
  /** Seconds since 1970. */
  expiresAtSeconds: number;
};

export type AccessTokens = {
  sign(claims: TokenClaims): Promise<string>;
  /** The claims; undefined where the token is forged, malformed, expired, or signed with another algorithm. */
  verify(token: string): Promise<TokenClaims | undefined>;
};

/** Signs and verifies access tokens with SECRET_KEY and the one algorithm that is configured. */
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
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, key, {
          algorithms: [algorithm],
          issuer: ISSUER,
          audience: AUDIENCE,
        });
        const parsed = claims.safeParse(payload);
        if (!parsed.success) return undefined;
        const { sub, sid, tid, exp } = parsed.data;
        return { userId: sub, sessionId: sid, tenantId: tid, expiresAtSeconds: exp };
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined;
        throw error;
      }
    },
  };
}

/** The token of an Authorization header (RFC 6750 §2.1), or undefined. */
export function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer +([\w.~+/-]+=*) *$/i.exec(authorization ?? '')?.[1];
}
