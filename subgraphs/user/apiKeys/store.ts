/** Hashes are inserted and looked up by, never selected. */
import { apiKeys, deletedTenants, type ApiKeyRow } from '@drizzle/user/tables';
import type { TenantId } from '@libs/auth/tenantId';
import { acquireLocks, LOCK_KEYS } from '@libs/db/advisoryLocks';
import { groupBy } from '@libs/db/groupBy';
import type { Queryable, Tx } from '@libs/db/inTransaction';
import { and, count, desc, eq, getTableColumns, gt, inArray, isNull, lt, or, type SQL } from 'drizzle-orm';
import type { Temporal } from 'temporal-polyfill';

const { keyHash: _, ...columns } = getTableColumns(apiKeys);

type NewKey = Omit<typeof apiKeys.$inferInsert, 'tenantId'> & { id: string };

const ofTenant = (tenantId: TenantId, id: string): SQL | undefined =>
  and(eq(apiKeys.tenantId, tenantId), eq(apiKeys.id, id));

/** Whether the tenant exists. Keys of one tenant are made one after the other, and not while the tenant is deleted. */
export async function lockTenantForApiKeys(tenantId: TenantId, tx: Tx): Promise<boolean> {
  await acquireLocks(tx, LOCK_KEYS.tenant(tenantId));
  const rows = await tx.drizzle.select().from(deletedTenants).where(eq(deletedTenants.tenantId, tenantId));
  return rows.length === 0;
}

export async function countApiKeys(tenantId: TenantId, tx: Tx): Promise<number> {
  const [row] = await tx.drizzle.select({ n: count() }).from(apiKeys).where(eq(apiKeys.tenantId, tenantId));
  return row!.n;
}

export async function insertApiKey(tenantId: TenantId, tx: Tx, row: NewKey): Promise<ApiKeyRow> {
  const [inserted] = await tx.drizzle
    .insert(apiKeys)
    .values({ ...row, tenantId })
    .returning(columns);
  return inserted!;
}

/** Undefined if there is none. */
export async function updateApiKeyRow(
  tenantId: TenantId,
  tx: Tx,
  id: string,
  changes: Partial<Pick<ApiKeyRow, 'name' | 'isActive'>>,
): Promise<ApiKeyRow | undefined> {
  const where = ofTenant(tenantId, id);
  const [row] =
    Object.keys(changes).length > 0
      ? await tx.drizzle.update(apiKeys).set(changes).where(where).returning(columns)
      : await tx.drizzle.select(columns).from(apiKeys).where(where);
  return row;
}

/** False if there is none. */
export async function deleteApiKeyRow(tenantId: TenantId, tx: Tx, id: string): Promise<boolean> {
  const deleted = await tx.drizzle
    .delete(apiKeys)
    .where(ofTenant(tenantId, id))
    .returning({ id: apiKeys.id });
  return deleted.length > 0;
}

/** For good; `lockTenantForApiKeys` keeps new ones from being made. */
export async function removeApiKeysOfTenant(tenantId: TenantId, tx: Tx): Promise<void> {
  await tx.drizzle.delete(apiKeys).where(eq(apiKeys.tenantId, tenantId));
}

export async function apiKeyOfAllTenants(db: Queryable, id: string): Promise<ApiKeyRow | undefined> {
  const [row] = await db.drizzle.select(columns).from(apiKeys).where(eq(apiKeys.id, id));
  return row;
}

/** Newest first. */
export async function apiKeysOfAllTenants(
  db: Queryable,
  tenantIds: readonly string[],
): Promise<Map<string, ApiKeyRow[]>> {
  const rows = await db.drizzle
    .select(columns)
    .from(apiKeys)
    .where(inArray(apiKeys.tenantId, [...tenantIds]))
    .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id));
  return groupBy(rows, (row) => row.tenantId);
}

/** Active and not expired. */
const isLive = (now: Temporal.Instant): SQL | undefined =>
  and(eq(apiKeys.isActive, true), or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, now)));

/** Undefined also for a key that does not work any longer. */
export async function liveApiKeyOfAllTenants(
  db: Queryable,
  keyHash: Buffer,
  now: Temporal.Instant,
): Promise<ApiKeyRow | undefined> {
  const [row] = await db.drizzle
    .select(columns)
    .from(apiKeys)
    .where(and(eq(apiKeys.keyHash, keyHash), isLive(now)));
  return row;
}

/** Whether the key works; it stays so until the transaction ends. */
export async function lockApiKeyForShare(
  tenantId: TenantId,
  tx: Tx,
  { id, now }: { id: string; now: Temporal.Instant },
): Promise<boolean> {
  const rows = await tx.drizzle
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(and(ofTenant(tenantId, id), isLive(now)))
    .for('share');
  return rows.length > 0;
}

/** Does nothing if that minute, or a later one, was recorded already. */
export async function recordUse(
  tenantId: TenantId,
  db: Queryable,
  { id, minute }: { id: string; minute: Temporal.Instant },
): Promise<void> {
  await db.drizzle
    .update(apiKeys)
    .set({ lastUsedAt: minute })
    .where(and(ofTenant(tenantId, id), or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, minute))));
}
