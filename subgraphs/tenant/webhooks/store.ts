/** Deleted webhooks are invisible; they stay only until they are purged. */
import { tenants, webhooks, type TenantRow, type WebhookRow } from '@drizzle/tenant/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Queryable } from '@libs/db/inTransaction';
import { and, count, eq, gt, inArray, isNull, not, or, sql } from 'drizzle-orm';
import type { Temporal } from 'temporal-polyfill';

/** Blocks deletion of the tenant and concurrent inserts of webhooks. */
export async function lockTenantForWebhooks(
  tenantId: TenantId,
  db: Queryable,
): Promise<Pick<TenantRow, 'isActive' | 'plan' | 'limits'> | undefined> {
  const [row] = await db.drizzle
    .select({ isActive: tenants.isActive, plan: tenants.plan, limits: tenants.limits })
    .from(tenants)
    .where(eq(tenants.id, tenantId))
    .for('no key update');
  return row;
}

export async function countWebhooks(tenantId: TenantId, db: Queryable): Promise<number> {
  const [row] = await db.drizzle
    .select({ n: count() })
    .from(webhooks)
    .where(and(eq(webhooks.tenantId, tenantId), isNull(webhooks.deletedAt)));
  return row!.n;
}

export async function insertWebhook(
  tenantId: TenantId,
  db: Queryable,
  row: Omit<typeof webhooks.$inferInsert, 'tenantId'>,
): Promise<WebhookRow> {
  const [inserted] = await db.drizzle
    .insert(webhooks)
    .values({ ...row, tenantId })
    .returning();
  return inserted!;
}

const isWebhook = (tenantId: TenantId, id: string) =>
  and(eq(webhooks.id, id), eq(webhooks.tenantId, tenantId), isNull(webhooks.deletedAt));

export async function lockWebhook(
  tenantId: TenantId,
  db: Queryable,
  id: string,
): Promise<WebhookRow | undefined> {
  const [row] = await db.drizzle.select().from(webhooks).where(isWebhook(tenantId, id)).for('no key update');
  return row;
}

export async function updateWebhookRow(
  tenantId: TenantId,
  db: Queryable,
  id: string,
  changes: Partial<Omit<WebhookRow, 'id' | 'tenantId' | 'createdAt'>>,
): Promise<WebhookRow> {
  const [row] = await db.drizzle.update(webhooks).set(changes).where(isWebhook(tenantId, id)).returning();
  return row!;
}

/** A deleted webhook, until it is purged. */
const deletedColumns = (now: Temporal.Instant) => ({
  isActive: false,
  secret: null,
  previousSecret: null,
  previousSecretUntil: null,
  deletedAt: now,
});

export async function markWebhookDeleted(
  tenantId: TenantId,
  db: Queryable,
  id: string,
  now: Temporal.Instant,
): Promise<boolean> {
  const marked = await db.drizzle
    .update(webhooks)
    .set(deletedColumns(now))
    .where(isWebhook(tenantId, id))
    .returning({ id: webhooks.id });
  return marked.length > 0;
}

export async function markWebhooksDeleted(
  tenantId: TenantId,
  db: Queryable,
  now: Temporal.Instant,
): Promise<void> {
  await db.drizzle
    .update(webhooks)
    .set(deletedColumns(now))
    .where(and(eq(webhooks.tenantId, tenantId), isNull(webhooks.deletedAt)));
}

/** Those with a secret that does not begin with `prefix`, in the order of their ids. */
export function webhooksWithOtherSecretsOfAllTenants(
  db: Queryable,
  prefix: string,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<Pick<WebhookRow, 'id' | 'tenantId'>[]> {
  return db.drizzle
    .select({ id: webhooks.id, tenantId: webhooks.tenantId })
    .from(webhooks)
    .where(
      and(
        isNull(webhooks.deletedAt),
        after === undefined ? undefined : gt(webhooks.id, after),
        or(
          not(sql`starts_with(${webhooks.secret}, ${prefix})`),
          not(sql`starts_with(${webhooks.previousSecret}, ${prefix})`),
        ),
      ),
    )
    .orderBy(webhooks.id)
    .limit(limit);
}

export async function webhookOfAllTenants(db: Queryable, id: string): Promise<WebhookRow | undefined> {
  const [row] = await db.drizzle
    .select()
    .from(webhooks)
    .where(and(eq(webhooks.id, id), isNull(webhooks.deletedAt)));
  return row;
}

/** By creation. */
export function webhooksOfAllTenants(db: Queryable, tenantIds: readonly string[]): Promise<WebhookRow[]> {
  return db.drizzle
    .select()
    .from(webhooks)
    .where(and(inArray(webhooks.tenantId, [...tenantIds]), isNull(webhooks.deletedAt)))
    .orderBy(webhooks.id);
}
