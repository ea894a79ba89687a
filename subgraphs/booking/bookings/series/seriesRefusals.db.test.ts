import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { NO_OWN_RULES } from '@libs/directory/bookingRules';
import { testDatabase } from '@libs/testing/testDatabases';
import { Temporal } from 'temporal-polyfill';
import { afterAll, describe, expect, it } from 'vitest';
import { codesOf, exampleDirectory, times, valueOf } from '../../booking.fixtures.ts';
import { cancelBooking } from '../cancelBooking.ts';
import { createClosures } from '../../closures/createClosures.ts';
import { seriesSetup } from './series.fixtures.ts';
import { updateBooking } from '../updateBooking.ts';
import { updateBookingSeries } from './updateBookingSeries.ts';

const { url } = await testDatabase('booking');
const db = connect(url, { name: 'seriesRefusals' });
afterAll(() => db.close());
const directory = exampleDirectory();
const setup = (parts: Parameters<typeof seriesSetup>[2] = {}) => seriesSetup(db, directory, parts);

describe('what is refused', () => {
  it('REFUSE: all or none, with every reason, and nothing is written', async () => {
    const { ctx, ids, book, written, instantAt } = await setup();
    const inTheWay = await book(times('17:00', '18:00', '2027-01-13'));
    const before = await written();
    const outcome = await updateBookingSeries(ctx(), {
      bookingId: ids[0]!,
      scope: 'ALL',
      ...times('17:30', '18:30'),
    });
    expect(codesOf(outcome)).toEqual(['CONFLICT', ...Array<string>(4).fill('OUTSIDE_WORKING_HOURS')]);
    const refusals = outcome.ok ? [] : outcome.refusals;
    expect(refusals[0]!.occurrence!.startTime).toEqual(instantAt('2027-01-06T17:30'));
    expect(refusals.at(-1)!.conflict!.bookings.map(({ bookingId }) => bookingId)).toEqual([inTheWay.id]);
    expect(await written()).toEqual(before);
  });

  it('names at most 100 broken rules', async () => {
    const { ctx, ids } = await setup({ recurrence: { frequency: 'DAILY', count: 120 } });
    const outcome = await updateBookingSeries(ctx(), {
      bookingId: ids[0]!,
      scope: 'ALL',
      ...times('06:00', '07:00'),
    });
    expect(codesOf(outcome)).toEqual(Array(100).fill('OUTSIDE_WORKING_HOURS'));
  });

  it('the window of each occurrence, for callers who are not staff', async () => {
    const { tenant, caller, staff, ids, written, bookings } = await setup();
    const now = bookings[0]!.startTime.subtract({ hours: 23 });
    const before = await written();
    const move = { bookingId: ids[1]!, scope: 'ALL', ...times('12:00', '13:00', '2027-01-13') } as const;
    const outcome = await updateBookingSeries(tenant.as(caller, { now }), move);
    expect(outcome).toMatchObject({
      refusals: [
        {
          code: 'CANCELLATION_WINDOW_CLOSED',
          field: ['input', 'bookingId'],
          occurrence: { startTime: bookings[0]!.startTime },
        },
      ],
    });
    expect(await written()).toEqual(before);
    valueOf(await updateBookingSeries(tenant.as(caller, { now }), { ...move, scope: 'FOLLOWING' }));
    valueOf(
      await updateBookingSeries(tenant.as(staff, { now }), {
        ...move,
        bookingId: ids[0]!,
        scope: 'ALL',
        ...times('12:00', '13:00'),
      }),
    );
  });

  it('a resource that requires approval, once occurrences were confirmed without one, except for staff', async () => {
    const { tenant, ctx, asStaff, ids, written } = await setup({ rules: { autoConfirm: true } });
    const resourceId = tenant.resource({ rules: { ...NO_OWN_RULES, autoConfirm: false } });
    const before = await written();
    const move = { bookingId: ids[1]!, scope: 'FOLLOWING', resourceId } as const;
    expect(await updateBookingSeries(ctx(), move)).toMatchObject({
      refusals: [{ code: 'INVALID_TRANSITION', field: ['input', 'resourceId'] }],
    });
    expect(await written()).toEqual(before);
    valueOf(await updateBookingSeries(asStaff(), move));
  });

  it('fewer seats after the window closed; more seats than are free', async () => {
    const { tenant, caller, ids, book, room, bookings, asStaff } = await setup({
      roomOf: { bookingMode: 'SHARED', capacity: 4 },
      seats: 2,
    });
    const now = bookings[0]!.startTime.subtract({ hours: 1 });
    const fewer = { bookingId: ids[0]!, scope: 'ALL', seats: 1 } as const;
    expect(codesOf(await updateBookingSeries(tenant.as(caller, { now }), fewer))).toEqual([
      'CANCELLATION_WINDOW_CLOSED',
    ]);
    await book({ ...times('10:00', '11:00', '2027-01-20'), seats: 2 }, room);
    const more = { bookingId: ids[0]!, scope: 'ALL', seats: 3 } as const;
    expect(codesOf(await updateBookingSeries(asStaff(), more))).toEqual(['CONFLICT']);
    expect(codesOf(await updateBookingSeries(asStaff(), { ...more, seats: 5 }))).toEqual([
      'CAPACITY_EXCEEDED',
      'CONFLICT',
    ]);
    const { bookings: changed, skipped } = valueOf(
      await updateBookingSeries(asStaff(), { ...more, onConflict: 'SKIP' }),
    );
    expect(changed.map(({ id, seats }) => [id, seats])).toEqual(
      [ids[0], ids[1], ids[3]].map((id) => [id, 3]),
    );
    expect(skipped).toHaveLength(1);
  });

  it('a resource that other occurrences have already, beside their own', async () => {
    const { tenant, ids, asStaff } = await setup();
    const extra = tenant.resource();
    const first = { bookingId: ids[0]!, scope: 'ALL' } as const;
    valueOf(await updateBookingSeries(asStaff(), { ...first, additionalResources: [{ resourceId: extra }] }));
    valueOf(await updateBooking(asStaff(), { id: ids[0]!, additionalResources: [] }));
    expect(await updateBookingSeries(asStaff(), { ...first, resourceId: extra })).toMatchObject({
      refusals: [{ code: 'INVALID', field: ['input', 'resourceId'] }],
    });
  });

  it('another version, what is final or has started, and what is not of a series', async () => {
    const { tenant, ctx, caller, ids, book, bookings } = await setup();
    const input = { bookingId: ids[0]!, scope: 'ALL', notes: 'b' } as const;
    expect(codesOf(await updateBookingSeries(ctx(), { ...input, expectedVersion: 2 }))).toEqual([
      'VERSION_MISMATCH',
    ]);
    const started = tenant.as(caller, { now: bookings[0]!.startTime });
    expect(await updateBookingSeries(started, input)).toMatchObject({
      refusals: [{ code: 'INVALID_TRANSITION', field: ['input', 'bookingId'] }],
    });
    valueOf(await cancelBooking(ctx(), { id: ids[0]! }));
    expect(codesOf(await updateBookingSeries(ctx(), input))).toEqual(['INVALID_TRANSITION']);
    const single = await book({ ...times('15:00', '16:00'), userId: caller.userId });
    expect(await updateBookingSeries(ctx(), { ...input, bookingId: single.id })).toMatchObject({
      refusals: [{ code: 'INVALID', field: ['input', 'bookingId'] }],
    });
  });

  it('unknown ids and those of others or another tenant, as if they did not exist', async () => {
    const { tenant, ctx, ids, written } = await setup();
    const foreign = await setup();
    const before = await written();
    const change = { scope: 'ALL', notes: 'b' } as const;
    for (const [who, bookingId] of [
      [ctx(), newId()],
      [ctx(), foreign.ids[0]!],
      [foreign.asStaff(), ids[0]!],
      [tenant.as(tenant.user()), ids[0]!],
    ] as const) {
      expect(await updateBookingSeries(who, { ...change, bookingId })).toMatchObject({
        refusals: [{ code: 'NOT_FOUND', field: ['input', 'bookingId'] }],
      });
    }
    const resourceId = foreign.room;
    const withForeign = { ...change, bookingId: ids[0]!, resourceId };
    expect(codesOf(await updateBookingSeries(ctx(), withForeign))).toEqual(['NOT_FOUND']);
    const clientId = foreign.caller.userId;
    expect(codesOf(await updateBookingSeries(ctx(), { ...change, bookingId: ids[0]!, clientId }))).toEqual([
      'NOT_FOUND',
    ]);
    expect(await written()).toEqual(before);
  });

  it('nulls, malformed times and resources; an override by others than staff throws', async () => {
    const { ctx, ids, room, asStaff } = await setup();
    const input = { bookingId: ids[0]!, scope: 'ALL' } as const;
    const refusedAt = async (more: object) => {
      const outcome = await updateBookingSeries(ctx(), { ...input, ...more });
      return outcome.ok ? [] : outcome.refusals.map(({ code, field }) => [code, field!.join('.')]);
    };
    expect(await refusedAt({ startTime: null })).toEqual([['INVALID', 'input.startTime']]);
    expect(await refusedAt({ seats: 0 })).toEqual([['INVALID', 'input.seats']]);
    expect(await refusedAt({ additionalResources: [{ resourceId: room }] })).toEqual([
      ['INVALID', 'input.additionalResources.0.resourceId'],
    ]);
    expect(await refusedAt(times('11:00', '10:00'))).toEqual([['INVALID', 'input.endTime']]);
    const override = { rules: ['OUTSIDE_WORKING_HOURS'], reason: 'Evento' } as const;
    const late = {
      ...input,
      ...times('18:00', '19:00'),
      override: { ...override, rules: [...override.rules] },
    };
    await expect(updateBookingSeries(ctx(), late)).rejects.toThrow();
    const { bookings } = valueOf(await updateBookingSeries(asStaff(), late));
    expect(bookings.map((row) => row.override?.rules)).toEqual(ids.map(() => ['OUTSIDE_WORKING_HOURS']));
  });

  it('SKIP: any other reason, however many closed days come first', async () => {
    const { tenant, ctx, ids, written } = await setup({
      rules: { advanceBookingDays: 130 },
      recurrence: { frequency: 'DAILY', count: 125 },
    });
    const [from, to] = ['2027-01-06', '2027-04-25'].map((date) => Temporal.PlainDate.from(date));
    const closing = { name: 'Reforma', from: from!, to: to! };
    valueOf(await createClosures(tenant.as(tenant.administrator()), { closures: [closing] }));
    const before = await written();
    const codes = codesOf(
      await updateBookingSeries(ctx(), {
        bookingId: ids[0]!,
        scope: 'ALL',
        onConflict: 'SKIP',
        ...times('10:00', '11:00', '2027-01-11'),
      }),
    );
    expect(codes).toHaveLength(100);
    expect(codes.filter((code) => code === 'TOO_FAR_IN_ADVANCE')).toHaveLength(1);
    expect(await written()).toEqual(before);
  });

  it('closures, which SKIP passes over; fewer seats fit whatever the resource is by now', async () => {
    const { tenant, room, ctx, ids, current, localOf } = await setup({
      roomOf: { bookingMode: 'SHARED', capacity: 4 },
      seats: 3,
    });
    const closure = { name: 'Reforma', from: Temporal.PlainDate.from('2027-01-14') };
    valueOf(
      await createClosures(tenant.as(tenant.administrator()), {
        closures: [{ ...closure, to: closure.from }],
      }),
    );
    const move = { bookingId: ids[0]!, scope: 'ALL', ...times('10:00', '11:00', '2027-01-07') } as const;
    expect(codesOf(await updateBookingSeries(ctx(), move))).toEqual(['CLOSED']);
    const { skipped } = valueOf(await updateBookingSeries(ctx(), { ...move, onConflict: 'SKIP' }));
    expect(skipped).toMatchObject([{ refusals: [{ code: 'CLOSED' }] }]);
    expect((await current()).map(localOf)).toEqual([
      '01-07T10:00',
      '01-13T10:00',
      '01-21T10:00',
      '01-28T10:00',
    ]);
    directory.resourceById.get(room)!.capacity = 1;
    valueOf(await updateBookingSeries(ctx(), { bookingId: ids[0]!, scope: 'ALL', seats: 2 }));
    expect((await current()).map(({ seats }) => seats)).toEqual([2, 2, 2, 2]);
    const taken = await db.sql`select seats::text from allocations where tenant_id = ${tenant.id}`;
    expect(taken.map((row) => row['seats'])).toEqual(ids.map(() => '{[1,3)}'));
  });
});
