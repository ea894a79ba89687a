/** What the resolvers and verbs of this subgraph are given. */
import type { TenantRow } from '@drizzle/tenant/tables';
import type { Db } from '@libs/db/connect';
import type { RequestContext } from '@libs/graphql/context';
import type DataLoader from 'dataloader';

export type Context = RequestContext & {
  db: Db;
  /** Drops the tenant's entry of the settings cache; never throws. */
  forgetSettings(tenantId: string): Promise<void>;
  /** Of all tenants: who may see the row is the reader's to say. */
  tenantById: DataLoader<string, TenantRow | null>;
};
