/**
 * What every subgraph's database holds for events: facts that it announces (outbox), and facts of others that it has yet to
 * react to (inbox). Every `drizzle/<subgraph>/tables.ts` re-exports all five:
 * `export { consumedEvents, inbox, outbox, outboxPosition, outboxRelay } from '@libs/events/outboxTables';`
 */
import { instant } from '@libs/db/columns';
import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
  check,
  index,
  integer,
  jsonb,
  pgSequence,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';

const moment = (name: string) => timestamp(name, { withTimezone: true, mode: 'string' });

/** Numbers the outbox's rows in the order in which they may be read. */
export const outboxPosition = pgSequence('outbox_position');

/**
 * A row is written in the transaction of the change it tells of. `arrival` is the order of writing; `position` is given by the
 * relay once the row is committed, and is what readers and cursors go by (`outbox.ts`). Kept for OUTBOX_KEPT_DAYS.
 */
export const outbox = pgTable(
  'outbox',
  {
    id: uuid().primaryKey(),
    arrival: bigint({ mode: 'bigint' }).generatedAlwaysAsIdentity(),
    position: bigint({ mode: 'bigint' }),
    stream: text().notNull(),
    eventType: text('event_type').notNull(),
    tenantId: uuid('tenant_id').notNull(),
    payload: jsonb().notNull(),
    occurredAt: instant('occurred_at').notNull(),
    traceId: text('trace_id').notNull(),
    version: integer().notNull(),
  },
  (table) => [
    unique('outbox_position_unique').on(table.position),
    // The relay's look for rows to number; empty but for the last milliseconds.
    index('outbox_without_position')
      .on(table.arrival)
      .where(sql`position is null`),
    // One tenant's changes since a cursor.
    index('outbox_tenant_position').on(table.tenantId, table.position),
  ],
);

/**
 * The relay's own notes, one row. Positions up to `published` were sent to Redis, up to `acknowledged` are safe with every
 * consumer group, up to `removed` are no longer kept. `outboxId` tells this outbox from one that was made anew.
 */
export const outboxRelay = pgTable(
  'outbox_relay',
  {
    isOnlyRow: boolean('is_only_row').primaryKey().default(true),
    outboxId: uuid('outbox_id').notNull().defaultRandom(),
    published: bigint({ mode: 'bigint' }).notNull().default(0n),
    acknowledged: bigint({ mode: 'bigint' }).notNull().default(0n),
    removed: bigint({ mode: 'bigint' }).notNull().default(0n),
  },
  (table) => [check('outbox_relay_is_only_row_check', sql`${table.isOnlyRow}`)],
);

/**
 * Facts taken from the streams and not yet consumed, by `arrival` in the stream's order. A row goes away in the transaction of its
 * effect; one that failed too often stays, with `deadAt` set, until an operator sends it again.
 */
export const inbox = pgTable(
  'inbox',
  {
    consumerGroup: text('consumer_group').notNull(),
    eventId: uuid('event_id').notNull(),
    arrival: bigint({ mode: 'bigint' }).generatedAlwaysAsIdentity(),
    stream: text().notNull(),
    key: uuid().notNull(),
    eventType: text('event_type').notNull(),
    payload: jsonb().notNull(),
    metadata: jsonb().notNull(),
    attempts: integer().notNull().default(0),
    nextAttemptAt: moment('next_attempt_at').notNull().defaultNow(),
    error: text(),
    deadAt: moment('dead_at'),
    isShownDead: boolean('is_shown_dead').notNull().default(false),
  },
  (table) => [
    primaryKey({ columns: [table.consumerGroup, table.eventId] }),
    index('inbox_waiting')
      .on(table.consumerGroup, table.arrival)
      .where(sql`dead_at is null`),
    index('inbox_key')
      .on(table.consumerGroup, table.key, table.arrival)
      .where(sql`dead_at is null`),
  ],
);

/** Facts whose effect is committed: a repeat of one is dropped. */
export const consumedEvents = pgTable(
  'consumed_events',
  {
    consumerGroup: text('consumer_group').notNull(),
    eventId: uuid('event_id').notNull(),
    consumedAt: moment('consumed_at').notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.consumerGroup, table.eventId] }),
    index('consumed_events_consumed_at').on(table.consumedAt),
  ],
);
