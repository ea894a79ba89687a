import { categories, resources, type CategoryRow, type ResourceRow } from '@drizzle/resource/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Queryable } from '@libs/db/inTransaction';
import { rowsByIds } from '@libs/db/rowsByIds';
import { groupBy } from '@libs/db/groupBy';
import type { KeysetRange, NamedOrder } from '@libs/db/keysetPages';
import { inRangeOrder, isInRange, namedColumns } from '@libs/db/keysetSql';
import { and, count, eq, gte, inArray, isNull, or, sql, type SQL } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { ResourceFilter } from '../generated.ts';

type NewResource = Omit<typeof resources.$inferInsert, 'id' | 'tenantId'>;
type ResourceChanges = Partial<Omit<ResourceRow, 'id' | 'tenantId' | 'createdAt'>>;

/** Not deleted. */
const isResource = (tenantId: TenantId, id: string) =>
  and(eq(resources.tenantId, tenantId), eq(resources.id, id), isNull(resources.deletedAt));

export async function insertResource(
  tenantId: TenantId,
  db: Queryable,
  row: NewResource,
): Promise<ResourceRow> {
  const [inserted] = await db.drizzle
    .insert(resources)
    .values({ ...row, tenantId })
    .returning();
  return inserted!;
}

export async function lockResource(
  tenantId: TenantId,
  db: Queryable,
  id: string,
): Promise<ResourceRow | undefined> {
  const [row] = await db.drizzle.select().from(resources).where(isResource(tenantId, id)).for('update');
  return row;
}

/** The resource must be locked. Increments its version. */
export async function updateResourceRow(
  tenantId: TenantId,
  db: Queryable,
  id: string,
  changes: Omit<ResourceChanges, 'version'>,
): Promise<ResourceRow> {
  const [row] = await db.drizzle
    .update(resources)
    .set({ ...changes, version: sql`${resources.version} + 1` })
    .where(isResource(tenantId, id))
    .returning();
  return row!;
}

/** Whether the category has a resource that is not deleted. */
export async function hasResources(tenantId: TenantId, db: Queryable, categoryId: string): Promise<boolean> {
  const rows = await db.drizzle
    .select({ id: resources.id })
    .from(resources)
    .where(
      and(
        eq(resources.tenantId, tenantId),
        eq(resources.categoryId, categoryId),
        isNull(resources.deletedAt),
      ),
    )
    .limit(1);
  return rows.length > 0;
}

/** The versions of the category's resources that are not deleted. */
export function resourceVersions(
  tenantId: TenantId,
  db: Queryable,
  categoryId: string,
): Promise<Pick<ResourceRow, 'id' | 'tenantId' | 'version'>[]> {
  return db.drizzle
    .select({ id: resources.id, tenantId: resources.tenantId, version: resources.version })
    .from(resources)
    .where(
      and(
        eq(resources.tenantId, tenantId),
        eq(resources.categoryId, categoryId),
        isNull(resources.deletedAt),
      ),
    )
    .orderBy(resources.id);
}

/** Also deletes their statistics. Returns how many resources were deleted. */
export async function removeResources(tenantId: TenantId, db: Queryable): Promise<number> {
  const removed = await db.sql`delete from resources where tenant_id = ${tenantId}`;
  return removed.count;
}

/** Deleted ones too. */
export const resourcesByIdOfAllTenants = rowsByIds<ResourceRow>((drizzle, ids) =>
  drizzle
    .select()
    .from(resources)
    .where(sql`${resources.id} = ${ids}`),
);

export type VersionRow = Pick<ResourceRow, 'version' | 'updatedAt'> & {
  category: Pick<CategoryRow, 'updatedAt' | 'isActive'>;
};

/** Deleted ones too. `bytes`: of the schedule, as the database compresses it. Reads neither the schedule nor other long values. */
export const versionRowsOfAllTenants = rowsByIds<VersionRow & { id: string; bytes: number }>((drizzle, ids) =>
  drizzle
    .select({
      id: resources.id,
      version: resources.version,
      updatedAt: resources.updatedAt,
      category: { updatedAt: categories.updatedAt, isActive: categories.isActive },
      bytes: sql<number>`coalesce(pg_column_size(${resources.availabilitySchedule}), 0)
        + pg_column_size(${resources.seasons}) + pg_column_size(${resources.scheduleOverrides})`,
    })
    .from(resources)
    .innerJoin(categories, eq(categories.id, resources.categoryId))
    .where(sql`${resources.id} = ${ids}`),
);

/** Not a deleted one. */
export async function resourceOfAllTenants(db: Queryable, id: string): Promise<ResourceRow | undefined> {
  const [row] = await db.drizzle
    .select()
    .from(resources)
    .where(and(eq(resources.id, id), isNull(resources.deletedAt)));
  return row;
}

/** A tenant, or one of its categories; `id` is the tenant's or the category's. */
export type ResourceScope = { id: string; tenantId: TenantId; categoryId?: string };
/** Null and undefined filter nothing. */
export type ResourceListFilter = ResourceFilter | null | undefined;
export type ResourcePageRequest = {
  filter: ResourceListFilter;
  field: NamedOrder['field'];
  range: KeysetRange;
};

/** The alias that a list's conditions refer to. */
const candidate = alias(resources, 'candidate');
const scope = { tenantId: sql`scope.tenant_id`, categoryId: sql`scope.category_id` };

/** The scopes as rows of (tenant_id, category_id), the latter null for a whole tenant. UUIDs are safe in array text. */
function scopeRows(scopes: readonly ResourceScope[]): SQL {
  const tenantIds = `{${scopes.map(({ tenantId }) => tenantId).join()}}`;
  const categoryIds = `{${scopes.map(({ categoryId }) => categoryId ?? 'null').join()}}`;
  return sql`unnest(${tenantIds}::uuid[], ${categoryIds}::uuid[]) as scope (tenant_id, category_id)`;
}

function isListed(filter: ResourceListFilter): SQL | undefined {
  const { categoryId, type, isActive, search, minCapacity, attributes } = filter ?? {};
  const text = search?.trim();
  return and(
    isNull(candidate.deletedAt),
    categoryId == null ? undefined : eq(candidate.categoryId, categoryId),
    type == null
      ? undefined
      : sql`exists (select from ${categories} where ${categories.id} = ${candidate.categoryId} and ${categories.type} = ${type})`,
    isActive == null ? undefined : eq(candidate.isActive, isActive),
    text
      ? or(
          ...[candidate.name, candidate.description, candidate.location].map(
            // strpos has no wildcards to escape.
            (column) => sql`strpos(lower(${column}), lower(${text})) > 0`,
          ),
        )
      : undefined,
    minCapacity == null ? undefined : gte(candidate.capacity, minCapacity),
    attributes == null ? undefined : sql`${candidate.attributes} @> ${JSON.stringify(attributes)}::jsonb`,
  );
}

/** An index serves either condition, but not both in one: all scopes are of one kind. */
const isInScope = (kind: 'tenant' | 'category'): SQL | undefined =>
  and(
    sql`${candidate.tenantId} = ${scope.tenantId}`,
    kind === 'category' ? sql`${candidate.categoryId} = ${scope.categoryId}` : undefined,
  );

const kindOf = (scopes: readonly ResourceScope[]) =>
  scopes[0]?.categoryId === undefined ? 'tenant' : 'category';

/** A page of each scope's list, by scope id, in one statement. Scopes must be distinct and of one kind. */
export async function listResourcesOfAllTenants(
  db: Queryable,
  scopes: readonly ResourceScope[],
  { filter, field, range }: ResourcePageRequest,
): Promise<Map<string, ResourceRow[]>> {
  const kind = kindOf(scopes);
  const ids = sql`(
    select part.id from ${scopeRows(scopes)} cross join lateral (
      select ${candidate.id} from ${resources} as candidate
      where ${and(isInScope(kind), isListed(filter), isInRange(namedColumns(field, candidate), range))}
      order by ${sql.join(inRangeOrder(namedColumns(field, candidate), range), sql`, `)}
      limit ${range.limit}
    ) as part
  )`;
  const rows = await db.drizzle
    .select()
    .from(resources)
    .where(inArray(resources.id, ids))
    .orderBy(...inRangeOrder(namedColumns(field, resources), range));
  return groupBy(rows, (row) => (kind === 'category' ? row.categoryId : row.tenantId));
}

/** Inactive ones too. */
export async function countResources(tenantId: TenantId, db: Queryable): Promise<number> {
  const [row] = await db.drizzle
    .select({ n: count() })
    .from(resources)
    .where(and(eq(resources.tenantId, tenantId), isNull(resources.deletedAt)));
  return row!.n;
}

/** Counts by scope id; scopes without resources are left out. */
export async function countResourcesOfAllTenants(
  db: Queryable,
  scopes: readonly ResourceScope[],
  filter: ResourceListFilter,
): Promise<Map<string, number>> {
  const rows = await db.drizzle
    .select({
      tenantId: candidate.tenantId,
      categoryId: sql<string | null>`${scope.categoryId}`,
      n: count(),
    })
    .from(candidate)
    .innerJoin(scopeRows(scopes), isInScope(kindOf(scopes)))
    .where(isListed(filter))
    .groupBy(candidate.tenantId, scope.categoryId);
  return new Map(rows.map(({ tenantId, categoryId, n }) => [categoryId ?? tenantId, n]));
}
