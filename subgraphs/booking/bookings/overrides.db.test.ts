/** Rules that staff override, with a reason. */
import { allocationProblems } from '@drizzle/booking/allocations.fixtures';
import { connect } from '@libs/db/connect';
import { NO_OWN_RULES } from '@libs/directory/bookingRules';
import { testDatabase } from '@libs/testing/testDatabases';
import { Temporal } from 'temporal-polyfill';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import {
  bookingInput,
  codesOf,
  exampleDirectory,
  exampleTenant,
  platformCaller,
  times,
  valueOf,
} from '../booking.fixtures.ts';
import type { CreateBookingInput, OverridableRule } from '../generated.ts';
import { judge } from '../scheduling/rules.ts';
import { exampleContext, timeOf, weeklyRange } from '../scheduling/scheduling.fixtures.ts';
import { cancelBooking } from './cancelBooking.ts';
import { createBooking } from './createBooking.ts';
import { updateBooking } from './updateBooking.ts';

const { url, sql } = await testDatabase('booking');
const db = connect(url, { name: 'overrides' });
afterAll(() => db.close());
const directory = exampleDirectory();

afterEach(async () => expect(await allocationProblems(sql)).toEqual([]));

const RULES: OverridableRule[] = [
  'OUTSIDE_WORKING_HOURS',
  'RESOURCE_UNAVAILABLE',
  'CLOSED',
  'NOT_ON_INTERVAL',
  'DURATION_NOT_ALLOWED',
  'TOO_SHORT_NOTICE',
  'TOO_FAR_IN_ADVANCE',
  'IN_THE_PAST',
  'BUFFERS',
];

function setup(
  rules: Parameters<typeof exampleTenant>[2] = {},
  resource: Parameters<ReturnType<typeof exampleTenant>['resource']>[0] = {},
) {
  const tenant = exampleTenant(db, directory, rules);
  const [ana, boss] = [tenant.user(), tenant.user({ canManageBookings: true })];
  const room = tenant.resource(resource);
  const ask = (parts: Partial<CreateBookingInput>, by = boss) =>
    createBooking(tenant.as(by), bookingInput(room, parts));
  return {
    tenant,
    ana,
    boss,
    room,
    ask,
    book: async (parts: Partial<CreateBookingInput>) => valueOf(await ask(parts)).bookings[0]!,
  };
}

const naming = (...rules: OverridableRule[]) => ({ override: { rules, reason: '  A pedido da diretoria ' } });

/** A time that breaks one rule, and the setting that makes it so. */
const BROKEN = {
  OUTSIDE_WORKING_HOURS: { parts: times('06:00', '07:00') },
  RESOURCE_UNAVAILABLE: {
    parts: times('10:00', '11:00'),
    resource: { availabilitySchedule: [weeklyRange('WEDNESDAY 14:00-18:00')] },
  },
  NOT_ON_INTERVAL: { parts: times('10:10', '11:10') },
  DURATION_NOT_ALLOWED: { parts: times('10:00', '12:00'), rules: { maxDurationMinutes: 60 } },
  TOO_SHORT_NOTICE: {
    parts: times('10:00', '11:00', '2027-01-04'),
    rules: { minimumNoticeMinutes: 61 },
  },
  TOO_FAR_IN_ADVANCE: { parts: times('10:00', '11:00', '2027-02-04'), rules: { advanceBookingDays: 10 } },
  IN_THE_PAST: { parts: times('08:00', '08:30', '2027-01-04') },
} satisfies Partial<
  Record<
    OverridableRule,
    {
      parts: Partial<CreateBookingInput>;
      rules?: Parameters<typeof setup>[0];
      resource?: Parameters<typeof setup>[1];
    }
  >
>;

describe.each(Object.entries(BROKEN))('%s', (name, broken) => {
  const rule = name as OverridableRule;
  const { parts, rules, resource } = { rules: {}, resource: {}, ...broken };

  it('is overridden alone, and recorded with its reason, author and instant, and in the event', async () => {
    const { tenant, boss, ask, book } = setup(rules, resource);
    expect(codesOf(await ask(parts))).toEqual([rule]);
    const row = await book({ ...parts, ...naming(rule) });
    expect(row.override).toEqual({
      rules: [rule],
      reason: 'A pedido da diretoria',
      by: boss.userId,
      at: '2027-01-04T12:00:00.000Z',
    });
    const events =
      await sql`select payload -> 'overridden' as overridden from outbox where tenant_id = ${tenant.id}`;
    expect([...events]).toEqual([{ overridden: [rule] }]);
  });

  it('still applies where only all others are overridden', async () => {
    const { ask } = setup(rules, resource);
    const others = RULES.filter((one) => one !== rule);
    expect(codesOf(await ask({ ...parts, ...naming(...others) }))).toEqual([rule]);
  });

  it('is the only one recorded where all are named', async () => {
    const { book } = setup(rules, resource);
    expect((await book({ ...parts, ...naming(...RULES) })).override?.rules).toEqual([rule]);
  });
});

it('CLOSED is overridden alone, and still applies where only all others are', () => {
  const date = Temporal.PlainDate.from('2027-01-06');
  const closure = { from: date, to: date, startTime: null, endTime: null };
  const context = exampleContext({}, { closures: [closure] });
  const time = timeOf('2027-01-06T10:00', '2027-01-06T11:00', context);
  const judged = (...rules: OverridableRule[]) => {
    const { refusals, overridden } = judge(time, context, new Set(rules));
    return { codes: refusals.map(({ code }) => code), overridden };
  };
  expect(judged('CLOSED')).toEqual({ codes: [], overridden: ['CLOSED'] });
  expect(judged(...RULES)).toEqual({ codes: [], overridden: ['CLOSED'] });
  expect(judged(...RULES.filter((rule) => rule !== 'CLOSED'))).toEqual({ codes: ['CLOSED'], overridden: [] });
});

describe('BUFFERS', () => {
  const buffers = { bufferBeforeMinutes: 30, bufferAfterMinutes: 30 };

  it('gives the booking no buffers, while its neighbors keep theirs', async () => {
    const { ask, book } = setup(buffers);
    await book(times('10:00', '11:00'));
    expect(codesOf(await ask({ ...times('11:00', '12:00'), ...naming('BUFFERS') }))).toEqual(['CONFLICT']);
    expect(codesOf(await ask(times('11:30', '12:00')))).toEqual(['CONFLICT']);
    const squeezed = await book({ ...times('11:30', '12:00'), ...naming('BUFFERS') });
    expect(squeezed).toMatchObject({ bufferBefore: 0, bufferAfter: 0, override: { rules: ['BUFFERS'] } });
    await book({ ...times('12:00', '12:30'), ...naming('BUFFERS') });
    expect(codesOf(await ask(times('12:30', '13:00')))).toEqual(['CONFLICT']);
    await book(times('13:00', '13:30'));
  });

  it('is not recorded where there are none', async () => {
    const { book } = setup();
    expect((await book(naming('BUFFERS'))).override).toBeNull();
  });

  it('applies to additional resources too', async () => {
    const { tenant, book } = setup();
    const teacher = tenant.resource({ rules: { ...NO_OWN_RULES, bufferAfterMinutes: 45 } });
    const row = await book({ additionalResources: [{ resourceId: teacher }], ...naming('BUFFERS') });
    expect(row.additionalResources).toMatchObject([{ bufferAfter: 0 }]);
    expect(row.override?.rules).toEqual(['BUFFERS']);
  });
});

describe('IN_THE_PAST', () => {
  const before = (hours: number, minutes = 0) => {
    const startTime = Temporal.Instant.from('2027-01-04T12:00Z').subtract({ hours, minutes });
    return { startTime, endTime: startTime.add({ minutes: 30 }) };
  };

  it('is overridden at most 168 hours back', async () => {
    const { ask, book } = setup();
    await book({ ...before(168), ...naming('IN_THE_PAST') });
    expect(await ask({ ...before(168, 30), ...naming('IN_THE_PAST') })).toMatchObject({
      refusals: [{ code: 'IN_THE_PAST', key: 'booking.tooLongAgo', params: { days: 7 } }],
    });
  });

  it('leaves a booking that waits for a decision without a deadline that has passed', async () => {
    const { tenant, boss, book } = setup({ approvalHours: 2 });
    expect(await book({ ...before(1), ...naming('IN_THE_PAST') })).toMatchObject({
      status: 'PENDING',
      decisionDeadline: null,
    });
    const moving = await book({});
    expect(moving.decisionDeadline).not.toBeNull();
    const moved = await updateBooking(tenant.as(boss), {
      id: moving.id,
      ...before(0, 30),
      ...naming('IN_THE_PAST'),
    });
    expect(valueOf(moved).decisionDeadline).toBeNull();
  });
});

describe('what cannot be overridden', () => {
  const all = naming(...RULES);

  it('CONFLICT, CAPACITY_EXCEEDED and INACTIVE', async () => {
    const { tenant, ask, book } = setup({}, { bookingMode: 'SHARED', capacity: 2 });
    await book({ seats: 2 });
    expect(codesOf(await ask(all))).toEqual(['CONFLICT']);
    expect(codesOf(await ask({ ...times('14:00', '15:00'), seats: 3, ...all }))).toEqual([
      'CAPACITY_EXCEEDED',
    ]);
    const asleep = tenant.resource({ isActive: false });
    expect(codesOf(await ask({ resourceId: asleep, ...all }))).toEqual(['INACTIVE']);
  });

  it('a malformed time, nor who may book, nor one place in a class', async () => {
    const { tenant, ask, book } = setup({}, { bookingMode: 'SESSION', capacity: 5 });
    expect(codesOf(await ask({ ...times('11:00', '10:00'), ...all }))).toEqual(['INVALID']);
    const barred = tenant.user({ canBook: false });
    expect(codesOf(await ask({ userId: barred.userId, ...all }))).toEqual(['USER_CANNOT_BOOK']);
    await book(all);
    expect(codesOf(await ask(all))).toEqual(['ALREADY_EXISTS']);
  });
});

describe('an override', () => {
  it('is FORBIDDEN to users, also of nothing, when creating and updating', async () => {
    const { tenant, ana, ask } = setup();
    await expect(ask(naming(), ana)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    const row = valueOf(await ask({}, ana)).bookings[0]!;
    await expect(
      updateBooking(tenant.as(ana), { id: row.id, notes: 'x', ...naming('CLOSED') }),
    ).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it.each([
    ['', false],
    ['   ', false],
    ['x', true],
    ['x'.repeat(500), true],
    ['x'.repeat(501), false],
  ])('needs a reason of 1 to 500 characters (%#)', async (reason, isValid) => {
    const { ask } = setup();
    const outcome = await ask({
      ...times('10:10', '11:10'),
      override: { rules: ['NOT_ON_INTERVAL'], reason },
    });
    expect(outcome.ok).toBe(isValid);
    if (!outcome.ok) {
      expect(outcome.refusals).toMatchObject([
        { code: 'INVALID', key: 'booking.overrideReason', field: ['input', 'override', 'reason'] },
      ]);
    }
  });

  it('records nothing where no rule is broken', async () => {
    const { book } = setup();
    expect((await book(naming(...RULES.filter((rule) => rule !== 'BUFFERS')))).override).toBeNull();
  });

  it('by the platform has no author', async () => {
    const { tenant, ana, room } = setup();
    const input = bookingInput(room, {
      tenantId: tenant.id,
      userId: ana.userId,
      ...BROKEN.NOT_ON_INTERVAL.parts,
      ...naming('NOT_ON_INTERVAL'),
    });
    const [row] = valueOf(await createBooking(tenant.as(platformCaller()), input)).bookings;
    expect(row).toMatchObject({ source: 'PLATFORM', override: { by: null } });
  });

  it('of a series is recorded at the occurrences that break the rule', async () => {
    const { ask } = setup({ workingDays: ['WEDNESDAY'] });
    const recurrence = { frequency: 'DAILY', count: 2 } as const;
    const { bookings } = valueOf(await ask({ recurrence, ...naming('OUTSIDE_WORKING_HOURS') }));
    expect(bookings.map(({ override }) => override?.rules)).toEqual([undefined, ['OUTSIDE_WORKING_HOURS']]);
  });

  it('of a move replaces that of before, and a move that breaks nothing clears it', async () => {
    const { tenant, boss, book } = setup();
    const row = await book({ ...times('10:10', '11:10'), ...naming('NOT_ON_INTERVAL') });
    const move = async (parts: object) =>
      valueOf(await updateBooking(tenant.as(boss), { id: row.id, ...parts }));
    expect((await move({ notes: 'x' })).override?.rules).toEqual(['NOT_ON_INTERVAL']);
    const early = await move({ ...times('06:00', '07:00'), ...naming('OUTSIDE_WORKING_HOURS') });
    expect(early.override?.rules).toEqual(['OUTSIDE_WORKING_HOURS']);
    expect((await move(times('10:00', '11:00'))).override).toBeNull();
    valueOf(await cancelBooking(tenant.as(boss), { id: row.id }));
  });
});
