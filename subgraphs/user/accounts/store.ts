/**
 * A tenant's accounts are its users; those without a tenant (`null`) are platform administrators. Only this store reads or
 * updates users' password hashes.
 */
import { failedSignIns, platformAdministrators, users, type UserRow } from '@drizzle/user/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Db } from '@libs/db/connect';
import type { Queryable, Tx } from '@libs/db/inTransaction';
import { and, eq, isNull, sql, type SQL } from 'drizzle-orm';
import type { Temporal } from 'temporal-polyfill';

export type Account = {
  id: string;
  email: string;
  passwordHash: string | null;
  isActive: boolean;
  /** Null for a platform administrator. */
  user: UserRow | null;
};

async function selectAccount(
  tenantId: TenantId | null,
  db: Queryable,
  where: { user: SQL; administrator: SQL },
  lock = false,
): Promise<Account | undefined> {
  if (tenantId === null) {
    const query = db.drizzle.select().from(platformAdministrators).where(where.administrator);
    const [row] = await (lock ? query.for('update') : query);
    return row && { ...row, isActive: true, user: null };
  }
  const ofTenant = and(eq(users.tenantId, tenantId), isNull(users.deletedAt), where.user);
  const query = db.drizzle.select().from(users).where(ofTenant);
  const [row] = await (lock ? query.for('update') : query);
  if (!row) return undefined;
  const { passwordHash, ...user } = row;
  return { id: user.id, email: user.email!, passwordHash, isActive: user.isActive, user };
}

/** Case-insensitive. */
export const accountByEmail = (tenantId: TenantId | null, db: Queryable, email: string) =>
  selectAccount(tenantId, db, {
    user: sql`lower(${users.email}) = lower(${email})`,
    administrator: sql`lower(${platformAdministrators.email}) = lower(${email})`,
  });

const byId = (id: string) => ({ user: eq(users.id, id), administrator: eq(platformAdministrators.id, id) });

export const findAccount = (tenantId: TenantId | null, db: Queryable, id: string) =>
  selectAccount(tenantId, db, byId(id));

export const lockAccount = (tenantId: TenantId | null, tx: Tx, id: string) =>
  selectAccount(tenantId, tx, byId(id), true);

export async function lockAdministratorForShareOfAllTenants(tx: Tx, id: string): Promise<boolean> {
  const rows = await tx.drizzle
    .select({ id: platformAdministrators.id })
    .from(platformAdministrators)
    .where(eq(platformAdministrators.id, id))
    .for('share');
  return rows.length > 0;
}

export async function setPasswordHash(
  tenantId: TenantId | null,
  tx: Tx,
  id: string,
  change: { passwordHash: string; updatedAt: Temporal.Instant },
): Promise<void> {
  if (tenantId === null) {
    await tx.drizzle.update(platformAdministrators).set(change).where(eq(platformAdministrators.id, id));
  } else {
    await tx.drizzle
      .update(users)
      .set(change)
      .where(and(eq(users.tenantId, tenantId), eq(users.id, id)));
  }
}

/** Nobody can sign in with it from then on. The user must be locked. */
export async function removePasswordHash(
  tenantId: TenantId,
  tx: Tx,
  userId: string,
  updatedAt: Temporal.Instant,
): Promise<void> {
  await tx.drizzle
    .update(users)
    .set({ passwordHash: null, updatedAt })
    .where(and(eq(users.tenantId, tenantId), eq(users.id, userId)));
}

/** Does nothing if the e-mail address is taken. */
export async function insertAdministratorOfAllTenants(
  db: Queryable,
  row: typeof platformAdministrators.$inferInsert,
): Promise<void> {
  await db.drizzle.insert(platformAdministrators).values(row).onConflictDoNothing();
}

export async function lockAdministratorOfAllTenants(tx: Tx, email: string) {
  const [row] = await tx.drizzle
    .select()
    .from(platformAdministrators)
    .where(sql`lower(${platformAdministrators.email}) = lower(${email})`)
    .for('update');
  return row;
}

export async function updateAdministratorOfAllTenants(
  tx: Tx,
  id: string,
  changes: Pick<
    typeof platformAdministrators.$inferSelect,
    'passwordHash' | 'environmentPasswordHash' | 'updatedAt'
  >,
): Promise<void> {
  await tx.drizzle.update(platformAdministrators).set(changes).where(eq(platformAdministrators.id, id));
}

export async function hasAdministratorOfAllTenants(db: Queryable): Promise<boolean> {
  const rows = await db.drizzle
    .select({ id: platformAdministrators.id })
    .from(platformAdministrators)
    .limit(1);
  return rows.length > 0;
}

/** 0 unless the first is later than `since`. */
export async function failuresOfAllTenants(
  db: Db,
  account: Buffer,
  since: Temporal.Instant,
): Promise<number> {
  const [row] = await db.drizzle.select().from(failedSignIns).where(eq(failedSignIns.account, account));
  return row && row.firstFailedAt.epochMilliseconds > since.epochMilliseconds ? row.failures : 0;
}

/** Starts afresh if the first failure is not later than `since`. */
export async function countFailureOfAllTenants(
  db: Db,
  account: Buffer,
  { now, since }: { now: Temporal.Instant; since: Temporal.Instant },
): Promise<void> {
  const isOver = sql`${failedSignIns.firstFailedAt} <= ${since.toString()}`;
  await db.drizzle
    .insert(failedSignIns)
    .values({ account, failures: 1, firstFailedAt: now })
    .onConflictDoUpdate({
      target: failedSignIns.account,
      set: {
        failures: sql`case when ${isOver} then 1 else ${failedSignIns.failures} + 1 end`,
        firstFailedAt: sql`case when ${isOver} then excluded.first_failed_at else ${failedSignIns.firstFailedAt} end`,
      },
    });
}

export async function clearFailuresOfAllTenants(db: Queryable, account: Buffer): Promise<void> {
  await db.drizzle.delete(failedSignIns).where(eq(failedSignIns.account, account));
}
