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
import { and, eq, getTableColumns, gt, isNull, ne, type SQL } from 'drizzle-orm';
import type { Temporal } from 'temporal-polyfill';

type SessionTimes = Pick<SessionRow, 'createdAt' | 'expiresAt'>;

/** Neither ended nor expired. */
const isLive = (id: string, now: Temporal.Instant): SQL | undefined =>
  and(eq(sessions.id, id), isNull(sessions.endedAt), gt(sessions.expiresAt, now));

/** `tenantId` is null for a platform administrator, here and below. */
export async function insertSession(
  tenantId: TenantId | null,
  tx: Tx,
  session: SessionTimes & { id: string; accountId: string },
): Promise<void> {
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
  expiresAt: Temporal.Instant,
): Promise<void> {
  await tx.drizzle.update(sessions).set({ expiresAt }).where(eq(sessions.id, id));
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
): Promise<{ administratorId: string | null; user: UserRow | null } | undefined> {
  const [row] = await db.drizzle
    .select({ administratorId: platformAdministrators.id, user: userColumns })
    .from(sessions)
    .leftJoin(users, eq(users.id, sessions.userId))
    .leftJoin(platformAdministrators, eq(platformAdministrators.id, sessions.administratorId))
    .where(isLive(id, now));
  return row;
}
