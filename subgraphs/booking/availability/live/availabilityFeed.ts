/** The availability that equal subscriptions watch: computed once for each change, whoever follows. */
import { newId } from '@libs/db/ids';
import type { ResumableEvent } from '@libs/graphql/serveSubgraphSubscriptions';
import type { PushQueue } from '@libs/graphql/subscriptions/pushQueue';
import { badUserInput } from '@libs/outcome/apiErrors';
import { addDays } from '@libs/time/days';
import { closuresOfDay, type AvailableDay } from '../../closures/reads.ts';
import type { Context } from '../../context.ts';
import { MAX_BOOKING_DAYS } from '../../scheduling/durations.ts';
import { availability, countDays, type AvailabilityArgs } from '../reads.ts';
import { digestOf, type WatchedDates, type WatchedResource } from './signatures.ts';

/** Between two events of one resource. */
const MIN_EVENT_INTERVAL_MS = 250;

export type ChangedDays = { resourceId: string; days: AvailableDay[] };
export type AvailabilityEvent = ResumableEvent<ChangedDays>;

type ComputedDays = {
  days: AvailableDay[];
  /** A digest of each day, to tell which changed; null where followers have it in several forms, so that whatever comes next is a change. */
  digests: (string | null)[];
  /** When they were computed, in whole seconds: slots begin and end with one. */
  second: number;
};

type ResourceState = ComputedDays & { signature: string; sentMs: number };

export type AvailabilityFeed = WatchedDates & {
  followers: Set<PushQueue<AvailabilityEvent>>;
  /** In memory; before the first refresh an estimate. */
  slots(): number;
  /** Computes and sends what has another signature. Returns how long until more may be sent, undefined if nothing waits. */
  refresh(ctx: Context, signatures: ReadonlyMap<string, string>): Promise<number | undefined>;
  /** Refreshes, sends everything as it is now to a new follower, which from then on receives every change. */
  join(
    ctx: Context,
    signatures: ReadonlyMap<string, string>,
    queue: PushQueue<AvailabilityEvent>,
  ): Promise<void>;
};

/** A day of half hours. */
const USUAL_SLOTS_A_DAY = 48;

/** A digest of whatever a client may see of the day. */
const digestOfDay = async (ctx: Context, day: AvailableDay): Promise<string> =>
  digestOf([day.timezone, day.slots, await closuresOfDay(ctx, day)]);

const secondOf = ({ now }: Context): number => Math.floor(now.epochMilliseconds / 1_000);

const slotsOf = (days: readonly AvailableDay[]): number =>
  days.reduce((count, day) => count + day.slots.length, 0);

export function availabilityFeed(
  watched: readonly WatchedResource[],
  args: AvailabilityArgs,
): AvailabilityFeed {
  const id = newId();
  const states = new Map<string, ResourceState>();
  const followers = new Set<PushQueue<AvailabilityEvent>>();
  /** Equal cursors: equal states, so that those who have sent the same may share what follows. */
  let sequence = 0;
  let slots = watched.length * countDays(args) * USUAL_SLOTS_A_DAY;
  let running: Promise<unknown> = Promise.resolve();

  async function compute(ctx: Context, resourceId: string): Promise<ComputedDays> {
    const found = await availability(ctx, resourceId, args);
    const days = found.map((day) => ({ ...day, resourceId }));
    const digests = await Promise.all(days.map((day) => digestOfDay(ctx, day)));
    return { days, digests, second: secondOf(ctx) };
  }

  function send(resourceId: string, days: AvailableDay[]): void {
    sequence += 1;
    const event = { cursor: `${id}:${sequence}`, event: { resourceId, days } };
    for (const queue of followers) queue.push(event);
  }

  /** The resource is no longer theirs to see: its tenant was deactivated or deleted. */
  function endAll(): void {
    for (const queue of followers) queue.fail(badUserInput('booking.watchedUnknown'));
    followers.clear();
  }

  async function refreshNow(
    ctx: Context,
    signatures: ReadonlyMap<string, string>,
  ): Promise<number | undefined> {
    let waitMs: number | undefined;
    for (const { resourceId } of watched) {
      const signature = signatures.get(resourceId)!;
      const before = states.get(resourceId);
      if (before?.signature === signature) continue;
      const pauseMs = before ? before.sentMs + MIN_EVENT_INTERVAL_MS - performance.now() : 0;
      if (pauseMs > 0) {
        waitMs = Math.min(waitMs ?? pauseMs, pauseMs);
        continue;
      }
      const computed = await compute(ctx, resourceId);
      if (computed.days.length === 0) {
        endAll();
        return undefined;
      }
      const changed = computed.days.filter((_, index) => before?.digests[index] !== computed.digests[index]);
      const isSent = before !== undefined && changed.length > 0;
      if (isSent) send(resourceId, changed);
      states.set(resourceId, {
        ...computed,
        signature,
        sentMs: isSent ? performance.now() : (before?.sentMs ?? -Infinity),
      });
    }
    slots = [...states.values()].reduce((count, state) => count + slotsOf(state.days), 0);
    return waitMs;
  }

  /** The clock alone closes slots without another signature, and nothing is sent then: who joins gets them as they are now. */
  async function renewDays(ctx: Context): Promise<void> {
    for (const [resourceId, state] of states) {
      if (state.second === secondOf(ctx)) continue;
      const computed = await compute(ctx, resourceId);
      const digests = computed.digests.map((digest, index) =>
        digest === state.digests[index] ? digest : null,
      );
      // Without days, the next pass ends the feed.
      if (computed.days.length > 0) states.set(resourceId, { ...state, ...computed, digests });
    }
  }

  function sendAll(queue: PushQueue<AvailabilityEvent>): void {
    const all = [...states];
    for (const [index, [resourceId, { days }]] of all.entries()) {
      const isLast = index === all.length - 1;
      const cursor = isLast ? `${id}:${sequence}` : `${id}:${sequence}:${index}`;
      queue.push({ cursor, event: { resourceId, days } });
    }
    followers.add(queue);
  }

  /** One after the other: an older state must not overtake a newer one. */
  function inOrder<T>(work: () => Promise<T>): Promise<T> {
    const next = running.then(work);
    running = next.catch(() => {});
    return next;
  }

  const { from, to } = args;
  return {
    watched,
    dates: { from: addDays(from, -1), to: addDays(to ?? from, MAX_BOOKING_DAYS + 1) },
    followers,
    slots: () => slots,
    refresh: (ctx, signatures) => inOrder(() => refreshNow(ctx, signatures)),
    join: (ctx, signatures, queue) =>
      inOrder(async () => {
        await refreshNow(ctx, signatures);
        await renewDays(ctx);
        sendAll(queue);
      }),
  };
}
