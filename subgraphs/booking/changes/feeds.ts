/**
 * Live changes in one process: for each tenant that somebody follows one reader of the outbox, however many follow it.
 *
 * A reader looks when it is rung (by the relay, through Redis: `changeNotifier.ts`) and hands what it finds to all followers at once. A poll
 * for all tenants together finds what no ring told of: without Redis a change comes up to POLL_MS later, and none is missed.
 */
import type { TenantId } from '@libs/auth/tenantId';
import type { Db } from '@libs/db/connect';
import { lastCheckpoint, type Checkpoint } from '@libs/events/history';
import { tenantsAfter } from '@libs/events/outbox';
import { startLoop } from '@libs/runtime/backgroundLoop';
import { ApiError } from '@libs/outcome/apiErrors';
import type { Log } from '@libs/telemetry/log';
import type { Position } from './cursors.ts';
import { readChanges, type Change } from './readChanges.ts';

/** How often the outbox is looked at without a ring, in milliseconds. */
export const POLL_MS = 1_000;
/** Tenants read at the same time. */
const READERS = 4;

/** One who follows a tenant's changes. Must not throw. */
export type Follower = {
  /** Is handed every change of the tenant, in order. */
  take(changes: readonly Change[]): void;
  /** No more comes: what the follower knows is not of this history of the outbox. Called once, at the end. */
  fail(error: ApiError): void;
};

/** `reached`: every change of the tenant up to there was handed out. */
type Feed = { reached: Checkpoint; followers: Set<Follower> };

export type Feeds = {
  /**
   * Hands the tenant's changes to `follower` from now on: all that lie after the returned position. `known`: up to where the follower
   * knows them, which may be before that position (the changes between are the follower's to read) or after it (some come again).
   */
  join(tenantId: TenantId, known: Checkpoint, follower: Follower): { position: Position; leave(): void };
  /** Looks for changes of these tenants at once; of tenants that nobody follows here nothing is read. */
  notify(tenantIds: Iterable<string>): void;
  /** Looks for changes of every tenant: rings may have been missed. */
  notifyAll(): void;
  stop(): Promise<void>;
};

export function startFeeds({ db, log }: { db: Db; log: Log }): Feeds {
  const feeds = new Map<string, Feed>();
  const due = new Set<string>();
  let polledTo: Checkpoint | null = null;
  let nextPollMs = 0;

  function notify(tenantIds: Iterable<string>): void {
    for (const tenantId of tenantIds) if (feeds.has(tenantId)) due.add(tenantId);
    if (due.size > 0) loop.wake();
  }

  async function poll(): Promise<void> {
    const seen = polledTo && (await tenantsAfter(db.sql, polledTo));
    if (seen?.status === 'current') {
      polledTo = seen.last;
      for (const tenantId of seen.tenantIds) if (feeds.has(tenantId)) due.add(tenantId);
      // A tenant without news keeps up, or its feed would stand where changes are no longer kept.
      for (const [tenantId, feed] of feeds) {
        if (!due.has(tenantId) && feed.reached.position < polledTo.position) feed.reached = polledTo;
      }
    } else {
      // The first look, or the database was replaced: each feed finds out by itself whether it may go on.
      polledTo = await lastCheckpoint(db.sql);
      for (const tenantId of feeds.keys()) due.add(tenantId);
    }
    nextPollMs = performance.now() + POLL_MS;
  }

  /** Reads on; the feed moves on in the same step in which the changes are handed out. */
  async function read(tenantId: string): Promise<void> {
    const feed = feeds.get(tenantId);
    if (!feed) return;
    try {
      const { changes, last, isAll } = await readChanges(tenantId as TenantId, db, feed.reached);
      feed.reached = last;
      for (const follower of feed.followers) follower.take(changes);
      if (!isAll) due.add(tenantId);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (feeds.get(tenantId) === feed) feeds.delete(tenantId);
      for (const follower of feed.followers) follower.fail(error);
    }
  }

  async function readDue(): Promise<void> {
    const tenantIds = [...due];
    due.clear();
    const reader = async () => {
      for (let next = tenantIds.pop(); next !== undefined; next = tenantIds.pop()) {
        try {
          await read(next);
        } catch (error) {
          due.add(next);
          throw error;
        }
      }
    };
    // All of them end before the next pass: no feed is read twice at a time.
    const readers = await Promise.allSettled(Array.from({ length: READERS }, reader));
    for (const tenantId of tenantIds) due.add(tenantId);
    const failed = readers.find((one) => one.status === 'rejected');
    if (failed) throw failed.reason;
  }

  const loop = startLoop({
    name: 'live changes',
    log,
    async runPass() {
      if (feeds.size === 0) {
        polledTo = null;
        nextPollMs = 0;
        due.clear();
        return POLL_MS;
      }
      if (performance.now() >= nextPollMs) await poll();
      await readDue();
      return due.size > 0 ? 0 : Math.max(nextPollMs - performance.now(), 0);
    },
  });

  return {
    join(tenantId, known, follower) {
      const feed = feeds.get(tenantId) ?? { reached: known, followers: new Set() };
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
