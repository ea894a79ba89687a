import type { Db } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { inTransaction } from '@libs/db/inTransaction';
import { announcedEvent, EVENT_VERSION, type DomainEvent } from '@libs/events/catalogue';
import type { ReactionContext } from '@libs/events/reactions';
import { silentLog } from '@libs/telemetry/log';
import { newTraceId } from '@libs/telemetry/trace';
import { formatInstant } from '@libs/time/instants';
import type { ExampleTenant } from '../../booking.fixtures.ts';
import { reactions } from '../../reactions.ts';

/** As the consumer does. */
export async function reactTo(db: Db, tenant: ExampleTenant, { type, payload }: DomainEvent): Promise<void> {
  const traceId = newTraceId();
  const metadata = {
    event_id: newId(),
    tenant_id: tenant.id,
    occurred_at: formatInstant(tenant.now),
    trace_id: traceId,
    version: EVENT_VERSION,
  };
  const event = announcedEvent(type, payload, metadata);
  const reaction = reactions[type] as (ctx: ReactionContext<never>) => Promise<void>;
  await inTransaction(db, (tx) =>
    reaction({ tx, event: event as never, now: tenant.now, traceId, log: silentLog() }),
  );
}
