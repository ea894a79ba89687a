/** What the resolvers and verbs of this subgraph are given. */
import type { TenantRow, WebhookDeliveryRow, WebhookRow } from '@drizzle/tenant/tables';
import type { Db } from '@libs/db/connect';
import type { RequestContext } from '@libs/graphql/context';
import DataLoader from 'dataloader';
import { tenantsByIdOfAllTenants } from './tenants/store.ts';
import type { Guard } from './webhooks/guard.ts';
import { logLoader, webhookLoader, type LogAsk } from './webhooks/lists.ts';
import type { SecretSeal } from './webhooks/secrets.ts';

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
    /** By the tenant's id, likewise. */
    webhooksOfTenant: DataLoader<string, WebhookRow[]>;
    logOfWebhooks: DataLoader<LogAsk, WebhookDeliveryRow[]>;
  };

/** The context of one request. */
export function contextOf(base: RequestContext, parts: Parts): Context {
  const { db } = parts;
  const tenantById = new DataLoader<string, TenantRow | null>(async (ids) => {
    const rows = new Map((await tenantsByIdOfAllTenants(db, ids)).map((row) => [row.id, row]));
    return ids.map((id) => rows.get(id) ?? null);
  });
  return { ...base, ...parts, tenantById, webhooksOfTenant: webhookLoader(db), logOfWebhooks: logLoader(db) };
}
