/**
 * The passport: a JWT that replaces the client's token on requests to subgraphs. It names the process that signed it and the one that it is
 * for, and is signed with a key that only these two hold. Subgraphs trust nothing else.
 */
import { decodeJwt, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { permissionsSchema, type Caller } from './caller.ts';
import { passportUse, type Keyring } from './keys.ts';
import { API_SCOPES } from './rights.ts';
import type { TenantId } from './tenantId.ts';
import { verifiedTokens } from './verifiedTokens.ts';

/** The gateway removes this header from client requests. */
export const PASSPORT_HEADER = 'x-vaga-passport';
const PASSPORT_LIFE_SECONDS = 60;
/** By how much the clock of another machine may be behind. */
const CLOCK_TOLERANCE_SECONDS = 30;
/** How long a passport is reused, in milliseconds: half its life, so that a request that carries it can finish before it expires. */
export const PASSPORT_REUSE_MS = PASSPORT_LIFE_SECONDS * 500;

const ALGORITHM = 'HS256';
/** The process whose passports may name any caller; those of the others name only the process. */
const GATEWAY = 'gateway';

const tenantId = z.uuid().transform((id) => id as TenantId);

/** A caller's JSON in passports and in the user subgraph's answers about sessions and API keys. */
export const callerSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('anonymous'), hasDeniedSession: z.literal(true).optional() }),
  z.object({ kind: z.literal('platform'), userId: z.uuid(), sessionId: z.uuid() }),
  z.object({
    kind: z.literal('user'),
    userId: z.uuid(),
    tenantId,
    userType: z.enum(['ADMIN', 'USER']),
    permissions: permissionsSchema,
    sessionId: z.uuid(),
  }),
  z.object({
    kind: z.literal('apiKey'),
    apiKeyId: z.uuid(),
    tenantId,
    scopes: z.array(z.enum(API_SCOPES)),
  }),
  z.object({ kind: z.literal('service'), name: z.string().min(1) }),
]);

const content = z.object({ caller: callerSchema, exp: z.number() });

export type Passports = {
  /** A passport that this process shows to `audience`. */
  mint(caller: Caller, audience: string): Promise<string>;
  /** The passport's caller; undefined if it is forged, expired, for another process, or by one that may not speak for this caller. */
  verify(passport: string): Promise<Caller | undefined>;
};

/**
 * The passports of the process `own`. Each pair of processes has a key of its own, so that a stolen key speaks to one process only, and as
 * any caller only if it is the gateway's (docs/decisions/0037-keys.md). `issuers` are the processes whose passports are accepted.
 */
export function passports(keys: Keyring, own: string, issuers: readonly string[] = [GATEWAY]): Passports {
  async function verified(passport: string, issuer: string): Promise<z.output<typeof content> | undefined> {
    for (const key of keys.keysFor(passportUse(issuer, own))) {
      try {
        const { payload } = await jwtVerify(passport, key, {
          algorithms: [ALGORITHM],
          audience: own,
          issuer,
          clockTolerance: CLOCK_TOLERANCE_SECONDS,
        });
        return content.safeParse(payload).data;
      } catch {
        // Perhaps signed with an earlier key.
      }
    }
    return undefined;
  }

  return {
    mint: (caller, audience) =>
      new SignJWT({ caller })
        .setProtectedHeader({ alg: ALGORITHM })
        .setIssuer(own)
        .setAudience(audience)
        .setIssuedAt()
        .setExpirationTime(`${PASSPORT_LIFE_SECONDS}s`)
        .sign(keys.keysFor(passportUse(own, audience))[0]),
    verify: verifiedTokens(async (passport) => {
      const issuer = issuerOf(passport);
      if (issuer === undefined || issuer === own || !issuers.includes(issuer)) return undefined;
      const found = await verified(passport, issuer);
      if (!found || (issuer !== GATEWAY && !isItself(found.caller, issuer))) return undefined;
      return { content: found.caller, expiresAtSeconds: found.exp + CLOCK_TOLERANCE_SECONDS };
    }),
  };
}

const isItself = (caller: Caller, issuer: string): boolean =>
  caller.kind === 'service' && caller.name === issuer;

/** The issuer that the passport names, which may be a lie. */
function issuerOf(passport: string): string | undefined {
  try {
    return decodeJwt(passport).iss;
  } catch {
    return undefined;
  }
}

/** A caller's passport for a process, minted again once it is older than PASSPORT_REUSE_MS. */
export type ReusablePassport = (audience: string) => Promise<string>;

/** `nowMs` is a monotonic clock. */
export function reusablePassport(
  { mint }: Pick<Passports, 'mint'>,
  caller: Caller,
  nowMs: () => number = () => performance.now(),
): ReusablePassport {
  const last = new Map<string, { passport: Promise<string>; mintedAtMs: number }>();
  return (audience) => {
    const known = last.get(audience);
    const mintedAtMs = nowMs();
    if (known && mintedAtMs - known.mintedAtMs <= PASSPORT_REUSE_MS) return known.passport;
    const passport = mint(caller, audience);
    last.set(audience, { passport, mintedAtMs });
    return passport;
  };
}
