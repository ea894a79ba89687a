/** What clients see of seats, resources, overrides, conflicts and sources. */
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { NO_OWN_RULES } from '@libs/directory/bookingRules';
import { testDatabase } from '@libs/testing/testDatabases';
import { graphql } from 'graphql';
import { afterAll, describe, expect, it } from 'vitest';
import {
  bookingInput,
  exampleDirectory,
  exampleTenant,
  platformCaller,
  times,
  valueOf,
  nothingLive,
} from '../booking.fixtures.ts';
import type { ChangeDeps } from '../changes/changes.ts';
import type { Context } from '../context.ts';
import type { BookingFilter, CreateBookingInput } from '../generated.ts';
import { schema as subgraphSchema } from '../schema.ts';
import { cancelBooking } from './cancelBooking.ts';
import { createBooking } from './createBooking.ts';
import { bookings } from './reads.ts';

const { url, sql } = await testDatabase('booking');
const db = connect(url, { name: 'fields' });
afterAll(() => db.close());
const directory = exampleDirectory();
const schema = subgraphSchema({} as ChangeDeps, nothingLive);

type Resource = Parameters<ReturnType<typeof exampleTenant>['resource']>[0];

function setup(resource: Resource = {}, rules: Parameters<typeof exampleTenant>[2] = {}) {
  const tenant = exampleTenant(db, directory, rules);
  const [ana, boss] = [tenant.user(), tenant.user({ canManageBookings: true })];
  const room = tenant.resource(resource);
  const book = async (parts: Partial<CreateBookingInput> = {}, by = ana) =>
    valueOf(await createBooking(tenant.as(by), bookingInput(room, parts))).bookings[0]!;
  return { tenant, ana, boss, room, book };
}

// oxlint-disable-next-line typescript/no-explicit-any
async function ask(source: string, contextValue: Context, variableValues = {}): Promise<any> {
  const { data, errors } = await graphql({ schema, source, contextValue, variableValues });
  expect(errors).toBeUndefined();
  return JSON.parse(JSON.stringify(data));
}
const fieldsOf = async (fields: string, ctx: Context, { id }: { id: string }) =>
  (await ask(`query ($id: ID!) { booking(id: $id) { ${fields} } }`, ctx, { id })).booking;

describe('a booking of several resources', () => {
  it('shows each with its seats, and the time from its earliest start to its latest end with buffers', async () => {
    const { tenant, ana, room, book } = setup({
      bookingMode: 'SHARED',
      capacity: 5,
      rules: { ...NO_OWN_RULES, bufferBeforeMinutes: 10, bufferAfterMinutes: 40 },
    });
    const teacher = tenant.resource({ rules: { ...NO_OWN_RULES, bufferBeforeMinutes: 30 } });
    const row = await book({ seats: 3, additionalResources: [{ resourceId: teacher }] });
    const fields =
      'seats resource { id } resources { seats resource { id } } blockedStart blockedEnd isException metadata source';
    expect(await fieldsOf(fields, tenant.as(ana), row)).toEqual({
      seats: 3,
      resource: { id: room },
      resources: [
        { seats: 3, resource: { id: room } },
        { seats: 1, resource: { id: teacher } },
      ],
      blockedStart: '2027-01-06T12:30:00.000Z',
      blockedEnd: '2027-01-06T14:40:00.000Z',
      isException: false,
      metadata: {},
      source: 'USER',
    });
  });
});

describe('cancelling', () => {
  it('is possible until the longest window closes; afterwards the reason is told', async () => {
    const { tenant, ana, boss, book } = setup();
    const strict = tenant.resource({ rules: { ...NO_OWN_RULES, cancellationHours: 36 } });
    const row = await book({ additionalResources: [{ resourceId: strict }] });
    const fields = 'canCancel cannotCancelReason cancellableUntil';
    const cancellableUntil = '2027-01-05T01:00:00.000Z';
    const now = row.startTime.subtract({ hours: 35 });
    expect(await fieldsOf(fields, tenant.as(ana), row)).toEqual({
      canCancel: true,
      cannotCancelReason: null,
      cancellableUntil,
    });
    expect(await fieldsOf(fields, tenant.as(ana, { now }), row)).toEqual({
      canCancel: false,
      cannotCancelReason: 'CANCELLATION_WINDOW_CLOSED',
      cancellableUntil,
    });
    expect(await fieldsOf(fields, tenant.as(boss, { now }), row)).toEqual({
      canCancel: true,
      cannotCancelReason: null,
      cancellableUntil,
    });
    valueOf(await cancelBooking(tenant.as(boss), { id: row.id }));
    expect(await fieldsOf(fields, tenant.as(boss), row)).toMatchObject({
      canCancel: false,
      cannotCancelReason: 'INVALID_TRANSITION',
    });
  });
});

describe('a decision', () => {
  it('has its deadline while it is open, and its reason once it is a rejection', async () => {
    const { tenant, ana, boss, book } = setup({}, { approvalHours: 6 });
    const row = await book();
    const fields = 'decisionDeadline decisionReason status';
    expect(await fieldsOf(fields, tenant.as(ana), row)).toEqual({
      decisionDeadline: '2027-01-04T18:00:00.000Z',
      decisionReason: null,
      status: 'PENDING',
    });
    const rejecting = `mutation ($id: ID!) {
      changeBookingStatus(input: { id: $id, status: REJECTED, reason: "Em obras", expectedVersion: 1 }) { userErrors { code } }
    }`;
    expect(await ask(rejecting, tenant.as(boss), { id: row.id })).toEqual({
      changeBookingStatus: { userErrors: [] },
    });
    expect(await fieldsOf(fields, tenant.as(ana), row)).toEqual({
      decisionDeadline: null,
      decisionReason: 'Em obras',
      status: 'REJECTED',
    });
  });
});

describe('an override', () => {
  it('is shown to staff only', async () => {
    const { tenant, ana, boss, book } = setup();
    const parts = {
      ...times('10:10', '11:10'),
      clientId: ana.userId,
      override: { rules: ['NOT_ON_INTERVAL' as const], reason: 'Ônibus' },
    };
    const row = await book(parts, boss);
    const fields = 'source override { rules reason by { id } at }';
    expect(await fieldsOf(fields, tenant.as(boss), row)).toEqual({
      source: 'STAFF',
      override: {
        rules: ['NOT_ON_INTERVAL'],
        reason: 'Ônibus',
        by: { id: boss.userId },
        at: '2027-01-04T12:00:00.000Z',
      },
    });
    expect(await fieldsOf(fields, tenant.as(platformCaller()), row)).toMatchObject({
      override: { reason: 'Ônibus' },
    });
    expect(await fieldsOf(fields, tenant.as(ana), row)).toEqual({ source: 'STAFF', override: null });
  });
});

describe('errors', () => {
  const creating = `mutation ($input: CreateBookingInput!) {
    createBooking(input: $input) {
      booking { id }
      skipped { startTime endTime errors { __typename code } }
      userErrors {
        __typename code field
        ... on BookingRuleError { resource { id } startTime }
        ... on BookingConflictError {
          remainingSeats resource { id } holds { startTime endTime expiresAt isMine } conflicts { bookingId resource { id } }
        }
      }
    }
  }`;
  const time = { startTime: '2027-01-06T10:00', endTime: '2027-01-06T11:00' };

  it('name the resource whose rule is broken, or none for the tenant’s rules', async () => {
    const { tenant, ana, room } = setup(
      { rules: { ...NO_OWN_RULES, minimumNoticeMinutes: 40_000 } },
      { maxDurationMinutes: 30 },
    );
    const { createBooking: answer } = await ask(creating, tenant.as(ana), {
      input: { resourceId: room, ...time },
    });
    const broken = { __typename: 'BookingRuleError', startTime: '2027-01-06T13:00:00.000Z' };
    expect(answer.userErrors).toEqual([
      { ...broken, code: 'DURATION_NOT_ALLOWED', field: ['input', 'endTime'], resource: null },
      { ...broken, code: 'TOO_SHORT_NOTICE', field: ['input', 'startTime'], resource: { id: room } },
    ]);
  });

  it('name the resource that is taken, its seats, and the bookings and holds in the way', async () => {
    const { tenant, ana, boss, room, book } = setup({ bookingMode: 'SHARED', capacity: 4 });
    const row = await book({}, boss);
    const hold = newId();
    await sql`
      insert into holds (id, tenant_id, user_id, client_id, created_by, start_time, end_time, seats, resources, purpose, source, expires_at, created_at)
      values (${hold}, ${tenant.id}, ${ana.userId}, ${ana.userId}, ${ana.userId}, '2027-01-06T13:30Z', '2027-01-06T14:00Z', 2, '[]',
              'CHECKOUT', 'USER', '2027-01-04T12:10Z', '2027-01-04T12:00Z')`;
    await sql`
      insert into allocations (tenant_id, resource_id, hold_id, start_time, end_time, occupied, seats, expires_at)
      values (${tenant.id}, ${room}, ${hold}, '2027-01-06T13:30Z', '2027-01-06T14:00Z', '[2027-01-06T13:30Z,2027-01-06T14:00Z)',
              '{[2,4)}', '2027-01-04T12:10Z')`;
    const conflictFor = async (by: typeof ana) =>
      (await ask(creating, tenant.as(by), { input: { resourceId: room, seats: 2, ...time } })).createBooking
        .userErrors;
    const expected = (isMine: boolean) => [
      {
        __typename: 'BookingConflictError',
        code: 'CONFLICT',
        field: ['input', 'startTime'],
        remainingSeats: 1,
        resource: { id: room },
        conflicts: [{ bookingId: row.id, resource: { id: room } }],
        holds: [
          {
            startTime: '2027-01-06T13:30:00.000Z',
            endTime: '2027-01-06T14:00:00.000Z',
            expiresAt: '2027-01-04T12:10:00.000Z',
            isMine,
          },
        ],
      },
    ];
    expect(await conflictFor(ana)).toEqual(expected(true));
    expect(await conflictFor(boss)).toEqual(expected(false));
    // At its very expiry, the hold is in nobody's way.
    const later = tenant.as(boss, { now: tenant.now.add({ minutes: 10 }) });
    const { createBooking: taken } = await ask(creating, later, {
      input: { resourceId: room, seats: 3, ...time },
    });
    expect(taken.userErrors).toEqual([]);
  });

  it('of skipped occurrences are of the same types, also when the request is repeated', async () => {
    const { tenant, ana, boss, room, book } = setup({}, { workingDays: ['WEDNESDAY', 'THURSDAY'] });
    await book(times('10:00', '11:00', '2027-01-07'), boss);
    const input = {
      resourceId: room,
      ...time,
      recurrence: { frequency: 'DAILY', count: 3, onConflict: 'SKIP' },
      idempotencyKey: 'k',
    };
    const first = await ask(creating, tenant.as(ana), { input });
    expect(first.createBooking.skipped).toEqual([
      {
        startTime: '2027-01-07T13:00:00.000Z',
        endTime: '2027-01-07T14:00:00.000Z',
        errors: [{ __typename: 'BookingConflictError', code: 'CONFLICT' }],
      },
      {
        startTime: '2027-01-08T13:00:00.000Z',
        endTime: '2027-01-08T14:00:00.000Z',
        errors: [{ __typename: 'BookingRuleError', code: 'OUTSIDE_WORKING_HOURS' }],
      },
    ]);
    expect(await ask(creating, tenant.as(ana), { input })).toEqual(first);
  });

  it('of ids in capitals are those of the same resources', async () => {
    const { tenant, ana, room } = setup();
    const input = { resourceId: room, additionalResources: [{ resourceId: room.toUpperCase() }], ...time };
    const { createBooking: answer } = await ask(creating, tenant.as(ana), { input });
    expect(answer.userErrors).toMatchObject([
      { code: 'INVALID', field: ['input', 'additionalResources', '0', 'resourceId'] },
    ]);
  });
});

describe('a series', () => {
  it('shows its count and the dates that it leaves out', async () => {
    const { tenant, ana, room } = setup();
    const input = {
      resourceId: room,
      startTime: '2027-01-06T10:00',
      endTime: '2027-01-06T11:00',
      recurrence: { frequency: 'DAILY', count: 2, exceptDates: ['2027-01-07'] },
    };
    const creating = `mutation ($input: CreateBookingInput!) {
      createBooking(input: $input) { series { recurrence { count endDate exceptDates } } bookings { localStart } userErrors { code } }
    }`;
    expect((await ask(creating, tenant.as(ana), { input })).createBooking).toEqual({
      series: { recurrence: { count: 2, endDate: null, exceptDates: ['2027-01-07'] } },
      bookings: [{ localStart: '2027-01-06T10:00:00-03:00' }, { localStart: '2027-01-08T10:00:00-03:00' }],
      userErrors: [],
    });
  });
});

describe('a list of bookings', () => {
  it('is filtered by where they came from', async () => {
    const { tenant, ana, boss, room, book } = setup();
    const byUser = await book(times('08:00', '09:00'));
    const byStaff = await book(times('09:00', '10:00'), boss);
    const input = bookingInput(room, { tenantId: tenant.id, userId: ana.userId });
    const [byPlatform] = valueOf(await createBooking(tenant.as(platformCaller()), input)).bookings;
    const listed = async (filter: BookingFilter) => {
      const page = await bookings(tenant.as(boss), { filter });
      const ids = page.nodes.map(({ id }) => id);
      expect(await page.totalCount()).toBe(ids.length);
      return ids;
    };
    expect(await listed({ source: ['USER'] })).toEqual([byUser.id]);
    expect(await listed({ source: ['PLATFORM', 'STAFF', 'STAFF'] })).toEqual([byStaff.id, byPlatform!.id]);
    expect(await listed({ source: ['GUEST'] })).toEqual([]);
    expect(await listed({ source: [] })).toEqual([]);
    expect(await listed({ source: null })).toHaveLength(3);
    expect(await listed({ source: ['USER'], status: ['PENDING'], resourceId: room })).toEqual([byUser.id]);
    expect(await listed({ source: ['USER'], status: ['CONFIRMED'] })).toEqual([]);
  });

  it('is filtered by the category of their resource, of the same tenant', async () => {
    const { tenant, ana, boss, book } = setup();
    const category = { id: newId(), isActive: true };
    const [yoga, pilates] = [tenant.resource({ category }), tenant.resource({ category })];
    await book({ additionalResources: [{ resourceId: yoga }] });
    const rows = [
      await book({ resourceId: yoga, ...times('12:00', '13:00') }),
      await book({ resourceId: pilates, ...times('14:00', '15:00') }, boss),
    ];
    const query = `query ($id: ID!, $status: [BookingStatus!]) {
      bookings(filter: { categoryId: $id, status: $status }) { totalCount nodes { id } }
    }`;
    const listed = async (id: string, by = boss, status: string[] | null = null) => {
      const { nodes, totalCount } = (await ask(query, tenant.as(by), { id, status })).bookings;
      expect(totalCount).toBe(nodes.length);
      return nodes.map((node: { id: string }) => node.id);
    };
    expect(await listed(category.id)).toEqual(rows.map(({ id }) => id));
    expect(await listed(category.id, ana)).toEqual([rows[0]!.id]);
    expect(await listed(category.id, boss, ['PENDING'])).toEqual(rows.map(({ id }) => id));
    expect(await listed(newId())).toEqual([]);
    const foreign = setup({ category: { id: newId(), isActive: true } });
    await foreign.book();
    expect(await listed(directory.resourceById.get(foreign.room)!.category.id)).toEqual([]);
  });
});
