import { users } from '@drizzle/user/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Tx } from '@libs/db/inTransaction';
import { and, eq, isNotNull } from 'drizzle-orm';

/** The active ones, by id; with `id`, that one only. They stay as they are until the transaction ends. */
export async function lockAdministratorsForShare(
  tenantId: TenantId,
  tx: Tx,
  id?: string,
): Promise<{ id: string; email: string }[]> {
  const rows = await tx.drizzle
    .select({ id: users.id, email: users.email })
    .from(users)
    .where(
      and(
        eq(users.tenantId, tenantId),
        id === undefined ? undefined : eq(users.id, id),
        eq(users.userType, 'ADMIN'),
        eq(users.isActive, true),
        isNotNull(users.email),
      ),
    )
    .orderBy(users.id)
    .for('share');
  return rows as { id: string; email: string }[];
}
