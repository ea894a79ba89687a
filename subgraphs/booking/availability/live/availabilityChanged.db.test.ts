import { ApiError } from '@libs/outcome/apiErrors';
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { silentLog } from '@libs/telemetry/log';
import { testDatabase } from '@libs/testing/testDatabases';
import { pushQueue } from '@libs/graphql/subscriptions/pushQueue';
import { localTime } from '@libs/time/localTimes';
import { Temporal } from 'temporal-polyfill';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bookingInput, exampleDirectory, exampleTenant, times, valueOf } from '../../booking.fixtures.ts';
import { cancelBooking } from '../../bookings/cancelBooking.ts';
import { createBooking } from '../../bookings/createBooking.ts';
import { createClosures } from '../../closures/createClosures.ts';
import { deleteClosure } from '../../closures/deleteClosure.ts';
import { updateClosure } from '../../closures/updateClosure.ts';
import type { Context } from '../../context.ts';
import { createHold } from '../../holds/createHold.ts';
import { sweepExpiredHolds } from '../../holds/endExpiredHolds.ts';
import { availabilityChanged } from './availabilityChanged.ts';
import type { AvailabilityEvent, ChangedDays } from './availabilityFeed.ts';
import { startLiveAvailability } from './liveAvailability.ts';

const { url, sql } = await testDatabase('booking');
const db = connect(url, { name: 'live' });
const directory = exampleDirectory();
let now = Temporal.Instant.from('2027-01-04T12:00Z');
let tenant: ReturnType<typeof exampleTenant>;
let room: string;
const live = startLiveAvailability({
  db,
  renew: (ctx) => tenant.as(ctx.caller, { now }),
  log: silentLog(),
});
afterAll(async () => {
  await live.stop();
  await db.close();
});

const open: AsyncIterableIterator<AvailabilityEvent>[] = [];
beforeEach(() => {
  now = Temporal.Instant.from('2027-01-04T12:00Z');
  tenant = exampleTenant(db, directory);
  room = tenant.resource();
});
afterEach(async () => {
  for (const one of open.splice(0)) await one.return?.();
});

const anonymous = { kind: 'anonymous' } as const;
const date = (text: string) => Temporal.PlainDate.from(text);
const DAYS = { from: date('2027-01-06'), to: date('2027-01-07') };
const ctx = (caller: Context['caller'] = tenant.user()) => tenant.as(caller, { now });

async function watch(input: object = {}, caller: Context['caller'] = anonymous) {
  const events = await availabilityChanged(ctx(caller), live, { resourceIds: [room], ...DAYS, ...input });
  open.push(events);
  const cursors: string[] = [];
  return {
    cursors,
    async next(): Promise<ChangedDays> {
      for (;;) {
        const { value } = (await events.next()) as { value: AvailabilityEvent };
        cursors.push(value.cursor);
        if (value.event) return value.event;
      }
    },
  };
}
/** Dates with the number of available slots. */
const shown = ({ days }: ChangedDays) =>
  days.map(
    (day) => `${day.date.toString()} ${day.slots.filter((slot) => slot.unavailableReason === null).length}`,
  );

const FREE = 20;

describe('availabilityChanged', () => {
  it('sends the whole state first, then only the days that bookings and cancellations change', async () => {
    const watcher = await watch();
    expect(shown(await watcher.next())).toEqual([`2027-01-06 ${FREE}`, `2027-01-07 ${FREE}`]);
    const { bookings } = valueOf(await createBooking(ctx(), bookingInput(room)));
    live.notify();
    expect(shown(await watcher.next())).toEqual([`2027-01-06 ${FREE - 2}`]);
    // Without a message too, by the poll.
    valueOf(await cancelBooking(ctx(tenant.administrator()), { id: bookings[0]!.id }));
    expect(shown(await watcher.next())).toEqual([`2027-01-06 ${FREE}`]);
  });

  it('follows holds, closures, schedules and settings, and a new local date', async () => {
    const watcher = await watch();
    await watcher.next();
    valueOf(await createHold(ctx(), bookingInput(room, times('10:00', '11:00', '2027-01-07'))));
    expect(shown(await watcher.next())).toEqual([`2027-01-07 ${FREE - 2}`]);
    now = now.add({ minutes: 10 });
    await sweepExpiredHolds(db, now);
    expect(shown(await watcher.next())).toEqual([`2027-01-07 ${FREE}`]);

    valueOf(
      await createClosures(ctx(tenant.administrator()), {
        closures: [{ name: 'Feriado', from: date('2027-01-06'), to: date('2027-01-06') }],
      }),
    );
    expect(shown(await watcher.next())).toEqual(['2027-01-06 0']);
    tenant.profile.settings.bookingInterval = 60;
    expect(shown(await watcher.next())).toEqual(['2027-01-06 0', `2027-01-07 ${FREE / 2}`]);
    directory.resourceById.set(room, { ...directory.resourceById.get(room)!, isActive: false });
    expect(shown(await watcher.next())).toEqual(['2027-01-06 0', '2027-01-07 0']);
  });

  it('follows the closures of a day, whose slots they leave as they are', async () => {
    const named = () =>
      sql`select id, name from closures where tenant_id = ${tenant.id} order by name`.then(([row]) => row!);
    const boss = () => ctx(tenant.administrator());
    const watcher = await watch();
    await watcher.next();
    const closure = { name: 'A', from: date('2027-01-06'), to: date('2027-01-06') };
    valueOf(await createClosures(boss(), { closures: [closure] }));
    expect(shown(await watcher.next())).toEqual(['2027-01-06 0']);
    const { id } = await named();
    now = now.add({ seconds: 1 });
    valueOf(await updateClosure(boss(), { id, name: 'B' }));
    expect(shown(await watcher.next())).toEqual(['2027-01-06 0']);
    valueOf(await createClosures(boss(), { closures: [{ ...closure, name: 'C' }] }));
    expect(shown(await watcher.next())).toEqual(['2027-01-06 0']);
    valueOf(await deleteClosure(boss(), id));
    expect(shown(await watcher.next())).toEqual(['2027-01-06 0']);
    expect((await named())['name']).toBe('C');
  });

  it('follows two changes of a closure that bear the same time', async () => {
    const boss = ctx(tenant.administrator());
    const watcher = await watch({ to: DAYS.from });
    await watcher.next();
    const morning = { name: 'A', from: DAYS.from, to: DAYS.from, endTime: localTime('10:00')! };
    const { closures } = valueOf(await createClosures(boss, { closures: [morning] }));
    live.notify();
    expect(shown(await watcher.next())).toEqual(['2027-01-06 16']);
    valueOf(await updateClosure(boss, { id: closures[0]!.id, endTime: localTime('12:00') }));
    live.notify();
    expect(shown(await watcher.next())).toEqual(['2027-01-06 12']);
  });

  it('reaches those who come while the last one leaves', async () => {
    const follow = () => {
      const queue = pushQueue<AvailabilityEvent>({ limit: 10, onOverflow: () => {} });
      const watched = [{ tenantId: tenant.id, resourceId: room }];
      return { queue, joined: live.follow(ctx(anonymous), { key: room, watched, args: DAYS }, queue) };
    };
    const { leave } = await follow().joined;
    // Joins the feed of the first, which leaves before the second has read its state.
    const second = follow();
    leave();
    const third = follow();
    const joined = await Promise.all([second.joined, third.joined]);
    for (const { queue } of [second, third]) await queue.take(1);
    valueOf(await createBooking(ctx(), bookingInput(room)));
    live.notify();
    for (const { queue } of [second, third]) {
      const [event] = (await queue.take(1)) ?? [];
      expect(shown(event!.event!)).toEqual([`2027-01-06 ${FREE - 2}`]);
    }
    for (const one of joined) one.leave();
  });

  it('refuses one tenant more slots than its share, until others leave', async () => {
    const resourceIds = Array.from({ length: 50 }, () => tenant.resource());
    const many = (seats: number) => watch({ resourceIds, to: date('2027-01-19'), seats });
    const outcomes = await Promise.allSettled([1, 2, 3, 4, 5, 6, 7, 8].map(many));
    expect(outcomes.map(({ status }) => status)).toEqual([...Array<string>(7).fill('fulfilled'), 'rejected']);
    expect(outcomes.at(-1)).toMatchObject({ reason: { code: 'SERVICE_UNAVAILABLE' } });
    const elsewhere = exampleTenant(db, directory);
    await watch({ resourceIds: [elsewhere.resource()] });
    await many(1);
    for (const one of open.splice(0)) await one.return?.();
    await many(8);
  });

  it('sends nothing when the clock alone closes slots, but at the start of a local date', async () => {
    const watcher = await watch({ from: date('2027-01-04'), to: date('2027-01-04') });
    const before = shown(await watcher.next());
    let hasMore = false;
    const next = watcher.next().then((event) => ((hasMore = true), event));
    now = Temporal.Instant.from('2027-01-04T15:00Z');
    live.notify();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(hasMore).toBe(false);
    now = Temporal.Instant.from('2027-01-05T03:00Z');
    expect(shown(await next)).toEqual(['2027-01-04 0']);
    expect(before).not.toEqual(['2027-01-04 0']);
  });

  it('sends who comes later the slots as the clock has them, under the same cursor', async () => {
    const day = { from: date('2027-01-04'), to: date('2027-01-04') };
    const first = await watch(day);
    const before = shown(await first.next());
    now = Temporal.Instant.from('2027-01-04T18:00Z');
    const late = await watch(day);
    const after = shown(await late.next());
    expect([before, after]).toEqual([['2027-01-04 18'], ['2027-01-04 6']]);
    expect(late.cursors.at(-1)).toBe(first.cursors.at(-1));
  });

  it('sends a day that changes back to what only the earlier ones have', async () => {
    const early = await watch();
    const before = shown(await early.next());
    now = now.add({ seconds: 1 });
    // While the state of whoever comes later is computed, a booking is made.
    const made: string[] = [];
    const { busyCache } = directory;
    directory.busyCache = {
      ...busyCache,
      async get(entries) {
        directory.busyCache = busyCache;
        const { bookings } = valueOf(await createBooking(ctx(), bookingInput(room)));
        made.push(bookings[0]!.id);
        return busyCache.get(entries);
      },
    };
    const late = await watch();
    expect([before, shown(await late.next())]).toEqual([
      [`2027-01-06 ${FREE}`, `2027-01-07 ${FREE}`],
      [`2027-01-06 ${FREE - 2}`, `2027-01-07 ${FREE}`],
    ]);
    valueOf(await cancelBooking(ctx(tenant.administrator()), { id: made[0]! }));
    live.notify();
    let last: string[];
    do last = shown(await late.next());
    while (last[0] !== before[0]);
  });

  it('computes once for each change, however many watch, and gives them equal cursors', async () => {
    const watchers = await Promise.all(Array.from({ length: 50 }, () => watch()));
    await Promise.all(watchers.map((one) => one.next()));
    valueOf(await createBooking(ctx(), bookingInput(room)));
    live.notify();
    const events = await Promise.all(watchers.map((one) => one.next()));
    expect(new Set(events).size).toBe(1);
    expect(new Set(watchers.map(({ cursors }) => cursors.at(-1))).size).toBe(1);
    // One who comes later gets the state as it is, and then has sent the same as the others.
    const late = await watch();
    expect(shown(await late.next())).toEqual([`2027-01-06 ${FREE - 2}`, `2027-01-07 ${FREE}`]);
    expect(late.cursors.at(-1)).toBe(watchers[0]!.cursors.at(-1));
    expect(late.cursors[0]).not.toBe(late.cursors.at(-1));
  });

  it('joins changes of one resource that follow each other quickly', async () => {
    const watcher = await watch();
    await watcher.next();
    const starts = Array.from({ length: 10 }, (_, index) => String(8 + index).padStart(2, '0'));
    for (const start of starts) {
      const end = String(Number(start) + 1).padStart(2, '0');
      valueOf(await createBooking(ctx(), bookingInput(room, times(`${start}:00`, `${end}:00`))));
      live.notify();
    }
    let events = 0;
    for (let last = ''; last !== '2027-01-06 0'; events += 1) [last = ''] = shown(await watcher.next());
    expect(events).toBeLessThan(10);
  });

  it.each<[string, () => object]>([
    ['no resource', () => ({ resourceIds: [] })],
    ['more than 50 resources', () => ({ resourceIds: Array.from({ length: 51 }, newId) })],
    ['an unknown resource', () => ({ resourceIds: [newId()] })],
    ['a deleted resource', () => ({ resourceIds: [tenant.resource({ isActive: false, isDeleted: true })] })],
    ['resources of two tenants', () => ({ resourceIds: [room, exampleTenant(db, directory).resource()] })],
    ['reversed days', () => ({ to: date('2027-01-05') })],
    ['more than 14 days', () => ({ to: date('2027-01-20') })],
    ['no seat', () => ({ seats: 0 })],
  ])('refuses %s with BAD_USER_INPUT', async (_, input) => {
    await expect(watch(input())).rejects.toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
    await expect(watch(input())).rejects.toBeInstanceOf(ApiError);
  });

  it('ends for visitors when the tenant is deactivated, and goes on for its own users', async () => {
    const [visitor, own] = [await watch(), await watch({}, tenant.user())];
    await visitor.next();
    await own.next();
    tenant.profile.isActive = false;
    live.notify();
    await expect(visitor.next()).rejects.toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
    expect(shown(await own.next())).toEqual(['2027-01-06 0', '2027-01-07 0']);
    tenant.profile.isActive = true;
    live.notify();
    expect(shown(await own.next())).toEqual([`2027-01-06 ${FREE}`, `2027-01-07 ${FREE}`]);
    expect(shown(await (await watch()).next())).toEqual([`2027-01-06 ${FREE}`, `2027-01-07 ${FREE}`]);
  });

  it('is for visitors of active tenants, and for the own users of others', async () => {
    tenant.profile.isActive = false;
    await expect(watch()).rejects.toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
    const watcher = await watch({}, tenant.user());
    expect(shown(await watcher.next())).toEqual(['2027-01-06 0', '2027-01-07 0']);
    const stranger = exampleTenant(db, directory).user();
    await expect(watch({}, stranger)).rejects.toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
  });
});
