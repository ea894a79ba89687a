/** Applies events in the transaction that records them as consumed: those of the inbox, and those that need none (`consumeWithoutInbox.ts`). */
import type { Tx } from '@libs/db/inTransaction';
import type { Log } from '@libs/telemetry/log';
import { inEventSpans, SpanKind } from '@libs/telemetry/traceSpans';
import { epochMs, type Clock } from '@libs/time/clock';
import { epochMsOfText } from '@libs/time/instants';
import { announcedEvent, type ConsumerGroup } from '../catalogue.ts';
import type { ReceivedEvent } from '../entries.ts';
import { consumed, consumeDelay } from '../eventMetrics.ts';
import { applyEvents, type Reactions } from '../reactions.ts';

/** Named in the line about a batch. */
const MAX_LOGGED_TRACES = 20;

export type ConsumeDeps = { group: ConsumerGroup; reactions: Reactions; log: Log; clock: Clock };

/** Applies those of the events that `record` has recorded, as a part of the traces that announced them. Throws what a reaction throws. */
export const consumeEvents = <Event extends ReceivedEvent>(
  tx: Tx,
  { group, reactions, log, clock }: ConsumeDeps,
  events: readonly Event[],
  record: () => Promise<readonly Event[]>,
): Promise<void> =>
  inEventSpans(
    `consume ${events.length === 1 ? events[0]!.type : 'events'}`,
    events.map(({ metadata }) => ({ traceId: metadata.trace_id, eventId: metadata.event_id })),
    { kind: SpanKind.CONSUMER, attributes: { 'messaging.consumer.group.name': group } },
    async () => {
      const fresh = await record();
      const announced = fresh.map(({ type, payload, metadata }) => announcedEvent(type, payload, metadata));
      await applyEvents(reactions, announced, { tx, now: clock.now(), log });
    },
  );

/** After the commit: counts and logs what was consumed; at least one event. */
export function reportConsumed(
  { group, log }: ConsumeDeps,
  events: readonly ReceivedEvent[],
  startMs: number,
): void {
  const nowMs = epochMs();
  for (const { type: event, metadata } of events) {
    consumed.inc({ group, event, result: 'ok' });
    consumeDelay.observe({ group }, (nowMs - epochMsOfText(metadata.occurred_at)) / 1_000);
  }
  const ms = Math.round((performance.now() - startMs) * 10) / 10;
  const [first] = events;
  if (events.length === 1) {
    const { event_id: eventId, tenant_id: tenantId, trace_id: traceId } = first!.metadata;
    log.info({ group, event: first!.type, eventId, tenantId, ms, traceId }, 'event consumed');
    return;
  }
  const traceIds = events.slice(0, MAX_LOGGED_TRACES).map(({ metadata }) => metadata.trace_id);
  log.info({ group, events: events.length, ms, traceIds }, 'events consumed');
}
