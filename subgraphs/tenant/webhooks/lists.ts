/** The lists that one request asks for at once: one statement for all of their tenants, and for all of their webhooks. */
import type { WebhookDeliveryRow, WebhookRow } from '@drizzle/tenant/tables';
import type { Queryable } from '@libs/db/inTransaction';
import DataLoader from 'dataloader';
import { logOfAllTenants, type LogPart } from './deliveryStore.ts';
import { webhooksOfAllTenants } from './store.ts';

export type LogAsk = { webhookId: string; part: LogPart };

/** As Map.groupBy, which Node 20 lacks. */
function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}

/** A tenant's webhooks, by the tenant's id. */
export const webhookLoader = (db: Queryable): DataLoader<string, WebhookRow[]> =>
  new DataLoader(
    async (tenantIds) => {
      const rows = grouped(await webhooksOfAllTenants(db, tenantIds), (row) => row.tenantId);
      return tenantIds.map((id) => rows.get(id) ?? []);
    },
    { cache: false },
  );

/** Parts of webhooks' logs. */
export const logLoader = (db: Queryable): DataLoader<LogAsk, WebhookDeliveryRow[]> =>
  new DataLoader(
    async (asks) => {
      const answers = new Map<LogAsk, WebhookDeliveryRow[]>();
      const sameParts = [...grouped(asks, ({ part }) => JSON.stringify(part)).values()];
      await Promise.all(
        sameParts.map(async (group) => {
          const webhookIds = [...new Set(group.map(({ webhookId }) => webhookId))];
          const rows = await logOfAllTenants(db, webhookIds, group[0]!.part);
          const logs = grouped(rows, (row) => row.webhookId);
          for (const ask of group) answers.set(ask, logs.get(ask.webhookId) ?? []);
        }),
      );
      return asks.map((ask) => answers.get(ask)!);
    },
    { cache: false },
  );
