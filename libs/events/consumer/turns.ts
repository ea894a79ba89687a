/**
 * Whose turn it is: of each key the oldest event that is not consumed, where it is due. The others of its key wait.
 *
 * This is found by one plain read in the order of arrival, and not by a join in SQL: the inbox goes from empty to long and back
 * faster than the planner's statistics follow, and with those of an empty table it compares every event with every other.
 */
import type { Db } from '@libs/db/connect';
import type { Group } from '../catalogue.ts';

/** Events that are looked at in one read. */
const LOOK_AHEAD = 250;
/** Events that one look gives out, at most: soon enough others have taken what was free at the look. */
const MOST_PER_LOOK = 8;

export type Turns = {
  /** An event whose turn it was at the last look and that nobody in this process has taken; undefined where none is left. */
  next(): string | undefined;
  /** The event that `next` gave out is no longer being worked on. */
  done(eventId: string): void;
  /** Looks again; for all who ask meanwhile. */
  look(): Promise<void>;
};

type Waiting = { event_id: string; key: string; arrival: string; isDue: boolean };

/** The turns of a group, shared by the workers of one process. */
export function turns(db: Db, group: Group): Turns {
  let heads: string[] = [];
  let looking: Promise<void> | undefined;
  const taken = new Set<string>();

  async function look(): Promise<void> {
    const keys = new Set<string>();
    const found: string[] = [];
    let after = '0';
    for (;;) {
      const waiting = await db.sql<Waiting[]>`
        select event_id, key, arrival::text, next_attempt_at <= now() as "isDue" from inbox
        where consumer_group = ${group} and dead_at is null and arrival > ${after}::text::bigint
        order by inbox.arrival limit ${LOOK_AHEAD}`;
      for (const { event_id: eventId, key, isDue } of waiting) {
        if (keys.has(key)) continue;
        keys.add(key);
        if (isDue && !taken.has(eventId)) found.push(eventId);
      }
      const last = waiting.at(-1);
      // Read on only where all that was read waits for something: a few bookings that fail must not hide the others.
      if (!last || waiting.length < LOOK_AHEAD || found.length > 0) break;
      after = last.arrival;
    }
    // In any order: processes that look at the same time shall not all reach for the same ones.
    heads = shuffled(found).slice(0, MOST_PER_LOOK);
  }

  return {
    next() {
      const eventId = heads.shift();
      if (eventId !== undefined) taken.add(eventId);
      return eventId;
    },
    done: (eventId) => void taken.delete(eventId),
    async look() {
      looking ??= look().finally(() => (looking = undefined));
      await looking;
    },
  };
}

function shuffled<T>(all: readonly T[]): T[] {
  return all
    .map((one) => ({ one, place: Math.random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ one }) => one);
}
