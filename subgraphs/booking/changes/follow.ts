/** One subscriber's way through a tenant's changes: first those that are kept, then live ones, without gap or repeat between. */
import type { TenantId } from '@libs/auth/tenantId';
import type { Db } from '@libs/db/connect';
import type { Checkpoint } from '@libs/events/history';
import type { Feeds } from './feeds.ts';
import { readChanges, type Change } from './readChanges.ts';
import { createChangeBuffer } from './changeBuffer.ts';

export type FollowOptions = {
  tenantId: TenantId;
  db: Db;
  feeds: Feeds;
  /** Told are changes after it. */
  from: Checkpoint;
  isMatch: (change: Change) => boolean;
};

/**
 * The changes of the way, each once, in order. Its `return` ends it at once. Throws RATE_LIMITED where live ones are not taken in time,
 * and what `readChanges` throws.
 */
export function follow(options: FollowOptions): AsyncIterableIterator<Change> {
  const { tenantId, db, feeds, isMatch } = options;
  const buffer = createChangeBuffer();

  async function* run(): AsyncGenerator<Change, undefined> {
    let reached = options.from;
    let isAll = false;
    while (!isAll) {
      const page = await readChanges(tenantId, db, reached);
      yield* page.changes.filter(isMatch);
      ({ last: reached, isAll } = page);
    }
    // From here to `join` nothing is awaited: the feed hands over all after `position`, and what lies before is read here.
    const joinedAt = reached;
    const { position, leave } = feeds.join(tenantId, joinedAt, {
      take(changes) {
        for (const change of changes) {
          if (change.position > joinedAt.position && isMatch(change)) buffer.put(change);
        }
      },
      fail: buffer.fail,
    });
    try {
      isAll = false;
      while (reached.position < position && !isAll) {
        const page = await readChanges(tenantId, db, reached);
        yield* page.changes.filter((change) => change.position <= position && isMatch(change));
        ({ last: reached, isAll } = page);
      }
      for (let change = await buffer.next(); change; change = await buffer.next()) yield change;
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
      buffer.end();
      return changes.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
