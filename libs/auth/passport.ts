/**
 * The passport: a JWT that replaces the client's token on requests to subgraphs, signed with a key that only our processes hold.
 * Subgraphs trust nothing else.
 */
import { jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { permissionsSchema, type Caller } from './caller.ts';
import { deriveKey } from './keys.ts';
import type { TenantId } from './tenantId.ts';
import { verifiedTokens } from './verifiedTokens.ts';

/** The gateway removes this header from client requests. */
export const PASSPORT_HEADER = 'x-vaga-passport';
const PASSPORT_LIFE_SECONDS = 60;
/** How long a passport is reused, in milliseconds: half its life, so that a request that carries it can finish before it expires. */
export const PASSPORT_REUSE_MS = PASSPORT_LIFE_SECONDS * 500;

const ALGORITHM = 'HS256';
const AUDIENCE = 'subgraph';
const ISSUER = 'vaga';

/** A caller's JSON in passports and in the user subgraph's answer about a session. */
export const callerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('anonymous'), hasDeniedSession: z.literal(true).optional() }),
  z.object({ kind: z.literal('platform'), userId: z.uuid(), sessionId: z.uuid() }),
  z.object({
    kind: z.literal('user'),
    userId: z.uuid(),
    tenantId: z.uuid().transform((id) => id as TenantId),
    userType: z.enum(['ADMIN', 'USER']),
    permissions: permissionsSchema,
    sessionId: z.uuid(),
  }),
  z.object({ kind: z.literal('service'), name: z.string().min(1) }),
]);

const content = z.object({ caller: callerSchema, exp: z.number() });

export type Passports = {
  mint(caller: Caller): Promise<string>;
  /** The passport's caller; undefined if it is forged, expired or for another audience. */
  verify(passport: string): Promise<Caller | undefined>;
};

export function passports(secretKey: string): Passports {
  const key = deriveKey(secretKey, 'passport');
  return {
    mint: (caller) =>
      new SignJWT({ caller })
        .setProtectedHeader({ alg: ALGORITHM })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setIssuedAt()
        .setExpirationTime(`${PASSPORT_LIFE_SECONDS}s`)
        .sign(key),
    verify: verifiedTokens(async (passport) => {
      try {
        const { payload } = await jwtVerify(passport, key, {
          algorithms: [ALGORITHM],
          audience: AUDIENCE,
          issuer: ISSUER,
        });
        const parsed = content.safeParse(payload);
        return parsed.success
          ? { content: parsed.data.caller, expiresAtSeconds: parsed.data.exp }
          : undefined;
      } catch {
        return undefined;
      }
    }),
  };
}

/** A caller's passport, minted again once it is older than PASSPORT_REUSE_MS. `nowMs` is a monotonic clock. */
export function reusablePassport(
  { mint }: Passports,
  caller: Caller,
  nowMs: () => number = () => performance.now(),
): () => Promise<string> {
  let last: { passport: string; mintedAtMs: number } | undefined;
  return async () => {
    const mintedAtMs = nowMs();
    if (last && mintedAtMs - last.mintedAtMs <= PASSPORT_REUSE_MS) return last.passport;
    last = { passport: await mint(caller), mintedAtMs };
    return last.passport;
  };
}
