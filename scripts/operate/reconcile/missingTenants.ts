/** Tenants that do not exist, to which rows of any database refer; and tenants that exist, though a database has noted their deletion. */
import type { TenantId } from '@libs/auth/tenantId';
import type { Db } from '@libs/db/connect';
import { inTransaction } from '@libs/db/inTransaction';
import type { Reactions } from '@libs/events/reactions';
import type { SubgraphName } from '@libs/runtime/subgraphs';
import { systemClock } from '@libs/time/clock';
import { TABLES_OF_TENANT } from '../../../subgraphs/booking/bookings/cascade/cascadeStore.ts';
import { reactions as booking } from '../../../subgraphs/booking/reactions.ts';
import { reactions as resource } from '../../../subgraphs/resource/reactions.ts';
import { markWebhooksDeleted } from '../../../subgraphs/tenant/webhooks/store.ts';
import { reactions as user } from '../../../subgraphs/user/reactions.ts';
import { distinctIds } from './distinctIds.ts';
import { heal, react, type Run } from './findings.ts';

type Owned = {
  database: SubgraphName;
  tables: readonly string[];
  remove(db: Db, tenantId: TenantId): Promise<void>;
};

const removedBy = (reactions: Reactions) => (db: Db, tenantId: TenantId) =>
  react(db, reactions, { type: 'tenant.deleted', payload: { tenant_id: tenantId } });

/** Tables whose rows go with their tenant, and how. What has a foreign key to one of them follows. */
const OWNED: readonly Owned[] = [
  {
    database: 'tenant',
    // A view of the index webhooks_tenant: without those that are deleted already.
    tables: ['webhooks'],
    remove: (db, tenantId) => inTransaction(db, (tx) => markWebhooksDeleted(tenantId, tx, systemClock.now())),
  },
  { database: 'user', tables: ['users', 'api_keys'], remove: removedBy(user) },
  { database: 'resource', tables: ['resources', 'resource_categories'], remove: removedBy(resource) },
  { database: 'booking', tables: TABLES_OF_TENANT, remove: removedBy(booking) },
];

export async function reconcileTenants(run: Run): Promise<void> {
  for (const { database, tables, remove } of OWNED) {
    const missing = new Set<string>();
    for (const table of tables) {
      for await (const ids of distinctIds(run.databases[database], table, 'tenant_id')) {
        const found = await missingTenants(run, ids);
        for (const id of await withLiveRows(run.databases[database], table, found)) missing.add(id);
      }
    }
    for (const id of missing) {
      const what = `${database}: rows of tenant ${id}, which does not exist`;
      const mayHeal = run.isApplied && run.deletesTenants;
      await heal(run, what, () => remove(run.databases[database], id as TenantId), mayHeal);
    }
  }
}

async function missingTenants({ databases }: Run, ids: readonly string[]): Promise<string[]> {
  const existing = await databases.tenant.sql<{ id: string }[]>`
    select id from tenants where id = any(${[...ids]}::uuid[])`;
  const known = new Set(existing.map(({ id }) => id));
  return ids.filter((id) => !known.has(id));
}

/** Deleted webhooks stay until their deliveries have been purged. */
async function withLiveRows({ sql }: Db, table: string, tenantIds: readonly string[]): Promise<string[]> {
  if (table !== 'webhooks' || tenantIds.length === 0) return [...tenantIds];
  const rows = await sql<{ id: string }[]>`
    select distinct tenant_id as id from webhooks where tenant_id = any(${[...tenantIds]}::uuid[]) and deleted_at is null`;
  return rows.map(({ id }) => id);
}

/** The tenant subgraph decides whether a tenant exists. Its deletion may have been undone by a restore; ids are never used again. */
export async function reconcileTenantMarkers(run: Run): Promise<void> {
  for (const database of ['user', 'resource'] as const) {
    const { sql } = run.databases[database];
    for await (const ids of distinctIds(run.databases[database], 'deleted_tenants', 'tenant_id')) {
      const missing = new Set(await missingTenants(run, ids));
      for (const id of ids.filter((one) => !missing.has(one))) {
        await heal(run, `${database}: tenant ${id} is noted as deleted, and exists`, async () => {
          await sql`delete from deleted_tenants where tenant_id = ${id}::uuid`;
        });
      }
    }
  }
}
