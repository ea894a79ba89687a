import { notifications, sessions, users } from '@drizzle/user/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Queryable } from '@libs/db/inTransaction';
import { and, eq, isNotNull } from 'drizzle-orm';

export const sessionsOfUser = (tenantId: TenantId, { drizzle }: Queryable, userId: string) =>
  drizzle
    .select({ createdAt: sessions.createdAt, expiresAt: sessions.expiresAt, endedAt: sessions.endedAt })
    .from(sessions)
    .where(and(eq(sessions.tenantId, tenantId), eq(sessions.userId, userId)))
    .orderBy(sessions.id);

/** Of the last days. */
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

export async function isDeletedUser(
  tenantId: TenantId,
  { drizzle }: Queryable,
  id: string,
): Promise<boolean> {
  const rows = await drizzle
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.tenantId, tenantId), eq(users.id, id), isNotNull(users.deletedAt)));
  return rows.length > 0;
}
