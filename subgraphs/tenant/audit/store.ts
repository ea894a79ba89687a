/** Entries are only inserted, and purged when their time has come. */
import { auditEntries, type AuditEntryRow } from '@drizzle/tenant/tables';
import type { TenantId } from '@libs/auth/tenantId';
import { groupBy } from '@libs/db/groupBy';
import type { Queryable, Tx } from '@libs/db/inTransaction';
import type { KeysetRange } from '@libs/db/keysetPages';
import { inRangeOrder, isInRange, type SortColumn } from '@libs/db/keysetSql';
import { formatInstant } from '@libs/time/instants';
import { and, eq, gte, inArray, lt, sql, type SQL } from 'drizzle-orm';
import { alias } from 'drizzle-orm/pg-core';
import type { Temporal } from 'temporal-polyfill';

export type NewAuditEntry = Omit<AuditEntryRow, 'tenantId' | 'keptUntil'> & { tenantId: TenantId };

/** An event that has an entry already gets no other. */
export async function insertEntriesOfAllTenants(
  tx: Tx,
  entries: readonly (NewAuditEntry & { keptUntil: Temporal.Instant })[],
): Promise<void> {
  const rows = entries.map((entry) => ({
    id: entry.id,
    tenant_id: entry.tenantId,
    occurred_at: formatInstant(entry.occurredAt),
    action: entry.action,
    subject_id: entry.subjectId,
    subject_version: entry.subjectVersion,
    actor_kind: entry.actorKind,
    actor_id: entry.actorId,
    changes: entry.changes,
    trace_id: entry.traceId,
    kept_until: formatInstant(entry.keptUntil),
  }));
  await tx.sql`
    insert into audit_entries
    select * from jsonb_populate_recordset(null::audit_entries, ${JSON.stringify(rows)}::text::jsonb)
    on conflict (id) do nothing`;
}

/** Absent: any. */
export type AuditListFilter = {
  subjectId?: string | undefined;
  actorId?: string | undefined;
  /** The actions that it may be. */
  actions?: readonly string[] | undefined;
  from?: Temporal.Instant | undefined;
  to?: Temporal.Instant | undefined;
};

const entry = alias(auditEntries, 'entry');

const byTime = (columns: typeof entry | typeof auditEntries): SortColumn[] => [
  { column: columns.occurredAt, type: 'timestamptz' },
  { column: columns.id, type: 'uuid' },
];

const byVersion = (columns: typeof entry | typeof auditEntries): SortColumn[] => [
  { column: columns.subjectVersion, type: 'bigint' },
  ...byTime(columns),
];

/** A page of entries, in the order of the range: by time, or of one subject by version. */
export async function listEntries(
  tenantId: TenantId,
  db: Queryable,
  filter: AuditListFilter,
  range: KeysetRange,
): Promise<AuditEntryRow[]> {
  const { subjectId, actorId, actions, from, to } = filter;
  const isListed = and(
    eq(auditEntries.tenantId, tenantId),
    subjectId === undefined ? undefined : eq(auditEntries.subjectId, subjectId),
    actorId === undefined ? undefined : eq(auditEntries.actorId, actorId),
    from && gte(auditEntries.occurredAt, from),
    to && lt(auditEntries.occurredAt, to),
  );
  const columns = subjectId === undefined ? byTime(auditEntries) : byVersion(auditEntries);
  // By time, each action has its own part of an index, newest first: the page is merged from the heads of these.
  if (actions && subjectId === undefined) return listMerged(db, { isListed, actions, columns, range });
  return db.drizzle
    .select()
    .from(auditEntries)
    .where(and(isListed, actions && inArray(auditEntries.action, [...actions]), isInRange(columns, range)))
    .orderBy(...inRangeOrder(columns, range))
    .limit(range.limit);
}

async function listMerged(
  { drizzle }: Queryable,
  query: {
    isListed: SQL | undefined;
    actions: readonly string[];
    columns: SortColumn[];
    range: KeysetRange;
  },
): Promise<AuditEntryRow[]> {
  const { isListed, actions, columns, range } = query;
  const head = drizzle
    .select()
    .from(auditEntries)
    .where(and(isListed, sql`${auditEntries.action} = wanted.action`, isInRange(columns, range)))
    .orderBy(...inRangeOrder(columns, range))
    .limit(range.limit)
    .as('entry');
  return drizzle
    .select(head._.selectedFields)
    .from(sql`unnest(${sql.param(actions)}::text[]) as wanted(action)`)
    .crossJoinLateral(head)
    .orderBy(...inRangeOrder(byTime(entry), range))
    .limit(range.limit);
}

/** The same page of each subject's entries, by subject; `tenantId` undefined: of all tenants. */
export async function historiesOfAllTenants(
  { drizzle }: Queryable,
  subjectIds: readonly string[],
  { tenantId, range }: { tenantId: TenantId | undefined; range: KeysetRange },
): Promise<Map<string, AuditEntryRow[]>> {
  const columns = byVersion(auditEntries);
  const page = drizzle
    .select()
    .from(auditEntries)
    .where(
      and(
        sql`${auditEntries.subjectId} = wanted.subject_id`,
        tenantId && eq(auditEntries.tenantId, tenantId),
        isInRange(columns, range),
      ),
    )
    .orderBy(...inRangeOrder(columns, range))
    .limit(range.limit)
    .as('entry');
  const rows = await drizzle
    .select(page._.selectedFields)
    .from(sql`unnest(${sql.param(subjectIds)}::uuid[]) as wanted(subject_id)`)
    .crossJoinLateral(page)
    .orderBy(...inRangeOrder(byVersion(entry), range));
  return groupBy(rows, (row) => row.subjectId);
}
