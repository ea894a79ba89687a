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

/** `export const reactions: Reactions = { 'user.deleted': cancelBookingsOf, … }` */
export type Reactions = { [T in EventType]?: Reaction<T> };
