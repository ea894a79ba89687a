/** What the resolvers and verbs of this subgraph are given. */
import type { TenantRow, WebhookDeliveryRow, WebhookRow } from '@drizzle/tenant/tables';
import type { Db } from '@libs/db/connect';
import type { RequestContext } from '@libs/graphql/context';
import { groupBy } from '@libs/db/groupBy';
import { parentLoader, rowLoader, type ParentLoader } from '@libs/graphql/batchLoaders';
import type DataLoader from 'dataloader';
import { tenantsByIdOfAllTenants } from './tenants/store.ts';
import type { Guard } from './deliveries/guard.ts';
import { logOfAllTenants, type LogPageRequest } from './deliveries/deliveryStore.ts';
import type { SecretSeal } from './webhooks/secrets.ts';
import { webhooksOfAllTenants } from './webhooks/store.ts';

/** What lives as long as the process. */
export type Parts = {
  db: Db;
  /** Drops the tenant's entry of the settings cache; never throws. */
  forgetSettings(tenantId: string): Promise<void>;
  /** Where webhooks may go. */
  guard: Guard;
  secrets: SecretSeal;
};

export type Context = RequestContext &
  Parts & {
    /** Of all tenants: who may see the row is the reader's to say. */
    tenantById: DataLoader<string, TenantRow | null>;
    webhooksOfTenant: ParentLoader<{ id: string }, null, WebhookRow[]>;
    logOfWebhook: ParentLoader<{ id: string }, LogPageRequest, WebhookDeliveryRow[]>;
  };

/** The context of one request. */
export function contextOf(base: RequestContext, parts: Parts): Context {
  const { db } = parts;
  return {
    ...base,
    ...parts,
    tenantById: rowLoader(
      (ids) => tenantsByIdOfAllTenants(db, ids),
      ({ id }) => id,
      null,
    ),
    webhooksOfTenant: parentLoader(async (tenants) => {
      const rows = await webhooksOfAllTenants(db, idsOf(tenants));
      return groupBy(rows, (row) => row.tenantId);
    }, []),
    logOfWebhook: parentLoader((webhooks, page) => logOfAllTenants(db, idsOf(webhooks), page), []),
  };
}

const idsOf = (parents: readonly { id: string }[]): string[] => parents.map(({ id }) => id);
