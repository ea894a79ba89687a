/**
 * Whose turn it is: of each key the oldest event that is not consumed, where it is due. The others of its key wait.
 *
 * This is found by one plain read in the order of arrival, and not by a join in SQL: the inbox goes from empty to long and back
 * faster than the planner's statistics follow, and with those of an empty table it compares every event with every other.
 */
import type { Db } from '@libs/db/connect';
import type { ConsumerGroup } from '../catalogue.ts';

/** Events that are looked at in one read. */
const READ_BATCH = 250;
/** Events that one look gives out, at most: soon enough others have taken what was free at the look. */
const MAX_PER_REFRESH = 8;

export type DueEvents = {
  /** An event whose turn it was at the last look and that nobody in this process has taken; undefined where none is left. */
  claim(): string | undefined;
  /** The event that `claim` gave out is no longer being worked on. */
  release(eventId: string): void;
  /** Looks again; for all who ask meanwhile. */
  refresh(): Promise<void>;
};

type WaitingEvent = { event_id: string; key: string; arrival: string; isDue: boolean };

/** The turns of a group, shared by the workers of one process. */
export function dueEvents(db: Db, group: ConsumerGroup): DueEvents {
  let due: string[] = [];
  let refreshing: Promise<void> | undefined;
  const claimed = new Set<string>();

  async function refresh(): Promise<void> {
    const keys = new Set<string>();
    const found: string[] = [];
    let after = '0';
    for (;;) {
      const waiting = await db.sql<WaitingEvent[]>`
        select event_id, key, arrival::text, next_attempt_at <= now() as "isDue" from inbox
        where consumer_group = ${group} and dead_at is null and arrival > ${after}::text::bigint
        order by inbox.arrival limit ${READ_BATCH}`;
      for (const { event_id: eventId, key, isDue } of waiting) {
        if (keys.has(key)) continue;
        keys.add(key);
        if (isDue && !claimed.has(eventId)) found.push(eventId);
      }
      const last = waiting.at(-1);
      // Read on only where all that was read waits for something: a few bookings that fail must not hide the others.
      if (!last || waiting.length < READ_BATCH || found.length > 0) break;
      after = last.arrival;
    }
    // In any order: processes that look at the same time shall not all reach for the same ones.
    due = shuffled(found).slice(0, MAX_PER_REFRESH);
  }

  return {
    claim() {
      const eventId = due.shift();
      if (eventId !== undefined) claimed.add(eventId);
      return eventId;
    },
    release: (eventId) => void claimed.delete(eventId),
    async refresh() {
      refreshing ??= refresh().finally(() => (refreshing = undefined));
      await refreshing;
    },
  };
}

function shuffled<T>(all: readonly T[]): T[] {
  return all
    .map((one) => ({ one, rank: Math.random() }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ one }) => one);
}
