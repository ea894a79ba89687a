import type { BookingRow } from '@drizzle/booking/tables';
import type { TenantId } from '@libs/auth/tenantId';
import { connect } from '@libs/db/connect';
import { testDatabase } from '@libs/testing/testDatabases';
import { fixedClock } from '@libs/time/clock';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { at, bookingInput, exampleDirectory, exampleTenant, times, valueOf } from '../../booking.fixtures.ts';
import type { CreateBookingInput } from '../../generated.ts';
import { changedRules } from '../../scheduling/wallClock.fixtures.ts';
import { NODE_RULES, type ZoneRules } from '../../scheduling/wallClock.ts';
import { cancelBooking } from '../cancelBooking.ts';
import { createBooking } from '../createBooking.ts';
import { extendBookingSeries } from '../series/extendBookingSeries.ts';
import { findBookings } from '../store.ts';
import { updateBooking } from '../updateBooking.ts';
import type { ClockMove, Obstacle } from './moveToWallClock.ts';
import { reconcileTime } from './reconcileTime.ts';

const { url, sql } = await testDatabase('booking');
const db = connect(url, { name: 'wall-clock' });
afterAll(() => db.close());
const directory = exampleDirectory();

const ZONE = 'America/Sao_Paulo';
/** From February on an hour ahead: bookings move an hour earlier. */
const AHEAD = changedRules(ZONE, '2027-02-01T03:00Z', 60);
const BEHIND = changedRules(ZONE, '2027-02-01T03:00Z', -60);
const DAY = '2027-02-03';

beforeEach(async () => {
  await sql`truncate bookings, holds, booking_series, outbox cascade`;
});

function setup() {
  const tenant = exampleTenant(db, directory, { advanceBookingDays: 90 });
  const staff = tenant.user({ canManageBookings: true });
  const room = tenant.resource();
  const book = async (parts: Partial<CreateBookingInput> = {}, of = room): Promise<BookingRow[]> =>
    valueOf(
      await createBooking(tenant.as(staff), bookingInput(of, { ...times('10:00', '11:00', DAY), ...parts })),
    ).bookings;
  const startsOf = async (rows: readonly BookingRow[]) => {
    const found = await findBookings(
      tenant.id,
      db,
      rows.map(({ id }) => id),
    );
    return rows.map(({ id }) => String(found.find((one) => one.id === id)!.startTime).slice(5, 16));
  };
  return { tenant, staff, room, book, startsOf };
}

async function reconcile(rules: ZoneRules, isApplied = true) {
  const reports: { id: string; to: string; obstacle: Obstacle | { kind: 'busy' } | undefined }[] = [];
  const counts = await reconcileTime({
    db,
    clock: fixedClock('2027-01-04T12:00Z'),
    rules,
    zoneOf: async (id: TenantId) => directory.tenants.get(id)?.settings.timezone,
    resources: async (ids) =>
      new Map(
        ids.flatMap((id) => (directory.resourceById.has(id) ? [[id, directory.resourceById.get(id)!]] : [])),
      ),
    isApplied,
    report: ({ row, next }: ClockMove, obstacle) =>
      reports.push({ id: row.id, to: String(next.startTime).slice(5, 16), obstacle }),
  });
  return { counts, reports };
}

const eventsOf = (type: string) =>
  sql<{ payload: Record<string, unknown>; actor: unknown }[]>`
    select payload, actor from outbox where event_type = ${type} order by arrival`;

it('a new booking and a moved one have the wall clock of the tenant’s zone', async () => {
  const { tenant, staff, book } = setup();
  const [booking] = await book();
  const clockOf = async () =>
    (
      await sql`select local_start::text, local_end::text, timezone from bookings where id = ${booking!.id}`
    )[0];
  expect(await clockOf()).toEqual({
    local_start: '2027-02-03 10:00:00',
    local_end: '2027-02-03 11:00:00',
    timezone: ZONE,
  });
  const move = { id: booking!.id, ...times('15:00', '15:30', DAY) };
  valueOf(await updateBooking(tenant.as(staff), move));
  expect(await clockOf()).toMatchObject({
    local_start: '2027-02-03 15:00:00',
    local_end: '2027-02-03 15:30:00',
  });
});

it('a process of the release before that moves a booking leaves its wall clock unknown', async () => {
  const { book } = setup();
  const [booking] = await book();
  await sql.begin(async (tx) => {
    await tx`update allocations set start_time = start_time + interval '1 hour', end_time = end_time + interval '1 hour',
      occupied = tstzrange(start_time + interval '1 hour', end_time + interval '1 hour') where booking_id = ${booking!.id}`;
    await tx`update bookings set start_time = start_time + interval '1 hour', end_time = end_time + interval '1 hour'
      where id = ${booking!.id}`;
  });
  expect((await sql`select local_start::text, timezone from bookings where id = ${booking!.id}`)[0]).toEqual({
    local_start: null,
    timezone: null,
  });
});

describe('without a change of the rules', () => {
  it('nothing moves, and unknown wall clocks are noted', async () => {
    const { book } = setup();
    await book();
    await book({ ...times('12:00', '13:00', DAY), recurrence: { frequency: 'DAILY', count: 3 } });
    const before = await sql`select * from bookings order by id`;
    await sql`update bookings set local_start = null, local_end = null, timezone = null`;
    expect((await reconcile(NODE_RULES, false)).counts).toMatchObject({ upcoming: 4, noted: 4, moved: 0 });
    expect(await sql`select from bookings where timezone is not null`).toHaveLength(0);
    expect((await reconcile(NODE_RULES)).counts).toEqual({ upcoming: 4, noted: 4, moved: 0, obstructed: 0 });
    expect(await sql`select * from bookings order by id`).toEqual(before);
    expect((await reconcile(NODE_RULES)).counts).toMatchObject({ noted: 0, moved: 0 });
  });
});

describe('after the rules of the zone have changed', () => {
  it('moves the bookings after the change, once, with an event by the system', async () => {
    const { book, startsOf } = setup();
    const [january] = await book(times('10:00', '11:00', '2027-01-06'));
    const [february] = await book();
    const before = await eventsOf('booking.updated');
    expect((await reconcile(AHEAD)).counts).toMatchObject({ moved: 1, obstructed: 0 });
    expect(await startsOf([january!, february!])).toEqual(['01-06T13:00', '02-03T12:00']);
    const events = (await eventsOf('booking.updated')).slice(before.length);
    expect(events).toMatchObject([
      {
        actor: { kind: 'system', id: null },
        payload: {
          booking_id: february!.id,
          booking_version: 2,
          changes: { start_time: { from: '2027-02-03T13:00:00.000Z', to: '2027-02-03T12:00:00.000Z' } },
        },
      },
    ]);
    const [row] = await sql`select local_start::text, timezone from bookings where id = ${february!.id}`;
    expect(row).toEqual({ local_start: '2027-02-03 10:00:00', timezone: ZONE });
    expect((await reconcile(AHEAD)).counts).toMatchObject({ moved: 0, noted: 0 });
  });

  it('a dry run changes nothing and says the same', async () => {
    const { book, startsOf } = setup();
    const [booking] = await book();
    const { counts, reports } = await reconcile(AHEAD, false);
    expect(counts).toMatchObject({ moved: 1, obstructed: 0 });
    expect(reports).toEqual([{ id: booking!.id, to: '02-03T12:00', obstacle: undefined }]);
    expect(await startsOf([booking!])).toEqual(['02-03T13:00']);
  });

  it.each([
    ['ahead', AHEAD, ['02-03T11:00', '02-03T12:00', '02-03T13:00']],
    ['behind', BEHIND, ['02-03T13:00', '02-03T14:00', '02-03T15:00']],
  ])('moves bookings that follow each other: the clock is now %s', async (_, rules, expected) => {
    const { tenant, book, startsOf } = setup();
    const teacher = tenant.resource();
    const rows = [
      ...(await book(times('09:00', '10:00', DAY))),
      ...(await book({ ...times('10:00', '11:00', DAY), additionalResources: [{ resourceId: teacher }] })),
      ...(await book(times('11:00', '12:00', DAY))),
    ];
    expect((await reconcile(rules, false)).counts).toMatchObject({ moved: 3, obstructed: 0 });
    expect((await reconcile(rules)).counts).toMatchObject({ moved: 3, obstructed: 0 });
    expect(await startsOf(rows)).toEqual(expected);
    const [stray] = await sql`
      select count(*)::int as n from allocations a join bookings b on b.id = a.booking_id where a.start_time <> b.start_time`;
    expect(stray!['n']).toBe(0);
  });

  it('leaves a booking where it is if another has its time, and names that one', async () => {
    const { tenant, book, startsOf } = setup();
    const [booking] = await book();
    // Made by the new rules, in a zone that they leave alone.
    tenant.profile.settings.timezone = 'America/Bahia';
    const [other] = await book(times('09:00', '10:00', DAY));
    const conflict = { kind: 'conflict', bookingIds: [other!.id], holds: 0 };
    for (const isApplied of [false, true]) {
      const { counts, reports } = await reconcile(AHEAD, isApplied);
      expect(counts).toMatchObject({ moved: 0, obstructed: 1 });
      expect(reports).toEqual([{ id: booking!.id, to: '02-03T12:00', obstacle: conflict }]);
    }
    expect(await startsOf([booking!, other!])).toEqual(['02-03T13:00', '02-03T12:00']);
    valueOf(await cancelBooking(tenant.as(tenant.administrator()), { id: other!.id }));
    expect((await reconcile(AHEAD)).counts).toMatchObject({ moved: 1, obstructed: 0 });
  });

  it('reports a booking whose zone the rules do not know, and moves the others', async () => {
    const { tenant, book, startsOf } = setup();
    const [booking] = await book();
    tenant.profile.settings.timezone = 'America/Bahia';
    const [other] = await book(times('16:00', '17:00', DAY));
    const rules: ZoneRules = {
      ...AHEAD,
      localOf(instant, zone) {
        if (zone === 'America/Bahia') throw new RangeError('Invalid time zone');
        return AHEAD.localOf(instant, zone);
      },
    };
    const { counts, reports } = await reconcile(rules);
    expect(counts).toMatchObject({ moved: 1, obstructed: 1 });
    expect(reports).toContainEqual({ id: other!.id, to: '02-03T19:00', obstacle: { kind: 'unknownZone' } });
    expect(await startsOf([booking!, other!])).toEqual(['02-03T12:00', '02-03T19:00']);
  });

  it('keeps the seats of classes and shared resources, also where the capacity was lowered', async () => {
    const { tenant, book, startsOf } = setup();
    const studio = tenant.resource({ bookingMode: 'SHARED', capacity: 4 });
    const yoga = tenant.resource({ bookingMode: 'SESSION', capacity: 4 });
    const [ana, bia] = [tenant.user(), tenant.user()];
    const rows = [
      ...(await book({ seats: 3 }, studio)),
      ...(await book({ ...times('10:30', '11:30', DAY) }, studio)),
      ...(await book({ clientId: ana.userId, seats: 2 }, yoga)),
      ...(await book({ clientId: bia.userId, seats: 2 }, yoga)),
    ];
    const hall = tenant.resource({ bookingMode: 'SHARED', capacity: 4 });
    rows.push(...(await book({ seats: 4 }, hall)));
    directory.resourceById.get(hall)!.capacity = 3;
    expect((await reconcile(BEHIND)).counts).toMatchObject({ moved: 5, obstructed: 0 });
    const [ten, halfPastTen] = ['02-03T14:00', '02-03T14:30'];
    expect(await startsOf(rows)).toEqual([ten, halfPastTen, ten, ten, ten]);
    expect((await sql`select seats::text from allocations where resource_id = ${hall}`)[0]).toEqual({
      seats: '{[1,5)}',
    });
    expect((await sql`select from allocations where session is not null`).length).toBe(2);
  });

  it('moves the rest of a series, its exceptions too, and back, so that an extension repeats no occurrence', async () => {
    const { tenant, staff, book, startsOf } = setup();
    const rows = await book({
      ...times('10:00', '11:00', '2027-01-27'),
      recurrence: { frequency: 'WEEKLY', count: 4 },
    });
    const moved = { id: rows[3]!.id, startTime: at('2027-02-18T16:00'), endTime: at('2027-02-18T17:00') };
    valueOf(await updateBooking(tenant.as(staff), moved));
    await sql`update bookings set local_start = null, local_end = null, timezone = null where id = ${rows[1]!.id}`;
    expect((await reconcile(AHEAD)).counts).toMatchObject({ moved: 3, obstructed: 0 });
    expect(await startsOf(rows)).toEqual(['01-27T13:00', '02-03T12:00', '02-10T12:00', '02-18T18:00']);
    const originals = await sql<{ at: string }[]>`
      select to_char(original_start at time zone 'UTC', 'MM-DD"T"HH24:MI') as at from bookings order by original_start`;
    expect(originals.map(({ at: start }) => start)).toEqual([
      '01-27T13:00',
      '02-03T12:00',
      '02-10T12:00',
      '02-17T12:00',
    ]);
    expect((await reconcile(AHEAD)).counts).toMatchObject({ moved: 0, noted: 0 });
    expect((await reconcile(NODE_RULES)).counts).toMatchObject({ moved: 3, noted: 0 });
    expect(await startsOf(rows)).toEqual(['01-27T13:00', '02-03T13:00', '02-10T13:00', '02-18T19:00']);
    const seriesId = rows[0]!.seriesId!;
    const extended = valueOf(await extendBookingSeries(tenant.as(staff), { seriesId, count: 1 }));
    expect(extended.bookings.map(({ startTime }) => String(startTime).slice(5, 10))).toEqual(['02-24']);
  });
});

it('bookings that are made meanwhile keep their time, and none overlap', async () => {
  const { tenant, book } = setup();
  const hours = ['08', '09', '10', '11', '12', '13', '14', '15'];
  for (const hour of hours) await book(times(`${hour}:00`, `${hour}:30`, DAY));
  const caller = tenant.user();
  const room = (await sql`select resource_id as id from bookings limit 1`)[0]!['id'] as string;
  const [{ counts }] = await Promise.all([
    reconcile(changedRules(ZONE, '2027-02-01T03:00Z', -30)),
    ...hours.map((hour) =>
      createBooking(tenant.as(caller), bookingInput(room, times(`${hour}:30`, `${hour}:59`, DAY))),
    ),
  ]);
  expect(counts.moved + counts.obstructed).toBeGreaterThanOrEqual(hours.length);
  const [stray] = await sql`
    select count(*)::int as n from allocations a join bookings b on b.id = a.booking_id
    where a.start_time <> b.start_time or a.end_time <> b.end_time`;
  expect(stray!['n']).toBe(0);
});
