/** Replays a tenant's past changes to one subscriber and continues with live ones, without gaps or repeats. */
import type { TenantId } from '@libs/auth/tenantId';
import type { Db } from '@libs/db/connect';
import type { Checkpoint } from '@libs/events/history';
import type { Feeds } from './feeds.ts';
import { changeFollowers, changesReplayed } from './changeMetrics.ts';
import { readChanges, type Change } from './readChanges.ts';
import { createChangeBuffer } from './changeBuffer.ts';

export type FollowOptions = {
  tenantId: TenantId;
  db: Db;
  feeds: Feeds;
  /** Exclusive. */
  from: Checkpoint;
  isMatch: (change: Change) => boolean;
};

/**
 * Yields the matching changes once each, in order. `return` ends it at once. Throws RATE_LIMITED if live changes are read too slowly,
 * and the errors of `readChanges`.
 */
export function followChanges(options: FollowOptions): AsyncIterableIterator<Change> {
  const { tenantId, db, feeds, isMatch } = options;
  const buffer = createChangeBuffer();

  async function* run(): AsyncGenerator<Change, undefined> {
    let reached = options.from;
    let isLastPage = false;
    while (!isLastPage) {
      const page = await readChanges(tenantId, db, reached);
      changesReplayed.inc(page.changes.length);
      yield* page.changes.filter(isMatch);
      ({ last: reached, isLastPage } = page);
    }
    // `join` returns the position from which the feed delivers; the loop below reads the changes up to and including it.
    const joinedAt = reached;
    const { position, leave } = feeds.join(tenantId, joinedAt, {
      receive(live) {
        for (const change of live) {
          if (change.position > joinedAt.position && isMatch(change)) buffer.push(change);
        }
      },
      fail: buffer.fail,
    });
    changeFollowers.inc();
    try {
      isLastPage = false;
      while (reached.position < position && !isLastPage) {
        const page = await readChanges(tenantId, db, reached);
        changesReplayed.inc(page.changes.length);
        yield* page.changes.filter((change) => change.position <= position && isMatch(change));
        ({ last: reached, isLastPage } = page);
      }
      for (let taken = await buffer.take(1); taken; taken = await buffer.take(1)) yield* taken;
      return undefined;
    } finally {
      changeFollowers.dec();
      leave();
    }
  }

  const changes = run();
  return {
    next: () => changes.next(),
    // The generator's own `return` would wait for the next change.
    async return() {
      buffer.close();
      return changes.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
