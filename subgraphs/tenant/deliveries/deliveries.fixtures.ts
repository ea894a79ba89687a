/** Webhooks, their deliveries, and a worker that the test steps. */
import type { TenantId } from '@libs/auth/tenantId';
import type { AnnouncedEvent } from '@libs/events/catalogue';
import { administratorOf } from '@libs/testing/contexts';
import { silentLog } from '@libs/telemetry/log';
import { afterEach } from 'vitest';
import { processDeps, setup, type AnswerOf, type ReceivedRequest } from '../tenant.fixtures.ts';
import { createWebhook } from '../webhooks/createWebhook.ts';
import type { DeliveryWorkerOptions } from './deliveryWorker.ts';

export const answering =
  (status: number, headers: Record<string, string> = {}): AnswerOf =>
  (_, response) =>
    void response.writeHead(status, headers).end();

export const idOf = ({ headers }: ReceivedRequest) => headers['webhook-id'];

/** Call at the top of a file. */
export async function deliverySetup() {
  const tenantSetup = await setup();
  const { db, sql, as, tenant } = tenantSetup;
  const { guard, secrets } = processDeps(db);
  /** Jitter in the middle of its range. */
  const options: DeliveryWorkerOptions = { db, guard, secrets, log: silentLog(), random: () => 0.5 };
  // When a test moves the clock, deliveries left by other tests would become due.
  afterEach(() => sql`update webhooks set is_active = false`);
  return {
    ...tenantSetup,
    options,
    /** Registers a webhook for every event, in a new tenant. */
    async newWebhook(url: string, secret: string | null = null) {
      const tenantId: TenantId = await tenant();
      const ctx = as(administratorOf(tenantId));
      const events = [
        'BOOKING_CREATED',
        'BOOKING_UPDATED',
        'BOOKING_CANCELLED',
        'BOOKING_STATUS_CHANGED',
        'BOOKING_REMINDER',
      ] as const;
      const outcome = await createWebhook(ctx, { url, secret, events: [...events] });
      if (!outcome.ok) throw new Error(JSON.stringify(outcome.refusals));
      return { tenantId, ctx, id: outcome.value.id };
    },
    /** The event's newest delivery. */
    async deliveryOf({ eventId }: AnnouncedEvent) {
      const [row] = await sql`
        select id, status, attempts, response_status, error, next_attempt_at, last_attempt_at
        from webhook_deliveries where event_id = ${eventId} order by arrival desc limit 1`;
      return row!;
    },
    async isActive(id: string): Promise<boolean> {
      const [row] = await sql`select is_active from webhooks where id = ${id}`;
      return row!['is_active'];
    },
  };
}
