import { categories, type CategoryRow } from '@drizzle/resource/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Queryable } from '@libs/db/inTransaction';
import { rowsByIds } from '@libs/db/rowsByIds';
import type { KeysetRange } from '@libs/db/keysetPages';
import { inRangeOrder, isInRange, namedColumns } from '@libs/db/keysetSql';
import { and, count, eq, isNull, sql } from 'drizzle-orm';

type NewCategory = Omit<typeof categories.$inferInsert, 'id' | 'tenantId'>;
type CategoryChanges = Partial<Omit<CategoryRow, 'id' | 'tenantId' | 'createdAt'>>;

/** Not deleted. */
const isCategory = (tenantId: TenantId, id: string) =>
  and(eq(categories.tenantId, tenantId), eq(categories.id, id), isNull(categories.deletedAt));

export async function insertCategory(
  tenantId: TenantId,
  db: Queryable,
  row: NewCategory,
): Promise<CategoryRow> {
  const [inserted] = await db.drizzle
    .insert(categories)
    .values({ ...row, tenantId })
    .returning();
  return inserted!;
}

/** Also blocks new resources in the category. */
export async function lockCategory(
  tenantId: TenantId,
  db: Queryable,
  id: string,
): Promise<CategoryRow | undefined> {
  const [row] = await db.drizzle.select().from(categories).where(isCategory(tenantId, id)).for('update');
  return row;
}

/** Whether the category exists; it stays until the transaction ends. */
export async function lockCategoryForShare(tenantId: TenantId, db: Queryable, id: string): Promise<boolean> {
  const rows = await db.drizzle
    .select({ id: categories.id })
    .from(categories)
    .where(isCategory(tenantId, id))
    .for('share');
  return rows.length > 0;
}

/** The category must be locked. */
export async function updateCategoryRow(
  tenantId: TenantId,
  db: Queryable,
  id: string,
  changes: CategoryChanges,
): Promise<CategoryRow> {
  const [row] = await db.drizzle.update(categories).set(changes).where(isCategory(tenantId, id)).returning();
  return row!;
}

export function listCategories(
  tenantId: TenantId,
  db: Queryable,
  range: KeysetRange,
): Promise<CategoryRow[]> {
  const columns = namedColumns('CREATED_AT', categories);
  return db.drizzle
    .select()
    .from(categories)
    .where(and(eq(categories.tenantId, tenantId), isNull(categories.deletedAt), isInRange(columns, range)))
    .orderBy(...inRangeOrder(columns, range))
    .limit(range.limit);
}

export async function countCategories(tenantId: TenantId, db: Queryable): Promise<number> {
  const [row] = await db.drizzle
    .select({ n: count() })
    .from(categories)
    .where(and(eq(categories.tenantId, tenantId), isNull(categories.deletedAt)));
  return row!.n;
}

/** The tenant's resources must be gone. Returns how many categories were deleted. */
export async function removeCategories(tenantId: TenantId, db: Queryable): Promise<number> {
  const removed = await db.sql`delete from resource_categories where tenant_id = ${tenantId}`;
  return removed.count;
}

/** Deleted ones too. */
export const categoriesByIdOfAllTenants = rowsByIds<CategoryRow>((drizzle, ids) =>
  drizzle
    .select()
    .from(categories)
    .where(sql`${categories.id} = ${ids}`),
);

/** Not a deleted one. */
export async function categoryOfAllTenants(db: Queryable, id: string): Promise<CategoryRow | undefined> {
  const [row] = await db.drizzle
    .select()
    .from(categories)
    .where(and(eq(categories.id, id), isNull(categories.deletedAt)));
  return row;
}
