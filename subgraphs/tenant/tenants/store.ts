import { tenants, type TenantRow } from '@drizzle/tenant/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Queryable } from '@libs/db/inTransaction';
import { rowsByIds } from '@libs/db/rowsByIds';
import type { KeysetRange } from '@libs/db/keysetPages';
import { inRangeOrder, isInRange, namedColumns } from '@libs/db/keysetSql';
import { and, count, eq, or, sql, type SQL } from 'drizzle-orm';
import type { TenantFilter } from '../generated.ts';

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

export const tenantsByIdOfAllTenants = rowsByIds<TenantRow>((drizzle, ids) =>
  drizzle
    .select()
    .from(tenants)
    .where(sql`${tenants.id} = ${ids}`),
);

/** Null and undefined filter nothing. */
export type TenantListFilter = TenantFilter | null | undefined;

function isListed(filter: TenantListFilter): SQL | undefined {
  const { plan, isActive, search } = filter ?? {};
  const text = search?.trim();
  return and(
    plan == null ? undefined : eq(tenants.plan, plan),
    isActive == null ? undefined : eq(tenants.isActive, isActive),
    // strpos has no wildcards to escape.
    text
      ? or(
          ...[tenants.name, tenants.domain].map(
            (column) => sql`strpos(lower(${column}), lower(${text})) > 0`,
          ),
        )
      : undefined,
  );
}

const BY_CREATION = namedColumns('CREATED_AT', tenants);

export function listOfAllTenants(
  db: Queryable,
  filter: TenantListFilter,
  range: KeysetRange,
): Promise<TenantRow[]> {
  return db.drizzle
    .select()
    .from(tenants)
    .where(and(isListed(filter), isInRange(BY_CREATION, range)))
    .orderBy(...inRangeOrder(BY_CREATION, range))
    .limit(range.limit);
}

export async function countOfAllTenants(db: Queryable, filter: TenantListFilter): Promise<number> {
  const [row] = await db.drizzle.select({ n: count() }).from(tenants).where(isListed(filter));
  return row!.n;
}
