/** One subscriber's way through a tenant's changes: first those that are kept, then live ones, without gap or repeat between. */
import type { TenantId } from '@libs/auth/tenantId';
import type { Db } from '@libs/db/connect';
import type { Checkpoint } from '@libs/events/history';
import type { Feeds } from './feeds.ts';
import { readChanges, type Change } from './readChanges.ts';
import { waitingChanges } from './waiting.ts';

export type Way = {
  tenantId: TenantId;
  db: Db;
  feeds: Feeds;
  /** Told are changes after it. */
  from: Checkpoint;
  isTold: (change: Change) => boolean;
};

/**
 * The changes of the way, each once, in order. Its `return` ends it at once. Throws RATE_LIMITED where live ones are not taken in time,
 * and what `readChanges` throws.
 */
export function follow(way: Way): AsyncIterableIterator<Change> {
  const { tenantId, db, feeds, isTold } = way;
  const waiting = waitingChanges();

  async function* run(): AsyncGenerator<Change, undefined> {
    let reached = way.from;
    let isAll = false;
    while (!isAll) {
      const page = await readChanges(tenantId, db, reached);
      yield* page.changes.filter(isTold);
      ({ last: reached, isAll } = page);
    }
    // From here to `join` nothing is awaited: the feed hands over all after `position`, and what lies before is read here.
    const known = reached;
    const { position, leave } = feeds.join(tenantId, known, {
      take(changes) {
        for (const change of changes) {
          if (change.position > known.position && isTold(change)) waiting.put(change);
        }
      },
      fail: waiting.fail,
    });
    try {
      isAll = false;
      while (reached.position < position && !isAll) {
        const page = await readChanges(tenantId, db, reached);
        yield* page.changes.filter((change) => change.position <= position && isTold(change));
        ({ last: reached, isAll } = page);
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
