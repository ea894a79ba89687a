import type { WebhookDeliveryRow, WebhookRow } from '@drizzle/tenant/tables';
import { decodeCursor, pageOf, rowsToRead, type ListOrder, type PageArgs } from '@libs/db/keysetPages';
import { connection, pageArgs, type Connection } from '@libs/graphql/connections';
import type { Context } from '../context.ts';
import { requireAdministratorOf } from './access.ts';

export type DeliveryPage = Omit<Connection<WebhookDeliveryRow>, 'totalCount'>;

/** By creation. Requires an administrator of the tenant. */
export async function webhooksOf(ctx: Context, tenant: { id: string }): Promise<WebhookRow[]> {
  requireAdministratorOf(ctx.caller, tenant.id);
  return ctx.webhooksOfTenant({ id: tenant.id }, null);
}

/** A cursor fits only its own webhook's log. */
const newestFirst = (webhook: WebhookRow): ListOrder<WebhookDeliveryRow> => ({
  list: `deliveries of ${webhook.id}`,
  keyOf: (row) => [String(row.arrival)],
  isKey: ([arrival, ...rest]) => rest.length === 0 && /^[1-9]\d{0,17}$/.test(arrival ?? ''),
});

/** The caller must be allowed to see the webhook. */
export async function deliveriesOf(
  ctx: Context,
  webhook: WebhookRow,
  { status, ...args }: PageArgs & { status?: WebhookDeliveryRow['status'] | null },
): Promise<DeliveryPage> {
  const { first, after } = pageArgs(args);
  const order = newestFirst(webhook);
  const beforeArrival = decodeCursor(order, after)?.[0] ?? null;
  const page = { status: status ?? null, beforeArrival, limit: rowsToRead(first) };
  const rows = await ctx.logOfWebhook(webhook, page);
  const { edges, nodes, pageInfo } = connection(pageOf(order, rows, { first, after }), async () => 0);
  return { edges, nodes, pageInfo };
}
