import { tenants, type TenantRow } from '@drizzle/tenant/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Queryable } from '@libs/db/inTransaction';
import { count, eq, gt, inArray } from 'drizzle-orm';

export async function insertTenant(
  tenantId: TenantId,
  db: Queryable,
  row: Omit<typeof tenants.$inferInsert, 'id'>,
) {
  const [inserted] = await db.drizzle
    .insert(tenants)
    .values({ ...row, id: tenantId })
    .returning();
  return inserted!;
}

export async function findTenant(tenantId: TenantId, db: Queryable): Promise<TenantRow | undefined> {
  const [row] = await db.drizzle.select().from(tenants).where(eq(tenants.id, tenantId));
  return row;
}

export async function lockTenant(tenantId: TenantId, db: Queryable): Promise<TenantRow | undefined> {
  const [row] = await db.drizzle.select().from(tenants).where(eq(tenants.id, tenantId)).for('update');
  return row;
}

export async function updateTenantRow(
  tenantId: TenantId,
  db: Queryable,
  changes: Partial<Omit<TenantRow, 'id' | 'createdAt'>>,
): Promise<TenantRow> {
  const [row] = await db.drizzle.update(tenants).set(changes).where(eq(tenants.id, tenantId)).returning();
  return row!;
}

export async function removeTenant(tenantId: TenantId, db: Queryable): Promise<boolean> {
  const removed = await db.drizzle
    .delete(tenants)
    .where(eq(tenants.id, tenantId))
    .returning({ id: tenants.id });
  return removed.length > 0;
}

export async function tenantByDomainOfAllTenants(
  db: Queryable,
  domain: string,
): Promise<TenantRow | undefined> {
  const [row] = await db.drizzle.select().from(tenants).where(eq(tenants.domain, domain));
  return row;
}

export function tenantsByIdOfAllTenants(db: Queryable, ids: readonly string[]): Promise<TenantRow[]> {
  return db.drizzle
    .select()
    .from(tenants)
    .where(inArray(tenants.id, [...ids]));
}

/** By id, and so by creation (UUID version 7). */
export function listOfAllTenants(
  db: Queryable,
  afterId: string | undefined,
  limit: number,
): Promise<TenantRow[]> {
  return db.drizzle
    .select()
    .from(tenants)
    .where(afterId ? gt(tenants.id, afterId) : undefined)
    .orderBy(tenants.id)
    .limit(limit);
}

export async function countOfAllTenants(db: Queryable): Promise<number> {
  const [row] = await db.drizzle.select({ n: count() }).from(tenants);
  return row!.n;
}
