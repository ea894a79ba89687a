/** A subgraph's reactions to other subgraphs' events: a map from event type to verb. */
import type { Tx } from '@libs/db/inTransaction';
import type { Log } from '@libs/telemetry/log';
import type { Temporal } from 'temporal-polyfill';
import type { AnnouncedEvent, EventType } from './catalogue.ts';

/** Also an EventContext: `announce(ctx.tx, events, ctx)`. */
export type ReactionContext<T extends EventType = EventType> = {
  /** Also records the event as consumed, so what the reaction writes in it takes effect exactly once. */
  tx: Tx;
  event: AnnouncedEvent<T>;
  /** Read once per attempt. */
  now: Temporal.Instant;
  /** Trace of the request that caused the event. */
  traceId: string;
  log: Log;
};

/**
 * Applies one event. Writes in `ctx.tx` take effect exactly once; other side effects may be repeated. An error rolls the writes
 * back and the event is retried later; until then only events with the same key wait.
 */
export type Reaction<T extends EventType> = (ctx: ReactionContext<T>) => Promise<void>;

/** Like ReactionContext, for events of different keys in the order of their arrival. */
export type BatchContext<T extends EventType = EventType> = {
  tx: Tx;
  events: readonly AnnouncedEvent<T>[];
  now: Temporal.Instant;
};

/**
 * Applies many events at once, with a fixed number of statements. If it throws, its writes are rolled back and each event is applied
 * alone, so that one bad event does not hold up the others.
 */
export type BatchReaction<T extends EventType> = { applyAll: (ctx: BatchContext<T>) => Promise<void> };

/** `export const reactions: Reactions = { 'user.deleted': cancelBookingsOf, 'booking.created': { applyAll: countBookings }, … }` */
export type Reactions = { [T in EventType]?: Reaction<T> | BatchReaction<T> };

type Cause = { tx: Tx; now: Temporal.Instant; log: Log };

/** Applies events of different keys, in the order of their arrival. */
export async function applyEvents(
  reactions: Reactions,
  events: readonly AnnouncedEvent[],
  { tx, now, log }: Cause,
): Promise<void> {
  const batches = new Map<BatchReaction<EventType>, AnnouncedEvent[]>();
  for (const event of events) {
    const { type, eventId, traceId } = event;
    const reaction = reactions[type] as Reaction<EventType> | BatchReaction<EventType> | undefined;
    if (typeof reaction === 'function') {
      await reaction({ tx, event, now, traceId, log: log.child({ event: type, eventId, traceId }) });
    } else if (reaction) {
      const batch = batches.get(reaction);
      if (batch) batch.push(event);
      else batches.set(reaction, [event]);
    }
  }
  for (const [reaction, batch] of batches) await reaction.applyAll({ tx, events: batch, now });
}
