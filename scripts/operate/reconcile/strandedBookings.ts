/** Bookings to come whose resource or people do not exist any more, and tombstones of those that do. */
import type { TenantId } from '@libs/auth/tenantId';
import type { Db } from '@libs/db/connect';
import type { DomainEvent } from '@libs/events/catalogue';
import { reactions } from '../../../subgraphs/booking/reactions.ts';
import { distinctIds } from './distinctIds.ts';
import { heal, react, type Run } from './findings.ts';

type Kind = 'RESOURCE' | 'USER';
type Stranded = { tenantId: TenantId; partyId: string; count: number };

/** Where bookings name them. */
const COLUMNS: Record<Kind, readonly (readonly [table: string, column: string])[]> = {
  RESOURCE: [
    ['bookings', 'resource_id'],
    ['booking_resources', 'resource_id'],
  ],
  USER: [['bookings', 'client_id']],
};

const deletionOf = (kind: Kind, { tenantId, partyId }: Pick<Stranded, 'tenantId' | 'partyId'>): DomainEvent =>
  kind === 'RESOURCE'
    ? { type: 'resource.deleted', payload: { resource_id: partyId, tenant_id: tenantId } }
    : { type: 'user.deleted', payload: { user_id: partyId, tenant_id: tenantId } };

/** Those of `ids` that exist and are not deleted, by the subgraph that they belong to. */
async function existing({ databases }: Run, kind: Kind, ids: readonly string[]): Promise<Set<string>> {
  const [{ sql }, table] =
    kind === 'RESOURCE' ? [databases.resource, 'resources'] : [databases.user, 'users'];
  const rows = await sql<{ id: string }[]>`
    select id from ${sql(table)} where id = any(${[...ids]}::uuid[]) and deleted_at is null`;
  return new Set(rows.map(({ id }) => id));
}

/** The bookings that the cascade would cancel. The longest booking has 746 hours. */
const stranded = ({ sql }: Db, [table, column]: readonly [string, string], ids: readonly string[]) => sql<
  Stranded[]
>`
  select bookings.tenant_id as "tenantId", ${sql(table)}.${sql(column)} as "partyId", count(*)::int as count
  from bookings ${table === 'bookings' ? sql`` : sql`join ${sql(table)} on booking_id = bookings.id`}
  where ${sql(table)}.${sql(column)} = any(${[...ids]}::uuid[]) and bookings.status in ('PENDING', 'CONFIRMED')
    and bookings.end_time > now() and bookings.start_time > now() - interval '746 hours'
  group by 1, 2 order by 2`;

/** Cancels what the deletion would have cancelled, with its events. */
export async function reconcileParties(run: Run, kind: Kind): Promise<void> {
  const db = run.databases.booking;
  for (const reference of COLUMNS[kind]) {
    for await (const ids of distinctIds(db, ...reference)) {
      // What bookings name was there before them: one that is not found afterwards does not exist any more.
      const known = await existing(run, kind, ids);
      const missing = ids.filter((id) => !known.has(id));
      if (missing.length === 0) continue;
      for (const one of await stranded(db, reference, missing)) {
        const what = `booking: ${one.count} bookings of ${kind.toLowerCase()} ${one.partyId} (tenant ${one.tenantId}), which does not exist`;
        await heal(run, what, () => react(db, reactions, deletionOf(kind, one)));
      }
    }
  }
}

/** Tombstones of records that exist would keep others from booking them. */
export async function reconcileTombstones(run: Run): Promise<void> {
  const { sql } = run.databases.booking;
  const tombstones = await sql<
    { kind: 'TENANT' | Kind; id: string }[]
  >`select kind, id from tombstones order by id`;
  const ofKind = (kind: string) => tombstones.filter((one) => one.kind === kind).map(({ id }) => id);
  const tenants = await run.databases.tenant.sql<{ id: string }[]>`
    select id from tenants where id = any(${ofKind('TENANT')}::uuid[])`;
  const alive = [
    ...tenants.map(({ id }) => ({ kind: 'TENANT', id })),
    ...[...(await existing(run, 'RESOURCE', ofKind('RESOURCE')))].map((id) => ({ kind: 'RESOURCE', id })),
    ...[...(await existing(run, 'USER', ofKind('USER')))].map((id) => ({ kind: 'USER', id })),
  ];
  for (const { kind, id } of alive) {
    await heal(run, `booking: ${kind.toLowerCase()} ${id} is noted as deleted, and exists`, async () => {
      await sql`delete from tombstones where kind = ${kind}::tombstone_kind and id = ${id}::uuid`;
    });
  }
}
