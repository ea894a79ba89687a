/**
 * The events to process next: of each key the oldest in the inbox, if it is due. Later events of the key wait.
 *
 * They are found by reading in the order of arrival, not by a join: the inbox fills faster than the planner's statistics follow,
 * and with those of an empty table a join compares every event with every other.
 */
import type { Db } from '@libs/db/connect';
import type { ConsumerGroup, EventType } from '../catalogue.ts';
import type { Reactions } from '../reactions.ts';

/** Events per read, and most events per batch. */
const READ_BATCH = 250;
/** Due events that one refresh keeps to be applied alone: other processes soon claim the rest. */
const MAX_SINGLE_EVENTS = 8;

export type DueEvents = {
  /** Event ids to apply in one transaction; undefined if none of the last refresh are left. */
  claim(): readonly string[] | undefined;
  release(eventIds: readonly string[]): void;
  /** Reads again; concurrent callers share one read. */
  refresh(): Promise<void>;
  /** Whether the last refresh left out events, or nobody has claimed all that it found. */
  hasMore(): boolean;
  /** Whether the last refresh found nothing that waits, due or not. */
  isEmpty(): boolean;
};

type WaitingEvent = {
  event_id: string;
  event_type: EventType;
  key: string;
  arrival: string;
  isDue: boolean;
  hasFailed: boolean;
};

/** Shared by the workers of one process. */
export function createDueEvents(db: Db, group: ConsumerGroup, reactions: Reactions): DueEvents {
  let due: string[][] = [];
  let hasSkipped = false;
  let isEmpty = false;
  let refreshing: Promise<void> | undefined;
  const claimed = new Set<string>();

  /** A failed event is applied alone, so that its next failure costs no others. */
  const isForBatch = ({ event_type: type, hasFailed }: WaitingEvent) =>
    !hasFailed && typeof reactions[type] === 'object';

  async function refresh(): Promise<void> {
    const keys = new Set<string>();
    const found: WaitingEvent[] = [];
    hasSkipped = false;
    let after = '0';
    for (;;) {
      const waiting = await db.sql<WaitingEvent[]>`
        select event_id, event_type, key, arrival::text, next_attempt_at <= now() as "isDue", attempts > 0 as "hasFailed"
        from inbox
        where consumer_group = ${group} and dead_at is null and arrival > ${after}::bigint
        order by inbox.arrival limit ${READ_BATCH}`;
      isEmpty = waiting.length === 0 && keys.size === 0;
      for (const event of waiting) {
        if (keys.has(event.key)) {
          hasSkipped = true;
          continue;
        }
        keys.add(event.key);
        if (event.isDue && !claimed.has(event.event_id)) found.push(event);
      }
      const last = waiting.at(-1);
      // Continue only if everything read so far must wait: a few failing bookings must not hide the others.
      if (!last || waiting.length < READ_BATCH || found.length > 0) {
        if (last && waiting.length === READ_BATCH) hasSkipped = true;
        break;
      }
      after = last.arrival;
    }
    const idOf = (event: WaitingEvent) => event.event_id;
    const batch = found.filter(isForBatch).map(idOf);
    // Shuffled, so that processes do not contend for the same events.
    const singles = shuffled(found.filter((event) => !isForBatch(event)).map(idOf));
    if (singles.length > MAX_SINGLE_EVENTS) hasSkipped = true;
    due = [
      ...(batch.length > 0 ? [batch] : []),
      ...singles.slice(0, MAX_SINGLE_EVENTS).map((eventId) => [eventId]),
    ];
  }

  return {
    claim() {
      const eventIds = due.shift();
      for (const eventId of eventIds ?? []) claimed.add(eventId);
      return eventIds;
    },
    release(eventIds) {
      for (const eventId of eventIds) claimed.delete(eventId);
    },
    async refresh() {
      refreshing ??= refresh().finally(() => (refreshing = undefined));
      await refreshing;
    },
    hasMore: () => hasSkipped || due.length > 0,
    isEmpty: () => isEmpty,
  };
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, rank: Math.random() }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}
