import { notifications, sessions, users } from '@drizzle/user/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Queryable, Tx } from '@libs/db/inTransaction';
import { formatInstant } from '@libs/time/instants';
import { and, eq, isNotNull, sql } from 'drizzle-orm';
import type { Temporal } from 'temporal-polyfill';

export const sessionsOfUser = (tenantId: TenantId, { drizzle }: Queryable, userId: string) =>
  drizzle
    .select({ createdAt: sessions.createdAt, expiresAt: sessions.expiresAt, endedAt: sessions.endedAt })
    .from(sessions)
    .where(and(eq(sessions.tenantId, tenantId), eq(sessions.userId, userId)))
    .orderBy(sessions.id);

/** E-mails that have not been purged: those of the last days. */
export const emailsOfUser = (tenantId: TenantId, { drizzle }: Queryable, userId: string) =>
  drizzle
    .select({
      about: notifications.eventType,
      content: notifications.payload,
      status: notifications.status,
      createdAt: notifications.createdAt,
      settledAt: notifications.settledAt,
    })
    .from(notifications)
    .where(and(eq(notifications.tenantId, tenantId), eq(notifications.userId, userId)))
    .orderBy(notifications.arrival);

/** Keeps the time of the first erasure. False if there is no such deleted user. */
export async function recordErasure(
  tenantId: TenantId,
  { drizzle }: Tx,
  id: string,
  erasedAt: Temporal.Instant,
): Promise<boolean> {
  const rows = await drizzle
    .update(users)
    .set({ erasedAt: sql`coalesce(${users.erasedAt}, ${formatInstant(erasedAt)}::timestamptz)` })
    .where(and(eq(users.tenantId, tenantId), eq(users.id, id), isNotNull(users.deletedAt)))
    .returning({ id: users.id });
  return rows.length > 0;
}
