/** One subscriber's way through a tenant's changes: first those that are kept, then live ones, without gap or repeat between. */
import type { TenantId } from '@libs/auth/tenantId';
import type { Db } from '@libs/db/connect';
import { OUTBOX_KEPT_DAYS, outboxEnds } from '@libs/events/outbox';
import { badUserInput, type ApiError } from '@libs/outcome/apiErrors';
import type { Position } from './cursors.ts';
import type { Feeds } from './feeds.ts';
import { readChanges, type Change, type ChangePage } from './readChanges.ts';
import { waitingChanges } from './waiting.ts';

export type Way = {
  tenantId: TenantId;
  db: Db;
  feeds: Feeds;
  /** Told are changes after it. */
  from: Position;
  isTold: (change: Change) => boolean;
};

/** The cursor is of changes that are no longer kept. */
export const tooOld = (): ApiError => badUserInput('booking.changesCursorTooOld', { days: OUTBOX_KEPT_DAYS });

/** A page of what is kept. Throws `tooOld` where some of it was removed before it was read. */
async function replayed({ tenantId, db }: Way, place: Position): Promise<ChangePage> {
  const page = await readChanges(tenantId, db, place);
  if (BigInt((await outboxEnds(db.sql)).removed) > place) throw tooOld();
  return page;
}

/**
 * The changes of the way, each once, in order. Its `return` ends it at once. Throws RATE_LIMITED where live ones are not taken in time.
 */
export function follow(way: Way): AsyncIterableIterator<Change> {
  const { tenantId, feeds, isTold } = way;
  const waiting = waitingChanges();

  async function* run(): AsyncGenerator<Change, undefined> {
    let place = way.from;
    let isAll = false;
    while (!isAll) {
      const page = await replayed(way, place);
      yield* page.changes.filter(isTold);
      ({ last: place, isAll } = page);
    }
    // From here to `join` nothing is awaited: the feed hands over all after `position`, and what lies before is read here.
    const known = place;
    const { position, leave } = feeds.join(tenantId, known, (changes) => {
      for (const change of changes) if (change.position > known && isTold(change)) waiting.put(change);
    });
    try {
      isAll = false;
      while (place < position && !isAll) {
        const page = await replayed(way, place);
        yield* page.changes.filter((change) => change.position <= position && isTold(change));
        ({ last: place, isAll } = page);
      }
      for (let change = await waiting.next(); change; change = await waiting.next()) yield change;
      return undefined;
    } finally {
      leave();
    }
  }

  const changes = run();
  return {
    next: () => changes.next(),
    // A generator alone would end only when the change comes that it waits for.
    async return() {
      waiting.end();
      return changes.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
