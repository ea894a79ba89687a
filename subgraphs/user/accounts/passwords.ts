/**
 * Hashing of passwords: argon2id (RFC 9106) at OWASP's minimum, about 10 ms of one core and 19 MiB each. How many run at once, how
 * many wait and whose turn it is: `hashQueue.ts`.
 */
import { randomBytes } from 'node:crypto';
import type { TenantId } from '@libs/auth/tenantId';
import { hash, verify } from '@node-rs/argon2';
import { hashOwner, withHashSlot } from './hashQueue.ts';

/** OWASP Password Storage Cheat Sheet: memory in KiB, passes, lanes. The library's algorithm is argon2id unless told otherwise. */
const ARGON2 = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 };

/** One password, however a keyboard composes its accents (RFC 8265 §4.2.2: NFC). */
const normal = (password: string): string => password.normalize('NFC');

/**
 * The hash to keep of a new password, in PHC form, salted: in the turn of the account's tenant, or (`null`) the platform's.
 * RATE_LIMITED where too much waits.
 */
export const hashPassword = (tenantId: TenantId | null, password: string): Promise<string> =>
  withHashSlot('newPassword', hashOwner(tenantId), () => hash(normal(password), ARGON2));

let decoy: Promise<string> | undefined;

/**
 * Whether the password is the one that `passwordHash` was made of. Where there is no hash (nobody by that name, or nobody who can
 * sign in) the answer is false, after as much work. To be called within `withHashSlot`.
 */
export async function isPassword(password: string, passwordHash: string | null): Promise<boolean> {
  decoy ??= hash(randomBytes(32), ARGON2);
  const isRight = await verify(passwordHash ?? (await decoy), normal(password));
  return isRight && passwordHash !== null;
}
