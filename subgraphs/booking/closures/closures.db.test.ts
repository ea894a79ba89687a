import type { ClosureRow } from '@drizzle/booking/tables';
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { latestOf } from '@libs/db/latestReads';
import { postgresProxy } from '@libs/testing/postgresProxy';
import { testDatabase } from '@libs/testing/testDatabases';
import type { Temporal } from 'temporal-polyfill';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { codesOf, exampleDirectory, platformCaller, valueOf } from '../booking.fixtures.ts';
import type { Context } from '../context.ts';
import type { ClosureInput, UpdateClosureInput } from '../generated.ts';
import { between, closing, date, exampleClosures } from './closures.fixtures.ts';
import { createClosures } from './createClosures.ts';
import { deleteClosure } from './deleteClosure.ts';
import { closures, closuresFor, closuresOfDay, closuresOfResource, type AvailableDay } from './reads.ts';
import { closureLoader, MAX_CLOSURES_PER_REQUEST, type ClosureLoader } from './closureLoader.ts';
import {
  MAX_CLOSED_IDS,
  MAX_CLOSURE_DAYS,
  MAX_CLOSURES,
  MAX_CLOSURES_AHEAD,
  MAX_CLOSURES_AT_ONCE,
} from './rules.ts';
import { updateClosure } from './updateClosure.ts';

const { url, sql } = await testDatabase('booking');
const db = connect(url, { name: 'closures' });
afterAll(() => db.close());
const directory = exampleDirectory();
const setup = (zone?: string) => exampleClosures(db, directory, zone);

const fieldsOf = (outcome: Awaited<ReturnType<typeof createClosures>>) =>
  outcome.ok ? [] : outcome.refusals.map(({ code, field }) => `${code} ${field?.join('.')}`);
const many = (count: number, of: (index: number) => ClosureInput = () => closing()) =>
  Array.from({ length: count }, (_, index) => of(index));
const namesOf = (rows: readonly ClosureRow[]) => rows.map(({ name }) => name);

describe('createClosures', () => {
  it('makes closures and announces each', async () => {
    const { tenant, close, events } = setup();
    const room = tenant.resource();
    const { category } = directory.resourceById.get(room)!;
    const { closures: made } = await close([
      closing('2027-12-25', { name: 'Natal' }),
      closing('2027-01-01', {
        ...{ name: 'Reforma', to: date('2027-01-31'), ...between('13:00', '24:00') },
        ...{ resourceIds: [room, room], categoryIds: [category.id] },
      }),
    ]);
    expect(made).toMatchObject([
      { name: 'Natal', fromDate: '2027-12-25', toDate: '2027-12-25', startTime: null, endTime: null },
      {
        ...{ name: 'Reforma', fromDate: '2027-01-01', toDate: '2027-01-31' },
        ...{ startTime: '13:00:00', endTime: '24:00:00', resourceIds: [room], categoryIds: [category.id] },
      },
    ]);
    const announced = await events('closure.created');
    expect(announced.map(({ payload }) => payload)).toEqual(
      made.map((row) => ({
        closure_id: row.id,
        tenant_id: tenant.id,
        from: row.fromDate,
        to: row.toDate,
        start_time: row.startTime,
        end_time: row.endTime,
        resource_ids: row.resourceIds,
        category_ids: row.categoryIds,
      })),
    );
    const page = await closures(tenant.as(tenant.user()), {});
    expect(page.nodes).toEqual([made[1], made[0]]);
  });

  it.each<[string, ClosureInput, string]>([
    ['a blank name', closing('2027-01-06', { name: ' ' }), 'INVALID name'],
    ['a name of 201 characters', closing('2027-01-06', { name: 'x'.repeat(201) }), 'INVALID name'],
    ['reversed dates', closing('2027-01-06', { to: date('2027-01-05') }), 'INVALID to'],
    [
      'a date too many',
      closing('2027-01-01', { to: date('2027-01-01').add({ days: MAX_CLOSURE_DAYS }) }),
      'INVALID to',
    ],
    ['hours without length', closing('2027-01-06', between('13:00', '13:00')), 'INVALID endTime'],
    ['hours across midnight', closing('2027-01-06', between('22:00', '02:00')), 'INVALID endTime'],
    [
      'an end at 00:00',
      closing('2027-01-06', { endTime: between('00:00', '00:00').endTime }),
      'INVALID endTime',
    ],
    [
      'a start at 24:00',
      closing('2027-01-06', { startTime: between('24:00', '24:00').startTime }),
      'INVALID startTime',
    ],
    ['no resources', closing('2027-01-06', { resourceIds: [] }), 'INVALID resourceIds'],
    ['no categories', closing('2027-01-06', { categoryIds: [] }), 'INVALID categoryIds'],
    ['an unknown resource', closing('2027-01-06', { resourceIds: [newId()] }), 'NOT_FOUND resourceIds'],
    ['an unknown category', closing('2027-01-06', { categoryIds: [newId()] }), 'NOT_FOUND categoryIds'],
  ])('refuses %s, and makes none of the others', async (_, bad, expected) => {
    const { create, countClosures } = setup();
    const [code, field] = expected.split(' ');
    expect(fieldsOf(await create([closing(), bad]))).toEqual([`${code} input.closures.1.${field}`]);
    expect(await countClosures()).toBe(0);
  });

  it('refuses a deleted resource', async () => {
    const { tenant, create, countClosures } = setup();
    const deleted = tenant.resource({ isActive: false, isDeleted: true });
    const inactive = tenant.resource({ isActive: false });
    expect(fieldsOf(await create([closing('2027-01-06', { resourceIds: [inactive, deleted] })]))).toEqual([
      'NOT_FOUND input.closures.0.resourceIds',
    ]);
    expect(await countClosures()).toBe(0);
  });

  it('accepts every bound, and refuses one beyond', async () => {
    const { tenant, create, close, codes } = setup();
    const rooms = Array.from({ length: MAX_CLOSED_IDS + 1 }, () => tenant.resource());
    await close([
      closing('2027-01-01', {
        ...{ name: 'x'.repeat(200), to: date('2027-01-01').add({ days: MAX_CLOSURE_DAYS - 1 }) },
        // Repeated ids count once.
        resourceIds: [...rooms.slice(1), rooms[1]!],
        categoryIds: rooms.slice(1).map((id) => directory.resourceById.get(id)!.category.id),
      }),
    ]);
    expect(fieldsOf(await create([closing('2027-01-01', { resourceIds: rooms })]))).toEqual([
      'INVALID input.closures.0.resourceIds',
    ]);
    await close(many(MAX_CLOSURES_AT_ONCE));
    expect(fieldsOf(await create(many(MAX_CLOSURES_AT_ONCE + 1)))).toEqual(['INVALID input.closures']);
    expect(await codes([])).toEqual(['INVALID']);
  });

  it('accepts 10,000 with those that are over, and keeps what a tenant has', async () => {
    const { tenant, create, countClosures, ctx } = setup();
    await sql`
      insert into closures (id, tenant_id, name, from_date, to_date, created_at, updated_at)
      select gen_random_uuid(), ${tenant.id}, 'x', date '2000-01-01' + n, date '2000-01-01' + n, now(), now()
      from generate_series(1, ${MAX_CLOSURES - 1}::int) n`;
    expect(fieldsOf(await create([closing(), closing()]))).toEqual(['TOO_MANY input.closures']);
    expect(fieldsOf(await create([closing()]))).toEqual([]);
    const past = closing('2020-01-06');
    expect(fieldsOf(await create([past]))).toEqual(['TOO_MANY input.closures']);
    const { nodes } = await closures(ctx(), { first: 1 });
    expect(codesOf(await updateClosure(ctx(), { id: nodes[0]!.id, name: 'y' }))).toEqual([]);
    expect(await countClosures()).toBe(MAX_CLOSURES);
  });

  it('accepts 1,000 that have not ended by the tenant’s calendar, however many are over', async () => {
    const { tenant, create, close, codes, ctx } = setup();
    await close(many(MAX_CLOSURES_AT_ONCE, () => closing('2027-01-03')));
    for (let count = 0; count < MAX_CLOSURES_AHEAD - MAX_CLOSURES_AT_ONCE; count += MAX_CLOSURES_AT_ONCE) {
      await close(many(MAX_CLOSURES_AT_ONCE, () => closing('2027-01-04')));
    }
    expect(fieldsOf(await create(many(MAX_CLOSURES_AT_ONCE)))).toEqual([]);
    expect(fieldsOf(await create([closing('2027-01-04')]))).toEqual(['TOO_MANY input.closures']);
    expect(await codes([closing('2027-01-03')])).toEqual([]);
    const { nodes } = await closures(ctx(), { first: 1 });
    const moved = await updateClosure(ctx(), { id: nodes[0]!.id, to: date('2027-01-05') });
    expect(fieldsOf(moved)).toEqual(['TOO_MANY input.to']);
    expect(codesOf(await updateClosure(ctx(), { id: nodes[0]!.id, to: date('2027-01-03') }))).toEqual([]);
    // A day later in the tenant's zone, those are over.
    const tomorrow = tenant.now.add({ hours: 15 });
    const caller = tenant.administrator();
    const later = await createClosures(tenant.as(caller, { now: tomorrow }), { closures: [closing()] });
    expect(codesOf(later)).toEqual([]);
  }, 60_000);

  it('treats another tenant’s resources and categories like ones that do not exist', async () => {
    const [here, there] = [setup(), setup()];
    const room = there.tenant.resource();
    const { category } = directory.resourceById.get(room)!;
    const outcome = await here.create([
      closing('2027-01-06', { resourceIds: [room], categoryIds: [category.id] }),
    ]);
    expect(fieldsOf(outcome)).toEqual([
      'NOT_FOUND input.closures.0.resourceIds',
      'NOT_FOUND input.closures.0.categoryIds',
    ]);
  });

  it('requires canManageResources, and canManageBookings to cancel bookings', async () => {
    const { tenant } = setup();
    const input = { closures: [closing()] };
    const make = (caller: Context['caller'], more = {}) =>
      createClosures(tenant.as(caller), { ...input, ...more });
    const forbidden = { code: 'FORBIDDEN' };
    await expect(make(tenant.user({ canManageBookings: true, canManageUsers: true }))).rejects.toMatchObject(
      forbidden,
    );
    const resourceManager = tenant.user({ canManageResources: true });
    await expect(make(resourceManager, { effect: 'CANCEL' })).rejects.toMatchObject(forbidden);
    expect(codesOf(await make(resourceManager, { effect: 'REFUSE' }))).toEqual([]);
    await expect(make(resourceManager, { tenantId: setup().tenant.id })).rejects.toMatchObject(forbidden);
    await expect(make({ kind: 'anonymous' })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(make(platformCaller())).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(codesOf(await make(platformCaller(), { tenantId: tenant.id, effect: 'CANCEL' }))).toEqual([]);
    expect(codesOf(await make(platformCaller(), { tenantId: newId() }))).toEqual(['NOT_FOUND']);
    tenant.profile.isActive = false;
    expect(codesOf(await make(resourceManager))).toEqual(['INACTIVE']);
    expect(codesOf(await make(platformCaller(), { tenantId: tenant.id }))).toEqual([]);
  });

  it('makes nothing for a tenant that was deleted meanwhile', async () => {
    const { tenant, codes, countClosures } = setup();
    await sql`
      insert into tombstones (kind, id, tenant_id, deleted_at) values ('TENANT', ${tenant.id}, ${tenant.id}, now())`;
    expect(await codes([closing()])).toEqual(['NOT_FOUND']);
    expect(await countClosures()).toBe(0);
  });
});

describe('updateClosure', () => {
  async function made() {
    const one = setup();
    const room = one.tenant.resource();
    const closure = closing('2027-01-06', { ...between('10:00', '12:00'), resourceIds: [room] });
    const [row] = (await one.close([closure])).closures;
    const update = (input: Partial<UpdateClosureInput>) =>
      updateClosure(one.ctx(), { id: row!.id, ...input });
    return { ...one, room, row: row!, update };
  }

  it('keeps what is absent, resets what is null, and announces it', async () => {
    const { update, row, room, events } = await made();
    const renamed = valueOf(await update({ name: 'Reforma' })).closures[0];
    expect(renamed).toEqual({ ...row, name: 'Reforma', updatedAt: row.updatedAt });
    const reset = valueOf(await update({ startTime: null, endTime: null, resourceIds: null })).closures[0];
    expect(reset).toMatchObject({ startTime: null, endTime: null, resourceIds: null, name: 'Reforma' });
    const again = valueOf(await update({ resourceIds: [room, room], to: date('2027-01-08') })).closures[0];
    expect(again).toMatchObject({ resourceIds: [room], fromDate: '2027-01-06', toDate: '2027-01-08' });
    expect(await events('closure.updated')).toHaveLength(3);
    // Nothing changes, so nothing is announced.
    valueOf(await update({ name: 'Reforma' }));
    expect(await events('closure.updated')).toHaveLength(3);
  });

  it.each<[string, Partial<UpdateClosureInput>, string]>([
    ['a null name', { name: null }, 'INVALID input.name'],
    ['a null date', { from: null }, 'INVALID input.from'],
    ['a last date before the first', { to: date('2027-01-05') }, 'INVALID input.to'],
    ['an end before the start', { endTime: between('09:00', '09:00').endTime }, 'INVALID input.endTime'],
    ['no resources', { resourceIds: [] }, 'INVALID input.resourceIds'],
    ['an unknown category', { categoryIds: [newId()] }, 'NOT_FOUND input.categoryIds'],
  ])('refuses %s', async (_, input, expected) => {
    const { update, row, ctx } = await made();
    expect(fieldsOf(await update(input))).toEqual([expected]);
    expect((await closures(ctx(), {})).nodes).toEqual([row]);
  });

  it('takes no deleted resource, but keeps one that was deleted since', async () => {
    const { tenant, room, update } = await made();
    const other = tenant.resource({ isActive: false, isDeleted: true });
    const known = directory.resourceById.get(room)!;
    directory.resourceById.set(room, { ...known, isActive: false, isDeleted: true });
    expect(fieldsOf(await update({ resourceIds: [room, other] }))).toEqual(['NOT_FOUND input.resourceIds']);
    const changed = valueOf(await update({ name: 'Reforma', resourceIds: [room] })).closures[0];
    expect(changed).toMatchObject({ name: 'Reforma', resourceIds: [room] });
  });

  it('knows no closure of another tenant, and no deleted one', async () => {
    const { row, ctx, tenant } = await made();
    const other = setup();
    expect(fieldsOf(await updateClosure(other.ctx(), { id: row.id, name: 'x' }))).toEqual([
      'NOT_FOUND input.id',
    ]);
    expect(codesOf(await deleteClosure(other.ctx(), row.id))).toEqual(['NOT_FOUND']);
    await expect(deleteClosure(tenant.as(tenant.user()), row.id)).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    expect(valueOf(await deleteClosure(ctx(), row.id))).toBe(row.id);
    expect(codesOf(await deleteClosure(ctx(), row.id))).toEqual(['NOT_FOUND']);
    expect(fieldsOf(await updateClosure(ctx(), { id: row.id, name: 'x' }))).toEqual(['NOT_FOUND input.id']);
  });

  it('announces a deletion', async () => {
    const { row, ctx, events } = await made();
    valueOf(await deleteClosure(ctx(), row.id));
    expect((await events('closure.deleted'))[0]!.payload).toMatchObject({ closure_id: row.id });
  });
});

describe('closures', () => {
  it('lists by date, in pages, in both directions', async () => {
    const { close, ctx } = setup();
    const days = [3, 1, 2, 1, 5, 4];
    await close(days.map((day, n) => closing(`2027-02-0${day}`, { name: `${day} ${n}` })));
    const expected = ['1 1', '1 3', '2 2', '3 0', '4 5', '5 4'];
    const seen: string[] = [];
    for (let after: string | null = null; ;) {
      const page = await closures(ctx(), { first: 4, after });
      expect(await page.totalCount()).toBe(6);
      seen.push(...namesOf(page.nodes));
      if (!page.pageInfo.hasNextPage) break;
      after = page.pageInfo.endCursor;
    }
    expect(seen).toEqual(expected);
    const last = await closures(ctx(), { last: 2 });
    expect(namesOf(last.nodes)).toEqual(expected.slice(4));
    const before = await closures(ctx(), { last: 10, before: last.pageInfo.startCursor });
    expect(namesOf(before.nodes)).toEqual(expected.slice(0, 4));
    const foreign = setup();
    await expect(closures(foreign.ctx(), { after: last.pageInfo.startCursor })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });

  it('filters by dates and by resource', async () => {
    const { tenant, close, ctx } = setup();
    const [room, other] = [tenant.resource(), tenant.resource()];
    const { category } = directory.resourceById.get(room)!;
    await close([
      closing('2027-02-01', { name: 'all', to: date('2027-02-03') }),
      closing('2027-02-02', { name: 'room', resourceIds: [room] }),
      closing('2027-02-03', { name: 'category', categoryIds: [category.id] }),
      closing('2027-02-04', { name: 'other', resourceIds: [other] }),
      closing('2027-02-05', { name: 'both', resourceIds: [other], categoryIds: [category.id] }),
    ]);
    const list = async (filter: Parameters<typeof closures>[1]['filter']) => {
      const page = await closures(ctx(), { filter });
      expect(await page.totalCount()).toBe(page.nodes.length);
      return namesOf(page.nodes);
    };
    expect(await list({ resourceId: room })).toEqual(['all', 'room', 'category', 'both']);
    expect(await list({ resourceId: other })).toEqual(['all', 'other', 'both']);
    expect(await list({ resourceId: newId() })).toEqual([]);
    expect(await list({ resourceId: setup().tenant.resource() })).toEqual([]);
    expect(await list({ resourceId: tenant.resource({ isActive: false, isDeleted: true }) })).toEqual([]);
    expect(await list({ from: date('2027-02-03'), to: date('2027-02-03') })).toEqual(['all', 'category']);
    expect(await list({ from: date('2027-02-04') })).toEqual(['other', 'both']);
    expect(await list({ to: date('2027-02-01') })).toEqual(['all']);
    await expect(list({ from: date('2027-02-02'), to: date('2027-02-01') })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });

  it('is public for active tenants, and nobody sees those of another', async () => {
    const { tenant, close } = setup();
    await close([closing()]);
    const anonymous = () => closures(tenant.as({ kind: 'anonymous' }), { tenantId: tenant.id });
    expect((await anonymous()).nodes).toHaveLength(1);
    const other = setup();
    expect((await closures(other.ctx(), {})).nodes).toEqual([]);
    await expect(closures(other.ctx(), { tenantId: tenant.id })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    tenant.profile.isActive = false;
    const hidden = await anonymous();
    expect([hidden.nodes, await hidden.totalCount()]).toEqual([[], 0]);
  });
});

describe('of a resource', () => {
  it('closuresFor gives each resource its own, in order', async () => {
    const { tenant, close } = setup();
    const [room, other] = [tenant.resource(), tenant.resource()];
    await close([
      closing('2027-02-01', { name: 'all' }),
      closing('2027-02-01', { name: 'room', resourceIds: [room], ...between('10:00', '12:00') }),
      closing('2027-02-03', { resourceIds: [room] }),
    ]);
    const day = date('2027-02-01').toZonedDateTime('America/Sao_Paulo').toInstant();
    const found = await closuresFor(tenant.id, db, {
      resources: [other, room].map((id) => directory.resourceById.get(id)!),
      ...{ from: day, to: day.add({ hours: 24 }), zone: 'America/Sao_Paulo' },
    });
    const whole = { from: date('2027-02-01'), to: date('2027-02-01'), startTime: null, endTime: null };
    expect(found).toEqual([[whole], [whole, { ...whole, ...between('10:00', '12:00') }]]);
    expect(await closuresFor(tenant.id, db, { resources: [], from: day, to: day, zone: 'UTC' })).toEqual([]);
  });

  const dayOf = (resourceId: string, day: Temporal.PlainDate, timezone: string): AvailableDay => ({
    ...{ date: day, timezone, bookingInterval: 30, slots: [] },
    resourceId,
  });

  it('closuresOfDay has those that cover any part of the day', async () => {
    const zone = 'America/New_York';
    const { tenant, close, ctx } = setup(zone);
    const rooms = [tenant.resource(), tenant.resource()];
    await close([
      closing('2027-03-12', { name: 'weekend', to: date('2027-03-14') }),
      // The clock skips these hours on the 14th.
      closing('2027-03-12', { name: 'night', to: date('2027-03-14'), ...between('02:00', '03:00') }),
      closing('2027-03-13', { name: 'room', resourceIds: [rooms[0]!] }),
    ]);
    const context = ctx();
    const days = [11, 12, 13, 14, 15].map((day) => date(`2027-03-${day}`));
    const namesOn = async (day: AvailableDay) => namesOf(await closuresOfDay(context, day)).join(' ');
    const found = await Promise.all(
      rooms.map((room) => Promise.all(days.map((day) => namesOn(dayOf(room, day, zone))))),
    );
    expect(found).toEqual([
      ['', 'weekend night', 'weekend night room', 'weekend', ''],
      ['', 'weekend night', 'weekend night', 'weekend', ''],
    ]);
    expect(await closuresOfDay(context, dayOf(newId(), days[1]!, zone))).toEqual([]);
  });

  it('reads all of a request with one statement, and at most 20,000', async () => {
    const { tenant, close } = setup();
    const rooms = Array.from({ length: 20 }, () => tenant.resource());
    const days = Array.from({ length: 10 }, (_, index) => date('2027-02-01').add({ days: index }));
    await close(many(100, () => closing('2027-02-01', { to: days.at(-1)! })));
    const proxy = await postgresProxy(url);
    const counted = connect(proxy.url, { name: 'cost', max: 1 });
    onTestFinished(async () => {
      await counted.close();
      await proxy.close();
    });
    const ask = (loader: ClosureLoader) =>
      Promise.all(
        rooms.flatMap((id) => {
          const resource = directory.resourceById.get(id)!;
          return days.map((day) => closuresOfResource({ closures: loader }, resource, day, day));
        }),
      );
    // The connection opens, and prepares the statement.
    await ask(closureLoader(latestOf(counted)));
    proxy.take();
    const loader = closureLoader(latestOf(counted));
    expect((await ask(loader)).flat()).toHaveLength(MAX_CLOSURES_PER_REQUEST);
    expect(proxy.take().statements).toBe(1);
    await expect(ask(loader)).rejects.toMatchObject({ code: 'QUERY_TOO_COMPLEX' });
  });
});
