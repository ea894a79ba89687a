/** Lock order: account, session, tokens. */
import {
  platformAdministrators,
  refreshTokens,
  sessions,
  users,
  type SessionRow,
  type UserRow,
} from '@drizzle/user/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Queryable, Tx } from '@libs/db/inTransaction';
import { and, eq, getTableColumns, gt, inArray, isNull, ne, sql, type SQL } from 'drizzle-orm';
import type { Temporal } from 'temporal-polyfill';

type NewSession = Pick<SessionRow, 'id' | 'createdAt' | 'expiresAt' | 'userAgent'> & { accountId: string };

/** Neither ended nor expired. */
const isLive = (id: string, now: Temporal.Instant): SQL | undefined =>
  and(eq(sessions.id, id), isNull(sessions.endedAt), gt(sessions.expiresAt, now));

/** For sessions that were never used again, the sign-in. */
const lastUse = sql`coalesce(${sessions.lastUsedAt}, ${sessions.createdAt})`;

/** `tenantId` is null for a platform administrator, here and below. */
export async function insertSession(tenantId: TenantId | null, tx: Tx, session: NewSession): Promise<void> {
  const { accountId, ...row } = session;
  const owner = tenantId === null ? { administratorId: accountId } : { userId: accountId, tenantId };
  await tx.drizzle.insert(sessions).values({ ...row, ...owner });
}

/** The token may be used or not. */
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

/** Serializes refreshes. */
export async function lockSessionOfAllTenants(
  tx: Tx,
  id: string,
  now: Temporal.Instant,
): Promise<SessionRow | undefined> {
  const [row] = await tx.drizzle.select().from(sessions).where(isLive(id, now)).for('update');
  return row;
}

const ofAccount = (tenantId: TenantId | null, accountId: string): SQL | undefined =>
  tenantId === null
    ? eq(sessions.administratorId, accountId)
    : and(eq(sessions.tenantId, tenantId), eq(sessions.userId, accountId));

/** Whether the session is live; it stays so until the transaction ends. */
export async function lockSessionForShare(
  tenantId: TenantId | null,
  tx: Tx,
  { id, accountId, now }: { id: string; accountId: string; now: Temporal.Instant },
): Promise<boolean> {
  const rows = await tx.drizzle
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(isLive(id, now), ofAccount(tenantId, accountId)))
    .for('share');
  return rows.length > 0;
}

export async function extendSessionOfAllTenants(
  tx: Tx,
  id: string,
  times: Pick<SessionRow, 'expiresAt' | 'lastUsedAt'>,
): Promise<void> {
  await tx.drizzle.update(sessions).set(times).where(eq(sessions.id, id));
}

/** Unless it was used after `since`, or another transaction has the session locked: a use must not wait. */
export async function recordUseOfAllTenants(
  db: Queryable,
  id: string,
  { now, since }: { now: Temporal.Instant; since: Temporal.Instant },
): Promise<void> {
  const unlocked = db.drizzle
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(eq(sessions.id, id), sql`${lastUse} <= ${since.toString()}::timestamptz`))
    .for('update', { skipLocked: true });
  await db.drizzle.update(sessions).set({ lastUsedAt: now }).where(inArray(sessions.id, unlocked));
}

/** The account's live sessions, last used first. */
export function listSessions(
  tenantId: TenantId | null,
  db: Queryable,
  { accountId, now, limit }: { accountId: string; now: Temporal.Instant; limit: number },
): Promise<SessionRow[]> {
  return db.drizzle
    .select()
    .from(sessions)
    .where(and(ofAccount(tenantId, accountId), isNull(sessions.endedAt), gt(sessions.expiresAt, now)))
    .orderBy(sql`${lastUse} desc`, sessions.id)
    .limit(limit);
}

/** Whether a live session was started with the same User-Agent. The account must be locked. */
export async function isDeviceKnown(
  tenantId: TenantId,
  tx: Tx,
  { accountId, userAgent, now }: { accountId: string; userAgent: string | null; now: Temporal.Instant },
): Promise<boolean> {
  const rows = await tx.drizzle
    .select({ id: sessions.id })
    .from(sessions)
    .where(
      and(
        ofAccount(tenantId, accountId),
        isNull(sessions.endedAt),
        gt(sessions.expiresAt, now),
        userAgent === null ? isNull(sessions.userAgent) : eq(sessions.userAgent, userAgent),
      ),
    )
    .limit(1);
  return rows.length > 0;
}

/** False if the account has no such live session. */
export async function endSessionOfAccount(
  tenantId: TenantId | null,
  db: Queryable,
  { id, accountId, now }: { id: string; accountId: string; now: Temporal.Instant },
): Promise<boolean> {
  const ended = await db.drizzle
    .update(sessions)
    .set({ endedAt: now })
    .where(and(isLive(id, now), ofAccount(tenantId, accountId)))
    .returning({ id: sessions.id });
  return ended.length > 0;
}

/** The session's previous token must be used. */
export async function insertTokenOfAllTenants(
  tx: Tx,
  token: { tokenHash: Buffer; sessionId: string; expiresAt: Temporal.Instant },
): Promise<void> {
  await tx.drizzle.insert(refreshTokens).values(token);
}

/** False if it was already used. */
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

/** False if it had already ended. */
export async function endSessionOfAllTenants(
  db: Queryable,
  id: string,
  endedAt: Temporal.Instant,
): Promise<boolean> {
  const ended = await db.drizzle
    .update(sessions)
    .set({ endedAt })
    .where(isLive(id, endedAt))
    .returning({ id: sessions.id });
  return ended.length > 0;
}

/** Except `exceptId`. */
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

/** `user` is null for a platform administrator. */
export async function ownerOfSessionOfAllTenants(
  db: Queryable,
  id: string,
  now: Temporal.Instant,
): Promise<
  { administratorId: string | null; user: UserRow | null; lastUsedAt: Temporal.Instant } | undefined
> {
  const [row] = await db.drizzle
    .select({
      administratorId: platformAdministrators.id,
      user: userColumns,
      lastUsedAt: sessions.lastUsedAt,
      createdAt: sessions.createdAt,
    })
    .from(sessions)
    .leftJoin(users, eq(users.id, sessions.userId))
    .leftJoin(platformAdministrators, eq(platformAdministrators.id, sessions.administratorId))
    .where(isLive(id, now));
  return row && { ...row, lastUsedAt: row.lastUsedAt ?? row.createdAt };
}
