/**
 * Live changes in one process: for each tenant that somebody follows one reader of the outbox, however many follow it.
 *
 * A reader looks when it is rung (by the relay, through Redis: `doorbell.ts`) and hands what it finds to all followers at once. A poll
 * for all tenants together finds what no ring told of: without Redis a change comes up to POLL_MS later, and none is missed.
 */
import type { TenantId } from '@libs/auth/tenantId';
import type { Db } from '@libs/db/connect';
import { outboxEnds, tenantsAfter, type OutboxCursor } from '@libs/events/outbox';
import { repeat } from '@libs/runtime/repeat';
import type { Log } from '@libs/telemetry/log';
import type { Position } from './cursors.ts';
import { readChanges, type Change } from './readChanges.ts';

/** How often the outbox is looked at without a ring, in milliseconds. */
export const POLL_MS = 1_000;
/** Tenants read at the same time. */
const READERS = 4;

/** Is handed every change of the tenant in order; must not throw. */
export type Follower = (changes: readonly Change[]) => void;

type Feed = { position: Position; followers: Set<Follower> };

export type Feeds = {
  /**
   * Hands the tenant's changes to `follower` from now on: all that lie after the returned position. `place`: up to where the follower
   * knows them, which may be before that position (the changes between are the follower's to read) or after it (some come again).
   */
  join(tenantId: TenantId, place: Position, follower: Follower): { position: Position; leave(): void };
  /** Looks for changes of these tenants at once; of tenants that nobody follows here nothing is read. */
  ring(tenantIds: Iterable<string>): void;
  /** Looks for changes of every tenant: rings may have been missed. */
  ringAll(): void;
  stop(): Promise<void>;
};

export function startFeeds({ db, log }: { db: Db; log: Log }): Feeds {
  const feeds = new Map<string, Feed>();
  const due = new Set<string>();
  let polledTo: OutboxCursor | null = null;
  let nextPollMs = 0;

  function ring(tenantIds: Iterable<string>): void {
    for (const tenantId of tenantIds) if (feeds.has(tenantId)) due.add(tenantId);
    if (due.size > 0) loop.wake();
  }

  async function poll(): Promise<void> {
    if (polledTo === null) {
      polledTo = (await outboxEnds(db.sql)).last;
      for (const tenantId of feeds.keys()) due.add(tenantId);
    } else {
      const { tenantIds, last } = await tenantsAfter(db.sql, polledTo);
      polledTo = last;
      for (const tenantId of tenantIds) if (feeds.has(tenantId)) due.add(tenantId);
    }
    nextPollMs = performance.now() + POLL_MS;
  }

  /** Reads on; the place moves on in the same step in which the changes are handed out. */
  async function read(tenantId: string): Promise<void> {
    const feed = feeds.get(tenantId);
    if (!feed) return;
    const { changes, last, isAll } = await readChanges(tenantId as TenantId, db, feed.position);
    feed.position = last;
    for (const follower of feed.followers) follower(changes);
    if (!isAll) due.add(tenantId);
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

  const loop = repeat({
    what: 'live changes',
    log,
    async pass() {
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
    join(tenantId, place, follower) {
      const feed = feeds.get(tenantId) ?? { position: place, followers: new Set() };
      if (!feeds.has(tenantId)) {
        feeds.set(tenantId, feed);
        ring([tenantId]);
      }
      feed.followers.add(follower);
      return {
        position: feed.position,
        leave() {
          feed.followers.delete(follower);
          if (feed.followers.size === 0 && feeds.get(tenantId) === feed) feeds.delete(tenantId);
        },
      };
    },
    ring,
    ringAll: () => ring(feeds.keys()),
    stop: () => loop.stop(),
  };
}
