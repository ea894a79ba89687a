/** SQL of sessions and their refresh tokens. Locks are taken in one order: account, session, tokens. */
import {
  platformAdministrators,
  refreshTokens,
  sessions,
  users,
  type SessionRow,
  type UserRow,
} from '@drizzle/user/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Db } from '@libs/db/connect';
import type { Queryable, Tx } from '@libs/db/inTransaction';
import { and, eq, getTableColumns, gt, inArray, isNotNull, isNull, lte, ne, or, type SQL } from 'drizzle-orm';
import type { Temporal } from 'temporal-polyfill';

type SessionTimes = Pick<SessionRow, 'createdAt' | 'expiresAt'>;

/** A session counts until it is ended or expires. */
const living = (id: string, now: Temporal.Instant): SQL | undefined =>
  and(eq(sessions.id, id), isNull(sessions.endedAt), gt(sessions.expiresAt, now));

/** Makes a session of a user of the tenant, or (`null`) of a platform administrator. */
export async function insertSession(
  tenantId: TenantId | null,
  tx: Tx,
  session: SessionTimes & { id: string; accountId: string },
): Promise<void> {
  const { accountId, ...row } = session;
  const owner = tenantId === null ? { administratorId: accountId } : { userId: accountId, tenantId };
  await tx.drizzle.insert(sessions).values({ ...row, ...owner });
}

/** The session that a refresh token belongs to, used or not. */
export async function sessionOfTokenOfAllTenants(
  db: Queryable,
  tokenHash: Buffer,
): Promise<SessionRow | undefined> {
  const [row] = await db.drizzle
    .select(getTableColumns(sessions))
    .from(refreshTokens)
    .innerJoin(sessions, eq(sessions.id, refreshTokens.sessionId))
    .where(eq(refreshTokens.tokenHash, tokenHash));
  return row;
}

/** The session where it lives at `now`, held until the transaction ends: its refreshes come one after the other. */
export async function lockSessionOfAllTenants(
  tx: Tx,
  id: string,
  now: Temporal.Instant,
): Promise<SessionRow | undefined> {
  const [row] = await tx.drizzle.select().from(sessions).where(living(id, now)).for('update');
  return row;
}

/** Sessions of a user of the tenant, or (`null`) of a platform administrator. */
const ofAccount = (tenantId: TenantId | null, accountId: string): SQL | undefined =>
  tenantId === null
    ? eq(sessions.administratorId, accountId)
    : and(eq(sessions.tenantId, tenantId), eq(sessions.userId, accountId));

/** Whether the account's session lives at `now`; it does not end then until the transaction does. */
export async function lockSessionForShare(
  tenantId: TenantId | null,
  tx: Tx,
  { id, accountId, now }: { id: string; accountId: string; now: Temporal.Instant },
): Promise<boolean> {
  const rows = await tx.drizzle
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(living(id, now), ofAccount(tenantId, accountId)))
    .for('share');
  return rows.length > 0;
}

export async function extendSessionOfAllTenants(
  tx: Tx,
  id: string,
  expiresAt: Temporal.Instant,
): Promise<void> {
  await tx.drizzle.update(sessions).set({ expiresAt }).where(eq(sessions.id, id));
}

/** Keeps the digest of the session's next refresh token; the one before must be used. */
export async function insertTokenOfAllTenants(
  tx: Tx,
  token: { tokenHash: Buffer; sessionId: string; expiresAt: Temporal.Instant },
): Promise<void> {
  await tx.drizzle.insert(refreshTokens).values(token);
}

/** Uses the token up; false where it was used before. */
export async function useTokenOfAllTenants(
  tx: Tx,
  tokenHash: Buffer,
  usedAt: Temporal.Instant,
): Promise<boolean> {
  const used = await tx.drizzle
    .update(refreshTokens)
    .set({ usedAt })
    .where(and(eq(refreshTokens.tokenHash, tokenHash), isNull(refreshTokens.usedAt)))
    .returning({ sessionId: refreshTokens.sessionId });
  return used.length > 0;
}

/** Ends the session; false where it had ended before. */
export async function endSessionOfAllTenants(
  db: Queryable,
  id: string,
  endedAt: Temporal.Instant,
): Promise<boolean> {
  const ended = await db.drizzle
    .update(sessions)
    .set({ endedAt })
    .where(living(id, endedAt))
    .returning({ id: sessions.id });
  return ended.length > 0;
}

/** Ends every session of a user of the tenant, or (`null`) of a platform administrator, except one where it is named. */
export async function endSessionsOfAccount(
  tenantId: TenantId | null,
  tx: Tx,
  accountId: string,
  { now, exceptId }: { now: Temporal.Instant; exceptId?: string },
): Promise<void> {
  await tx.drizzle
    .update(sessions)
    .set({ endedAt: now })
    .where(
      and(
        ofAccount(tenantId, accountId),
        isNull(sessions.endedAt),
        exceptId === undefined ? undefined : ne(sessions.id, exceptId),
      ),
    );
}

const { passwordHash: _, ...userColumns } = getTableColumns(users);

/** Whose session this is, where it lives at `now`: `user` is null for a platform administrator. */
export async function ownerOfSessionOfAllTenants(
  db: Queryable,
  id: string,
  now: Temporal.Instant,
): Promise<{ administratorId: string | null; user: UserRow | null } | undefined> {
  const [row] = await db.drizzle
    .select({ administratorId: platformAdministrators.id, user: userColumns })
    .from(sessions)
    .leftJoin(users, eq(users.id, sessions.userId))
    .leftJoin(platformAdministrators, eq(platformAdministrators.id, sessions.administratorId))
    .where(living(id, now));
  return row;
}

/** Removes sessions that have ended or expired, `limit` at most; returns how many. */
export async function removeOldSessionsOfAllTenants(
  db: Db,
  now: Temporal.Instant,
  limit: number,
): Promise<number> {
  const old = db.drizzle
    .select({ id: sessions.id })
    .from(sessions)
    .where(or(isNotNull(sessions.endedAt), lte(sessions.expiresAt, now)))
    .limit(limit);
  const removed = await db.drizzle
    .delete(sessions)
    .where(inArray(sessions.id, old))
    .returning({ id: sessions.id });
  return removed.length;
}

/** Removes refresh tokens that have expired, `limit` at most; returns how many. */
export async function removeOldTokensOfAllTenants(
  db: Db,
  now: Temporal.Instant,
  limit: number,
): Promise<number> {
  const old = db.drizzle
    .select({ tokenHash: refreshTokens.tokenHash })
    .from(refreshTokens)
    .where(lte(refreshTokens.expiresAt, now))
    .limit(limit);
  const removed = await db.drizzle
    .delete(refreshTokens)
    .where(inArray(refreshTokens.tokenHash, old))
    .returning({ sessionId: refreshTokens.sessionId });
  return removed.length;
}
