/** Password hashes are inserted with a new user and never selected: see `accounts/store.ts`. */
import { deletedTenants, users, type UserRow } from '@drizzle/user/tables';
import type { TenantId } from '@libs/auth/tenantId';
import { acquireLocks, acquireSharedLocks, LOCK_KEYS } from '@libs/db/advisoryLocks';
import { groupBy } from '@libs/db/groupBy';
import type { Queryable, Tx } from '@libs/db/inTransaction';
import { rowsByIds } from '@libs/db/rowsByIds';
import type { KeysetRange, NamedOrder } from '@libs/db/keysetPages';
import { inRangeOrder, isInRange, namedColumns } from '@libs/db/keysetSql';
import { and, count, eq, getTableColumns, inArray, isNull, lte, ne, or, sql, type SQL } from 'drizzle-orm';
import type { Temporal } from 'temporal-polyfill';

const { passwordHash: _, ...columns } = getTableColumns(users);

export type NewUser = typeof users.$inferInsert & { id: string };
export type UserChanges = Partial<Omit<UserRow, 'id' | 'tenantId' | 'createdAt'>>;

/** `search` matches part of the name or the e-mail address, case-insensitively. */
export type UserListFilter = { userType?: 'ADMIN' | 'USER'; isActive?: boolean; search?: string };

const contains = (column: typeof users.name | typeof users.email, text: string): SQL =>
  sql`position(lower(${text}) in lower(${column})) > 0`;

function listed(filter: UserListFilter): SQL | undefined {
  const { userType, isActive, search } = filter;
  return and(
    isNull(users.deletedAt),
    userType === undefined ? undefined : eq(users.userType, userType),
    isActive === undefined ? undefined : eq(users.isActive, isActive),
    search === undefined ? undefined : or(contains(users.name, search), contains(users.email, search)),
  );
}

const ofTenant = (tenantId: TenantId, id: string): SQL | undefined =>
  and(eq(users.tenantId, tenantId), eq(users.id, id), isNull(users.deletedAt));

/** The answer holds until the transaction ends: the deletion of the tenant waits for this lock, and this for the deletion. */
export async function isTenantDeleted(tenantId: TenantId, tx: Tx): Promise<boolean> {
  await acquireSharedLocks(tx, LOCK_KEYS.tenant(tenantId));
  const rows = await tx.drizzle.select().from(deletedTenants).where(eq(deletedTenants.tenantId, tenantId));
  return rows.length > 0;
}

/** Users deleted by one statement, with their sessions and notifications: it ends long before STATEMENT_TIMEOUT_MS. */
export const DELETION_BATCH = 5_000;

/** Deletes them and their sessions for good, and blocks new ones. Locks the rows by id, in the order of `lockCaller`. */
export async function removeUsersOfTenant(
  tenantId: TenantId,
  tx: Tx,
  deletedAt: Temporal.Instant,
): Promise<void> {
  await acquireLocks(tx, LOCK_KEYS.tenant(tenantId));
  await tx.drizzle.insert(deletedTenants).values({ tenantId, deletedAt }).onConflictDoNothing();
  let last = '00000000-0000-0000-0000-000000000000';
  for (;;) {
    const [deleted] = await tx.sql<[{ count: number; last: string }]>`
      with batch as materialized (
        select id from users where tenant_id = ${tenantId} and id > ${last} order by id limit ${DELETION_BATCH} for update
      ), deleted as (
        delete from users using batch where users.id = batch.id
      )
      select count(*)::int as count, (array_agg(id order by id desc))[1] as last from batch`;
    if (deleted.count < DELETION_BATCH) return;
    last = deleted.last;
  }
}

export async function insertUser(
  tenantId: TenantId,
  tx: Tx,
  row: Omit<NewUser, 'tenantId'>,
): Promise<UserRow> {
  const [inserted] = await tx.drizzle
    .insert(users)
    .values({ ...row, tenantId })
    .returning(columns);
  return inserted!;
}

/** The id; undefined if the e-mail address is taken. */
export async function insertUserUnlessTaken(
  tenantId: TenantId,
  tx: Tx,
  row: Omit<NewUser, 'tenantId'>,
): Promise<string | undefined> {
  const [inserted] = await tx.drizzle
    .insert(users)
    .values({ ...row, tenantId })
    .onConflictDoNothing()
    .returning({ id: users.id });
  return inserted?.id;
}

export async function lockUser(tenantId: TenantId, tx: Tx, id: string): Promise<UserRow | undefined> {
  const [row] = await tx.drizzle.select(columns).from(users).where(ofTenant(tenantId, id)).for('update');
  return row;
}

export async function lockUserForShare(tenantId: TenantId, tx: Tx, id: string): Promise<UserRow | undefined> {
  const [row] = await tx.drizzle.select(columns).from(users).where(ofTenant(tenantId, id)).for('share');
  return row;
}

/** The user must be locked. */
export async function updateUserRow(
  tenantId: TenantId,
  tx: Tx,
  id: string,
  changes: UserChanges,
): Promise<UserRow> {
  const [row] = await tx.drizzle.update(users).set(changes).where(ofTenant(tenantId, id)).returning(columns);
  return row!;
}

/** The user must be locked; the id stays for references to it. */
export async function eraseUser(
  tenantId: TenantId,
  tx: Tx,
  id: string,
  deletedAt: Temporal.Instant,
): Promise<void> {
  await tx.drizzle
    .update(users)
    .set({
      name: '',
      email: null,
      phone: null,
      metadata: {},
      passwordHash: null,
      emailVerifiedAt: null,
      invitedAt: null,
      awaitsVerification: false,
      isActive: false,
      updatedAt: deletedAt,
      deletedAt,
    })
    .where(ofTenant(tenantId, id));
}

/** Signed up until then and never verified the address; the oldest first. */
export function unverifiedSignUpsOfAllTenants(
  db: Queryable,
  until: Temporal.Instant,
  limit: number,
): Promise<{ id: string; tenantId: string }[]> {
  return db.drizzle
    .select({ id: users.id, tenantId: users.tenantId })
    .from(users)
    .where(and(eq(users.awaitsVerification, true), lte(users.createdAt, until)))
    .orderBy(users.createdAt)
    .limit(limit);
}

/** Compares case-insensitively. */
export async function isEmailTaken(
  tenantId: TenantId,
  db: Queryable,
  email: string,
  exceptId?: string,
): Promise<boolean> {
  const rows = await db.drizzle
    .select({ id: users.id })
    .from(users)
    .where(
      and(
        eq(users.tenantId, tenantId),
        sql`lower(${users.email}) = lower(${email})`,
        isNull(users.deletedAt),
        exceptId === undefined ? undefined : ne(users.id, exceptId),
      ),
    );
  return rows.length > 0;
}

/** Deleted ones too. */
export const usersByIdOfAllTenants = rowsByIds<UserRow>((drizzle, ids) =>
  drizzle
    .select(columns)
    .from(users)
    .where(sql`${users.id} = ${ids}`),
);

export type UserPageRequest = { filter: UserListFilter; field: NamedOrder['field']; range: KeysetRange };

/** A page of each tenant's users, in one statement. */
export async function listUsersOfAllTenants(
  db: Queryable,
  tenantIds: readonly TenantId[],
  { filter, field, range }: UserPageRequest,
): Promise<Map<string, UserRow[]>> {
  const first = db.drizzle
    .select(columns)
    .from(users)
    .where(
      and(
        sql`${users.tenantId} = wanted.tenant_id`,
        listed(filter),
        isInRange(namedColumns(field, users), range),
      ),
    )
    .orderBy(...inRangeOrder(namedColumns(field, users), range))
    .limit(range.limit)
    .as('first');
  const rows = await db.drizzle
    .select(first._.selectedFields)
    .from(sql`unnest(${sql.param(tenantIds)}::uuid[]) as wanted(tenant_id)`)
    .crossJoinLateral(first)
    .orderBy(...inRangeOrder(namedColumns(field, first), range));
  return groupBy(rows, (row) => row.tenantId);
}

/** Administrators and inactive ones too. */
export const countUsers = async (tenantId: TenantId, db: Queryable): Promise<number> =>
  (await countUsersOfAllTenants(db, [tenantId], {})).get(tenantId) ?? 0;

export async function countUsersOfAllTenants(
  db: Queryable,
  tenantIds: readonly TenantId[],
  filter: UserListFilter,
): Promise<Map<string, number>> {
  const rows = await db.drizzle
    .select({ tenantId: users.tenantId, n: count() })
    .from(users)
    .where(and(inArray(users.tenantId, [...tenantIds]), listed(filter)))
    .groupBy(users.tenantId);
  return new Map(rows.map((row) => [row.tenantId, row.n]));
}
