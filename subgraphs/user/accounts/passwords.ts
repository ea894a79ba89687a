/** argon2id (RFC 9106) at OWASP's minimum: about 10 ms of one core and 19 MiB each, scheduled by `hashQueue.ts`. */
import { randomBytes } from 'node:crypto';
import type { TenantId } from '@libs/auth/tenantId';
import { hash, verify } from '@node-rs/argon2';
import { hashOwner, withHashSlot } from './hashQueue.ts';

/** OWASP Password Storage Cheat Sheet: memory in KiB, passes, lanes. The library's default is argon2id. */
const ARGON2 = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 };

/** Equal for every way to compose accents (RFC 8265 §4.2.2: NFC). */
const normalized = (password: string): string => password.normalize('NFC');

/** A salted hash in PHC form, in a slot of the tenant or (`null`) the platform. RATE_LIMITED if the queue is full. */
export const hashPassword = (tenantId: TenantId | null, password: string): Promise<string> =>
  withHashSlot('newPassword', hashOwner(tenantId), () => hash(normalized(password), ARGON2));

let decoy: Promise<string> | undefined;

/** False without a hash (no such account, or one that cannot sign in), at equal cost. Call within `withHashSlot`. */
export async function isPassword(password: string, passwordHash: string | null): Promise<boolean> {
  decoy ??= hash(randomBytes(32), ARGON2);
  const isRight = await verify(passwordHash ?? (await decoy), normalized(password));
  return isRight && passwordHash !== null;
}
