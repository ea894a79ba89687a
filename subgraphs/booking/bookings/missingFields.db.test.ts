/** Paths of errors of verbs whose input names less of a booking than createBooking's. */
import { connect } from '@libs/db/connect';
import type { Outcome } from '@libs/outcome/outcome';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { bookingInput, exampleDirectory, exampleTenant, times, valueOf } from '../booking.fixtures.ts';
import { confirmHold } from '../holds/confirmHold.ts';
import { createHold } from '../holds/createHold.ts';
import { createBooking } from './createBooking.ts';
import { extendBookingSeries } from './series/extendBookingSeries.ts';
import { updateBookingSeries } from './series/updateBookingSeries.ts';
import { updateBooking } from './updateBooking.ts';

const { url, sql } = await testDatabase('booking');
const db = connect(url, { name: 'missingFields' });
afterAll(() => db.close());

const directory = exampleDirectory();
let tenant: ReturnType<typeof exampleTenant>;
let [ana, bob, boss]: ReturnType<typeof tenant.user>[] = [];
let [room, teacher]: string[] = [];
beforeEach(() => {
  tenant = exampleTenant(db, directory);
  [ana, bob, boss] = [tenant.user(), tenant.user(), tenant.administrator()];
  [room, teacher] = [tenant.resource(), tenant.resource()];
});

const HOLD_SECONDS = 600;
const as = (who = boss, seconds = 0) => tenant.as(who!, { now: tenant.now.add({ seconds }) });
const both = (parts: object = {}) => ({
  ...bookingInput(room!, { additionalResources: [{ resourceId: teacher! }] }),
  ...{ userId: ana!.userId, clientId: bob!.userId, ...parts },
});
const fieldsOf = (outcome: Outcome<unknown>): string[] =>
  outcome.ok ? [] : outcome.refusals.map(({ code, field }) => `${code} ${field?.join('.')}`);
const close = (id: string) => (directory.resourceById.get(id)!.isActive = false);
const dismiss = ({ userId }: NonNullable<typeof ana>) => (directory.memberById.get(userId)!.isActive = false);

describe('confirmHold blames the hold', () => {
  it.each([
    ['a resource', 'INACTIVE', () => close(room!)],
    ['an additional resource', 'INACTIVE', () => close(teacher!)],
    ['its user', 'USER_CANNOT_BOOK', () => dismiss(ana!)],
    ['its client', 'INACTIVE', () => dismiss(bob!)],
  ])('for %s', async (_, code, change) => {
    const { id } = valueOf(await createHold(as(), both()));
    change();
    expect(fieldsOf(await confirmHold(as(), { id }))).toEqual([`${code} input.id`]);
  });

  it('for a class in which its client is', async () => {
    directory.resourceById.get(teacher!)!.bookingMode = 'SESSION';
    directory.resourceById.get(teacher!)!.capacity = 9;
    const { id } = valueOf(await createHold(as(), both()));
    const { bookings } = valueOf(await createBooking(as(ana), bookingInput(teacher!)));
    // As the release before allowed.
    await sql`update bookings set client_id = ${bob!.userId} where id = ${bookings[0]!.id}`;
    expect(fieldsOf(await confirmHold(as(), { id }))).toEqual(['ALREADY_EXISTS input.id']);
  });

  it('for a time that is taken or breaks a rule by then', async () => {
    const { id } = valueOf(await createHold(as(), both()));
    valueOf(await createBooking(as(boss, HOLD_SECONDS), bookingInput(teacher!)));
    tenant.profile.settings.workingDays = ['SUNDAY'];
    expect(fieldsOf(await confirmHold(as(boss, HOLD_SECONDS), { id, ifStillFree: true }))).toEqual([
      'HOLD_EXPIRED input.id',
      'OUTSIDE_WORKING_HOURS input.id',
      'CONFLICT input.id',
    ]);
    expect(fieldsOf(await confirmHold(as(), { id, idempotencyKey: '' }))).toEqual([
      'INVALID input.idempotencyKey',
    ]);
  });
});

describe('a change', () => {
  const recurrence = { frequency: 'DAILY', count: 2 } as const;
  const seriesOf = async () => valueOf(await createBooking(as(), both({ recurrence })));

  it('blames the resource that repeats an additional one which stays', async () => {
    const [row] = (await seriesOf()).bookings;
    const named = ['INVALID input.resourceId'];
    const series = { bookingId: row!.id, scope: 'ALL' } as const;
    expect(fieldsOf(await updateBooking(as(), { id: row!.id, resourceId: teacher! }))).toEqual(named);
    expect(fieldsOf(await updateBookingSeries(as(), { ...series, resourceId: teacher! }))).toEqual(named);
    const additionalResources = [{ resourceId: room! }];
    const none = ['INVALID input.additionalResources'];
    const cleared = { additionalResources: null };
    expect(fieldsOf(await updateBooking(as(), { id: row!.id, ...cleared }))).toEqual(none);
    expect(fieldsOf(await updateBookingSeries(as(), { ...series, ...cleared }))).toEqual(none);
    const additional = ['INVALID input.additionalResources.0.resourceId'];
    expect(fieldsOf(await updateBooking(as(), { id: row!.id, additionalResources }))).toEqual(additional);
    expect(fieldsOf(await updateBookingSeries(as(), { ...series, additionalResources }))).toEqual(additional);
  });

  it('blames the booking for its user, and the client where another would help', async () => {
    const own = valueOf(await createBooking(as(), both({ clientId: ana!.userId, recurrence })));
    const theirs = valueOf(await createBooking(as(), both({ ...times('12:00', '13:00'), recurrence })));
    dismiss(ana!);
    dismiss(bob!);
    const move = times('15:00', '16:00');
    for (const [{ bookings }, ofBooking, ofSeries] of [
      [own, 'USER_CANNOT_BOOK input.id', 'USER_CANNOT_BOOK input.bookingId'],
      [theirs, 'INACTIVE input.clientId', 'INACTIVE input.clientId'],
    ] as const) {
      const { id } = bookings[0]!;
      const series = { bookingId: id, scope: 'ALL' } as const;
      expect(fieldsOf(await updateBooking(as(), { id, ...move }))).toEqual([ofBooking]);
      expect(fieldsOf(await updateBookingSeries(as(), { ...series, ...move }))).toEqual([ofSeries]);
      const clientId = tenant.user({}, { isActive: false }).userId;
      expect(fieldsOf(await updateBooking(as(), { id, clientId }))).toEqual(['INACTIVE input.clientId']);
    }
  });

  it('blames the booking for an additional resource that stays', async () => {
    const [row] = (await seriesOf()).bookings;
    close(teacher!);
    const move = times('15:00', '16:00');
    const series = { bookingId: row!.id, scope: 'ALL' } as const;
    expect(fieldsOf(await updateBooking(as(), { id: row!.id, ...move }))).toEqual(['INACTIVE input.id']);
    expect(fieldsOf(await updateBookingSeries(as(), { ...series, ...move }))).toEqual([
      'INACTIVE input.bookingId',
    ]);
    const additionalResources = [{ resourceId: tenant.resource() }, { resourceId: teacher! }];
    const named = ['INACTIVE input.additionalResources.1.resourceId'];
    expect(fieldsOf(await updateBooking(as(), { id: row!.id, additionalResources }))).toEqual(named);
  });

  it('that extends a series blames the series', async () => {
    const { series } = await seriesOf();
    await createBooking(as(), bookingInput(teacher!, times('10:00', '11:00', '2027-01-08')));
    const extension = { seriesId: series!.id, count: 2 };
    const taken = ['CONFLICT input.seriesId'];
    expect(fieldsOf(await extendBookingSeries(as(), extension))).toEqual(taken);
    close(room!);
    dismiss(bob!);
    expect(fieldsOf(await extendBookingSeries(as(), extension))).toEqual([
      'INACTIVE input.seriesId',
      'INACTIVE input.seriesId',
      ...taken,
    ]);
    directory.resourceById.get(room!)!.isActive = true;
    directory.memberById.get(bob!.userId)!.isActive = true;
    const { skipped } = valueOf(await extendBookingSeries(as(), { ...extension, onConflict: 'SKIP' }));
    expect(skipped.flatMap(({ refusals }) => fieldsOf({ ok: false, refusals }))).toEqual(taken);
  });
});
