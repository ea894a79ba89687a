import type { ResourceRow } from '@drizzle/resource/tables';
import { newId } from '@libs/db/ids';
import { NO_OWN_RULES } from '@libs/directory/bookingRules';
import { administratorOf, newTenantId, userOf } from '@libs/testing/contexts';
import { tenantOfRow } from '@libs/auth/tenantId';
import { localTime } from '@libs/time/localTimes';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { catalogue, refusalsOf, valueOf } from '../resource.fixtures.ts';
import type { UpdateResourceInput } from '../generated.ts';
import { createResource } from './createResource.ts';
import { effectiveRulesOf, resource } from './reads.ts';
import { updateResource } from './updateResource.ts';

const setup = await catalogue();
const { as } = setup;

const dates = (from: string, to: string) => ({
  from: Temporal.PlainDate.from(from),
  to: Temporal.PlainDate.from(to),
});
const range = (start: string, end: string) => ({ start: localTime(start), end: localTime(end) });
const summer = {
  ...dates('2027-12-21', '2028-03-20'),
  ranges: [{ day: 'MONDAY' as const, ...range('06:00', '24:00') }],
  name: 'Verão',
};
const repairs = { ...dates('2027-02-01', '2027-02-03'), ranges: [], name: 'Manutenção' };
const short = { ...dates('2027-02-04', '2027-02-04'), ranges: [range('08:00', '12:00')], name: null };

const RULES =
  'bookingInterval advanceBookingDays minimumNoticeMinutes minDurationMinutes maxDurationMinutes bufferBeforeMinutes bufferAfterMinutes cancellationHours autoConfirm approvalHours';
const SHOWN = `{
  bookingMode rules { ${RULES} } effectiveRules { ${RULES} }
  seasons { from to ranges { day start end } name } scheduleOverrides { from to ranges { start end } name }
}`;

const update = (row: ResourceRow, changes: Partial<UpdateResourceInput>) =>
  updateResource(as(administratorOf(tenantOfRow(row))), { id: row.id, ...changes });

const newResource = async () => setup.resource(await setup.category(setup.tenant()));

describe('a resource that was made without them', () => {
  test('has the defaults, also one from before the columns existed', async () => {
    const made = await newResource();
    const older = newId();
    await setup.sql`
      insert into resources (id, tenant_id, category_id, name, capacity, attributes, created_at, updated_at)
      select ${older}, tenant_id, category_id, name, capacity, attributes, created_at, updated_at
      from resources where id = ${made.id}`;
    for (const id of [made.id, older]) {
      const { data, codes } = await setup.ask(
        setup.anonymous(),
        `query ($id: ID!) { resource(id: $id) ${SHOWN} }`,
        { id },
      );
      expect(codes).toEqual([]);
      expect(data.resource).toEqual({
        bookingMode: 'EXCLUSIVE',
        rules: NO_OWN_RULES,
        // The tenant's: see the fixtures.
        effectiveRules: {
          bookingInterval: 60,
          advanceBookingDays: 30,
          minimumNoticeMinutes: 0,
          minDurationMinutes: 60,
          maxDurationMinutes: null,
          bufferBeforeMinutes: 0,
          bufferAfterMinutes: 0,
          cancellationHours: 24,
          autoConfirm: false,
          approvalHours: null,
        },
        seasons: [],
        scheduleOverrides: [],
      });
    }
  });

  test('has them too if they are null', async () => {
    const { tenantId, categoryId } = await newResource();
    const nulls = { bookingMode: null, rules: null, seasons: null, scheduleOverrides: null };
    const outcome = await createResource(as(administratorOf(tenantId)), {
      categoryId,
      name: 'Sala',
      ...nulls,
    });
    expect(valueOf(outcome)).toMatchObject({
      bookingMode: 'EXCLUSIVE',
      rules: {},
      seasons: [],
      scheduleOverrides: [],
    });
  });
});

test('everything that is accepted is shown as it was given', async () => {
  const category = await setup.category(setup.tenant());
  const rules = {
    bookingInterval: 20,
    advanceBookingDays: 7,
    minimumNoticeMinutes: 90,
    minDurationMinutes: 40,
    maxDurationMinutes: 80,
    bufferBeforeMinutes: 0,
    bufferAfterMinutes: 15,
    cancellationHours: 0,
    autoConfirm: true,
    approvalHours: 1,
  };
  const { id } = await setup.resource(category, {
    capacity: 20,
    bookingMode: 'SESSION',
    rules,
    seasons: [summer],
    scheduleOverrides: [repairs, short],
  });
  const { data } = await setup.ask(setup.anonymous(), `query ($id: ID!) { resource(id: $id) ${SHOWN} }`, {
    id,
  });
  expect(data.resource).toEqual({
    bookingMode: 'SESSION',
    rules,
    effectiveRules: rules,
    seasons: [
      {
        from: '2027-12-21',
        to: '2028-03-20',
        ranges: [{ day: 'MONDAY', start: '06:00:00', end: '24:00:00' }],
        name: 'Verão',
      },
    ],
    scheduleOverrides: [
      { from: '2027-02-01', to: '2027-02-03', ranges: [], name: 'Manutenção' },
      {
        from: '2027-02-04',
        to: '2027-02-04',
        ranges: [{ start: '08:00:00', end: '12:00:00' }],
        name: null,
      },
    ],
  });
});

describe('updateResource', () => {
  test('keeps what is absent, replaces lists, and returns single rules to the tenant’s', async () => {
    const row = await newResource();
    valueOf(
      await update(row, {
        bookingMode: 'SHARED',
        rules: { bookingInterval: 20, autoConfirm: true },
        seasons: [summer],
        scheduleOverrides: [repairs],
      }),
    );
    const kept = valueOf(await update(row, { name: 'Sala 2' }));
    expect(kept).toMatchObject({ bookingMode: 'SHARED', rules: { bookingInterval: 20, autoConfirm: true } });
    expect([kept.seasons, kept.scheduleOverrides].map((list) => list.length)).toEqual([1, 1]);
    const changed = valueOf(
      await update(row, {
        bookingMode: 'EXCLUSIVE',
        rules: { bookingInterval: null, cancellationHours: 2 },
        seasons: [],
        scheduleOverrides: [repairs, short],
      }),
    );
    expect(changed).toMatchObject({
      bookingMode: 'EXCLUSIVE',
      rules: { autoConfirm: true, cancellationHours: 2 },
      seasons: [],
    });
    expect(changed.rules).not.toHaveProperty('bookingInterval');
    expect(changed.scheduleOverrides).toHaveLength(2);
  });

  test.each([
    [{ bookingMode: null }, ['INVALID input.bookingMode']],
    [{ rules: null }, ['INVALID input.rules']],
    [{ seasons: null }, ['INVALID input.seasons']],
    [{ scheduleOverrides: null }, ['INVALID input.scheduleOverrides']],
    [{ rules: { bookingInterval: 4 } }, ['INVALID input.rules.bookingInterval']],
    // On the tenant's grid of 60 minutes.
    [{ rules: { minDurationMinutes: 90 } }, ['INVALID input.rules.minDurationMinutes']],
    [{ seasons: [summer, summer] }, ['INVALID input.seasons.1']],
    [{ scheduleOverrides: [repairs, repairs] }, ['INVALID input.scheduleOverrides.1']],
    [{ scheduleOverrides: Array.from({ length: 367 }, () => repairs) }, ['TOO_MANY input.scheduleOverrides']],
    [{ seasons: Array.from({ length: 51 }, () => summer) }, ['TOO_MANY input.seasons']],
    [
      {
        capacity: 0,
        rules: { approvalHours: 0 },
        seasons: [{ ...summer, to: summer.from.subtract({ days: 1 }) }],
        scheduleOverrides: [{ ...short, ranges: [range('12:00', '08:00')] }],
      },
      [
        'INVALID input.capacity',
        'INVALID input.rules.approvalHours',
        'INVALID input.seasons.0.to',
        'INVALID input.scheduleOverrides.0.ranges.0.end',
      ],
    ],
  ] as [Partial<UpdateResourceInput>, string[]][])(
    'refuses %j with %j, and changes nothing',
    async (changes, expected) => {
      const row = await newResource();
      expect(refusalsOf(await update(row, { name: 'Outra', ...changes }))).toEqual(expected);
      expect(await resource(as(userOf(tenantOfRow(row))), row.id)).toEqual(row);
    },
  );

  test('judges durations by the rules that are stored, also those of a concurrent change', async () => {
    const row = await newResource();
    valueOf(await update(row, { rules: { bookingInterval: 45 } }));
    expect(refusalsOf(await update(row, { rules: { maxDurationMinutes: 60 } }))).toEqual([
      'INVALID input.rules.maxDurationMinutes',
    ]);
    valueOf(await update(row, { rules: { maxDurationMinutes: 90 } }));
    const outcomes = await Promise.all([
      update(row, { rules: { bookingInterval: 30 } }),
      update(row, { rules: { maxDurationMinutes: 45 } }),
    ]);
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
  });

  test('lets ranges end on the next date only where the tenant is open overnight', async () => {
    const row = await newResource();
    const night = range('22:00', '04:00');
    const changes = {
      availabilitySchedule: [{ day: 'MONDAY' as const, ...night }],
      seasons: [{ ...summer, ranges: [{ day: 'MONDAY' as const, ...night }] }],
      scheduleOverrides: [{ ...short, ranges: [night] }],
    };
    expect(refusalsOf(await update(row, changes))).toEqual([
      'INVALID input.availabilitySchedule.0.end',
      'INVALID input.seasons.0.ranges.0.end',
      'INVALID input.scheduleOverrides.0.ranges.0.end',
    ]);
    setup.setSettings(tenantOfRow(row), { overnight: true });
    valueOf(await update(row, changes));
    // What was stored while it was allowed prevents no other change.
    setup.setSettings(tenantOfRow(row), {});
    expect(valueOf(await update(row, { capacity: 3 })).availabilitySchedule).toEqual([
      { day: 'MONDAY', start: '22:00:00', end: '04:00:00' },
    ]);
    const create = (tenantId: typeof row.tenantId) =>
      createResource(as(administratorOf(tenantId)), { categoryId: row.categoryId, name: 'Sala', ...changes });
    expect(refusalsOf(await create(row.tenantId))).toHaveLength(3);
    setup.setSettings(tenantOfRow(row), { overnight: true });
    expect(refusalsOf(await create(row.tenantId))).toEqual([]);
  });

  test('reads the tenant only where its settings decide', async () => {
    const row = await newResource();
    const readsOf = async (changes: Partial<UpdateResourceInput>) => {
      const before = setup.profiles.length;
      valueOf(await update(row, changes));
      return setup.profiles.length - before;
    };
    expect(await readsOf({ name: 'Sala', scheduleOverrides: [short], seasons: [summer] })).toBe(0);
    expect(await readsOf({ rules: { autoConfirm: true } })).toBe(1);
  });
});

describe('effectiveRules', () => {
  test('follow the tenant where the resource has no rule of its own, with one look-up for a whole page', async () => {
    const category = await setup.category(setup.tenant());
    setup.setSettings(category.tenantId, { bookingInterval: 30, minDurationMinutes: 60, approvalHours: 8 });
    await setup.resource(category, { rules: { bookingInterval: 45 } });
    await setup.resource(category);
    const before = setup.profiles.length;
    const { data } = await setup.ask(
      as(userOf(category.tenantId)),
      '{ resources { nodes { effectiveRules { bookingInterval minDurationMinutes approvalHours } } } }',
    );
    expect(data.resources.nodes).toEqual([
      { effectiveRules: { bookingInterval: 45, minDurationMinutes: 90, approvalHours: 8 } },
      { effectiveRules: { bookingInterval: 30, minDurationMinutes: 60, approvalHours: 8 } },
    ]);
    expect(setup.profiles.slice(before)).toEqual([category.tenantId]);
  });

  test('of a tenant that is gone are the defaults', async () => {
    const row = { ...(await newResource()), tenantId: newTenantId(), rules: { approvalHours: 3 } };
    expect(await effectiveRulesOf(setup.anonymous(), row)).toMatchObject({
      bookingInterval: 30,
      minDurationMinutes: 30,
      approvalHours: 3,
    });
  });
});
