/** What a subgraph does when a fact of another one reaches it: a table of contents, `event type -> verb`. */
import type { Tx } from '@libs/db/inTransaction';
import type { Log } from '@libs/telemetry/log';
import type { Temporal } from 'temporal-polyfill';
import type { AnnouncedEvent, EventType } from './catalogue.ts';

/** What a reaction is given. It is an occasion too: `announce(ctx.tx, facts, ctx)`. */
export type ReactionContext<T extends EventType = EventType> = {
  /** The event is recorded as consumed in this transaction: all that the reaction does in it happens once. */
  tx: Tx;
  event: AnnouncedEvent<T>;
  /** The clock, read once per attempt. */
  now: Temporal.Instant;
  /** The trace of the request that caused the fact. */
  traceId: string;
  log: Log;
};

/**
 * The effect of one fact, once, within `ctx.tx`; what it does elsewhere may happen again. Throwing undoes it, and it is tried
 * again later: the events of other keys go on meanwhile, those of the same key wait.
 */
export type Reaction<T extends EventType> = (ctx: ReactionContext<T>) => Promise<void>;

/** `export const reactions: Reactions = { 'user.deleted': cancelBookingsOf, … }` */
export type Reactions = { [T in EventType]?: Reaction<T> };
