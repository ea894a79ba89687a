import type { WebhookDeliveryRow, WebhookRow } from '@drizzle/tenant/tables';
import type { ListOrder, PageArgs } from '@libs/db/keysetPages';
import { readConnection, type Connection } from '@libs/graphql/connections';
import type { Context } from '../context.ts';
import { requireWebhookPermission } from './access.ts';

export type DeliveryPage = Omit<Connection<WebhookDeliveryRow>, 'totalCount'>;

/** By creation. Requires an administrator of the tenant. */
export async function webhooksOf(ctx: Context, tenant: { id: string }): Promise<WebhookRow[]> {
  requireWebhookPermission(ctx.caller, tenant.id);
  return ctx.webhooksOfTenant({ id: tenant.id }, null);
}

/** A cursor fits only its own webhook's log. */
const newestFirst = (webhook: WebhookRow): ListOrder<WebhookDeliveryRow> => ({
  list: `deliveries of ${webhook.id}`,
  keyOf: (row) => [String(row.arrival)],
  isKey: ([arrival, ...rest]) => rest.length === 0 && /^[1-9]\d{0,17}$/.test(arrival ?? ''),
  isDescending: true,
});

/** The caller must be allowed to see the webhook. */
export async function deliveriesOf(
  ctx: Context,
  webhook: WebhookRow,
  { status, ...args }: PageArgs & { status?: WebhookDeliveryRow['status'] | null },
): Promise<DeliveryPage> {
  const { edges, nodes, pageInfo } = await readConnection(
    newestFirst(webhook),
    args,
    (range) => ctx.logOfWebhook(webhook, { status: status ?? null, range }),
    async () => 0,
  );
  return { edges, nodes, pageInfo };
}
