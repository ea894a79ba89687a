/**
 * The events to process next: of each key the oldest in the inbox, if it is due. Later events of the key wait.
 *
 * They are found by reading in the order of arrival, not by a join: the inbox fills faster than the planner's statistics follow,
 * and with those of an empty table a join compares every event with every other.
 */
import type { Db } from '@libs/db/connect';
import type { ConsumerGroup } from '../catalogue.ts';

/** Events per read. */
const READ_BATCH = 250;
/** Due events that one refresh keeps: other processes soon claim the rest. */
const MAX_PER_REFRESH = 8;

export type DueEvents = {
  /** Undefined if no event of the last refresh is left. */
  claim(): string | undefined;
  release(eventId: string): void;
  /** Reads again; concurrent callers share one read. */
  refresh(): Promise<void>;
};

type WaitingEvent = { event_id: string; key: string; arrival: string; isDue: boolean };

/** Shared by the workers of one process. */
export function createDueEvents(db: Db, group: ConsumerGroup): DueEvents {
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
        where consumer_group = ${group} and dead_at is null and arrival > ${after}::bigint
        order by inbox.arrival limit ${READ_BATCH}`;
      for (const { event_id: eventId, key, isDue } of waiting) {
        if (keys.has(key)) continue;
        keys.add(key);
        if (isDue && !claimed.has(eventId)) found.push(eventId);
      }
      const last = waiting.at(-1);
      // Continue only if everything read so far must wait: a few failing bookings must not hide the others.
      if (!last || waiting.length < READ_BATCH || found.length > 0) break;
      after = last.arrival;
    }
    // Shuffled, so that processes do not contend for the same events.
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

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, rank: Math.random() }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}
