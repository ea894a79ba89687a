/**
 * Live changes in one process: one outbox reader for each tenant with followers, shared by all of them.
 *
 * Readers run when notified through Redis (`changeNotifier.ts`). A poll finds what no message announced, so without Redis
 * changes arrive up to POLL_MS later.
 */
import type { TenantId } from '@libs/auth/tenantId';
import type { Db } from '@libs/db/connect';
import { lastCheckpoint, type Checkpoint } from '@libs/events/history';
import { tenantsAfter } from '@libs/events/outbox';
import { startLoop } from '@libs/runtime/backgroundLoop';
import { ApiError } from '@libs/outcome/apiErrors';
import type { Log } from '@libs/telemetry/log';
import { readChanges, type Change } from './readChanges.ts';

/** Polling interval of the outbox, in milliseconds. */
export const POLL_MS = 1_000;
/** Tenants read concurrently. */
const READERS = 4;

/** Must not throw. */
export type Follower = {
  /** Receives every change of the tenant, in order. */
  receive(changes: readonly Change[]): void;
  /** The last call: the feed's checkpoint is no longer valid in this outbox. */
  fail(error: ApiError): void;
};

type Feed = {
  /** Followers have received every change of the tenant up to here. */
  reached: Checkpoint;
  followers: Set<Follower>;
  /** Whether it could not be read the last time. */
  isFailing: boolean;
};

export type Feeds = {
  /**
   * The follower receives every change after the returned position. `known` is the last checkpoint that it has read. If it is before that
   * position, the follower must read the changes in between; if after, it receives some changes twice.
   */
  join(tenantId: TenantId, known: Checkpoint, follower: Follower): { position: bigint; leave(): void };
  /** Reads these tenants' feeds now. */
  notify(tenantIds: Iterable<string>): void;
  /** Reads every feed now: notifications may have been lost. */
  notifyAll(): void;
  stop(): Promise<void>;
};

type FeedState = {
  /** By tenant id. */
  feeds: Map<string, Feed>;
  /** Tenants to read in the next pass. */
  due: Set<string>;
  /** Tenants to read again after the next poll, so that others do not wait for them. */
  failed: Set<string>;
  /** Null before the first poll. */
  polledTo: Checkpoint | null;
  /** On the clock of `performance.now()`. */
  nextPollMs: number;
};

/** Skips tenants without followers. */
function markDue({ feeds, due }: FeedState, tenantIds: Iterable<string>): void {
  for (const tenantId of tenantIds) if (feeds.has(tenantId)) due.add(tenantId);
}

/** Marks the tenants with new changes as due. */
async function poll(db: Db, state: FeedState): Promise<void> {
  const { feeds, due, failed } = state;
  markDue(state, failed);
  failed.clear();
  const seen = state.polledTo && (await tenantsAfter(db.sql, state.polledTo));
  if (seen?.status === 'current') {
    state.polledTo = seen.last;
    markDue(state, seen.tenantIds);
    // Feeds without changes advance too, or their checkpoints would be purged some day.
    for (const [tenantId, feed] of feeds) {
      if (!due.has(tenantId) && feed.reached.position < seen.last.position) feed.reached = seen.last;
    }
  } else {
    // The first poll, or a restored database: each feed checks its own checkpoint when it reads.
    state.polledTo = await lastCheckpoint(db.sql);
    markDue(state, feeds.keys());
  }
  state.nextPollMs = performance.now() + POLL_MS;
}

/** Reads one page. Nothing is awaited between advancing the feed and handing the changes out: `join` relies on it. */
async function readFeed(db: Db, { feeds, due }: FeedState, tenantId: string): Promise<void> {
  const feed = feeds.get(tenantId);
  if (!feed) return;
  try {
    const { changes, last, isLastPage } = await readChanges(tenantId as TenantId, db, feed.reached);
    feed.reached = last;
    feed.isFailing = false;
    for (const follower of feed.followers) follower.receive(changes);
    if (!isLastPage) due.add(tenantId);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (feeds.get(tenantId) === feed) feeds.delete(tenantId);
    for (const follower of feed.followers) follower.fail(error);
  }
}

async function readDueFeeds(db: Db, log: Log, state: FeedState): Promise<void> {
  const { due, failed, feeds } = state;
  const tenantIds = [...due];
  due.clear();
  const reader = async () => {
    for (let next = tenantIds.pop(); next !== undefined; next = tenantIds.pop()) {
      try {
        await readFeed(db, state, next);
      } catch (error) {
        failed.add(next);
        const feed = feeds.get(next);
        if (!feed || feed.isFailing) continue;
        feed.isFailing = true;
        log.warn({ err: error, tenantId: next }, 'live changes of a tenant: cannot be read, trying again');
      }
    }
  };
  await Promise.all(Array.from({ length: READERS }, reader));
}

export function startFeeds({ db, log }: { db: Db; log: Log }): Feeds {
  const state: FeedState = {
    feeds: new Map(),
    due: new Set(),
    failed: new Set(),
    polledTo: null,
    nextPollMs: 0,
  };
  const { feeds, due, failed } = state;

  const loop = startLoop({
    name: 'live changes',
    log,
    async runPass() {
      if (feeds.size === 0) {
        state.polledTo = null;
        state.nextPollMs = 0;
        due.clear();
        failed.clear();
        return POLL_MS;
      }
      if (performance.now() >= state.nextPollMs) await poll(db, state);
      await readDueFeeds(db, log, state);
      return due.size > 0 ? 0 : Math.max(state.nextPollMs - performance.now(), 0);
    },
  });

  function notify(tenantIds: Iterable<string>): void {
    markDue(state, tenantIds);
    if (due.size > 0) loop.wake();
  }

  return {
    join(tenantId, known, follower) {
      const feed = feeds.get(tenantId) ?? { reached: known, followers: new Set(), isFailing: false };
      if (!feeds.has(tenantId)) {
        feeds.set(tenantId, feed);
        notify([tenantId]);
      }
      feed.followers.add(follower);
      return {
        position: feed.reached.position,
        leave() {
          feed.followers.delete(follower);
          if (feed.followers.size === 0 && feeds.get(tenantId) === feed) feeds.delete(tenantId);
        },
      };
    },
    notify,
    notifyAll: () => notify(feeds.keys()),
    stop: () => loop.stop(),
  };
}
