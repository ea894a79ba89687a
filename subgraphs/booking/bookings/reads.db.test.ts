import { withAllocations } from '@drizzle/booking/allocations.fixtures';
import type { BookingRow } from '@drizzle/booking/tables';
import { CASING, connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { testDatabase } from '@libs/testing/testDatabases';
import { drizzle } from 'drizzle-orm/postgres-js';
import { graphql } from 'graphql';
import postgres from 'postgres';
import { afterAll, describe, expect, it } from 'vitest';
import type { Context } from '../context.ts';
import {
  at,
  bookingInput,
  exampleDirectory,
  exampleTenant,
  platformCaller,
  times,
  valueOf,
  nothingLive,
} from '../booking.fixtures.ts';
import type { ChangeDeps } from '../changes/changes.ts';
import { schema as subgraphSchema } from '../schema.ts';
import { changeBookingStatus } from './changeBookingStatus.ts';
import { createBooking } from './createBooking.ts';
import {
  booking,
  bookings,
  bookingsOfResource,
  bookingsOfSeries,
  bookingsOfUser,
  type BookingPage,
  type ListArgs,
} from './reads.ts';

const { url, sql } = await testDatabase('booking');
const db = connect(url, { name: 'reads' });
afterAll(() => db.close());
const directory = exampleDirectory();
const schema = subgraphSchema({} as ChangeDeps, nothingLive);

/** `ana` and `bia` are plain users, `boss` manages bookings. */
async function setup(on = db) {
  const tenant = exampleTenant(on, directory);
  const [ana, bia, boss] = [tenant.user(), tenant.user(), tenant.user({ canManageBookings: true })];
  const [sala, quadra] = [tenant.resource(), tenant.resource()];
  const book = async (
    by: typeof ana,
    room: string,
    parts: Parameters<typeof bookingInput>[1],
  ): Promise<BookingRow> =>
    valueOf(await createBooking(tenant.as(by), bookingInput(room, parts))).bookings[0]!;
  const rows = {
    anas: await book(ana, sala, times('09:00', '10:00')),
    anasForBia: await book(ana, quadra, { ...times('09:00', '11:00'), clientId: bia.userId }),
    bias: await book(bia, sala, times('10:00', '11:00')),
    bosss: await book(boss, quadra, times('11:00', '12:00')),
  };
  return { tenant, ana, bia, boss, sala, quadra, rows };
}

const idsOf = (page: BookingPage) => page.nodes.map(({ id }) => id);
const idsOfRows = (...rows: BookingRow[]) => rows.map(({ id }) => id);

describe('booking', () => {
  it('is visible only to its user, its client, and callers who manage bookings', async () => {
    const { tenant, ana, bia, boss, rows } = await setup();
    const foreign = exampleTenant(db, directory);
    const { anas, anasForBia } = rows;
    const seen = async (ctx: Context, row: BookingRow) => (await booking(ctx, row.id)) !== null;
    expect(await seen(tenant.as(ana), anas)).toBe(true);
    expect(await seen(tenant.as(bia), anasForBia)).toBe(true);
    expect(await seen(tenant.as(boss), anas)).toBe(true);
    expect(await seen(tenant.as(platformCaller()), anas)).toBe(true);
    expect(await seen(tenant.as(bia), anas)).toBe(false);
    expect(await seen(foreign.as(foreign.administrator()), anas)).toBe(false);
    expect(await booking(tenant.as(boss), newId())).toBeNull();
    await expect(booking(tenant.as({ kind: 'anonymous' }), anas.id)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });
});

describe('bookings', () => {
  it('are sorted by start, then id; other users’ are listed only for callers who manage bookings', async () => {
    const { tenant, ana, bia, boss, rows } = await setup();
    const { anas, anasForBia, bias, bosss } = rows;
    const all = idsOfRows(anas, anasForBia, bias, bosss);
    expect(idsOf(await bookings(tenant.as(boss), {}))).toEqual(all);
    expect(idsOf(await bookings(tenant.as(platformCaller()), { tenantId: tenant.id }))).toEqual(all);
    expect(idsOf(await bookings(tenant.as(ana), {}))).toEqual(idsOfRows(anas, anasForBia));
    expect(idsOf(await bookings(tenant.as(bia), {}))).toEqual(idsOfRows(anasForBia, bias));
  });

  it('are filtered by each field of the filter, and by all of them together', async () => {
    const { tenant, ana, bia, boss, sala, quadra, rows } = await setup();
    const { anas, anasForBia, bias, bosss } = rows;
    valueOf(await changeBookingStatus(tenant.as(boss), { id: bias.id, status: 'CONFIRMED' }));
    valueOf(await changeBookingStatus(tenant.as(boss), { id: bosss.id, status: 'REJECTED' }));
    const ids = async (filter: NonNullable<Parameters<typeof bookings>[1]['filter']>) =>
      idsOf(await bookings(tenant.as(boss), { filter }));
    expect(await ids({ resourceId: sala })).toEqual(idsOfRows(anas, bias));
    expect(await ids({ userId: ana.userId })).toEqual(idsOfRows(anas, anasForBia));
    expect(await ids({ clientId: bia.userId })).toEqual(idsOfRows(anasForBia, bias));
    expect(await ids({ seriesId: newId() })).toEqual([]);
    expect(await ids({ status: ['REJECTED', 'CONFIRMED', 'CONFIRMED'] })).toEqual(idsOfRows(bias, bosss));
    expect(await ids({ status: [] })).toEqual([]);
    expect(await ids({ from: at('2027-01-06T10:00') })).toEqual(idsOfRows(anasForBia, bias, bosss));
    expect(await ids({ to: at('2027-01-06T10:00') })).toEqual(idsOfRows(anas, anasForBia));
    expect(await ids({ from: at('2027-01-06T13:00:00Z'), to: at('2027-01-06T11:00-03:00') })).toEqual(
      idsOfRows(anasForBia, bias),
    );
    expect(
      await ids({
        resourceId: quadra,
        userId: ana.userId,
        status: ['PENDING'],
        from: at('2027-01-06T00:00'),
      }),
    ).toEqual(idsOfRows(anasForBia));
    await expect(ids({ from: at('2027-01-06T10:00'), to: at('2027-01-06T10:00') })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });

  it('are paged without gaps or repeats, and counted, whatever branches the list has', async () => {
    const tenant = exampleTenant(db, directory);
    const [ana, bia] = [tenant.user(), tenant.user()];
    const boss = tenant.administrator();
    await withAllocations(
      sql,
      sql`
      insert into bookings (id, tenant_id, resource_id, user_id, client_id, start_time, end_time, status, created_at, updated_at)
      select gen_random_uuid(), ${tenant.id}, gen_random_uuid(), case when n % 2 = 0 then ${ana.userId}::uuid else ${bia.userId}::uuid end,
             case when n % 3 = 0 then ${ana.userId}::uuid else ${bia.userId}::uuid end,
             '2027-03-01T12:00Z'::timestamptz + (n / 4) * interval '1 hour', '2027-03-01T13:00Z'::timestamptz + (n / 4) * interval '1 hour',
             (array['PENDING', 'CONFIRMED', 'CANCELLED'])[1 + n % 3]::booking_status, now(), now()
      from generate_series(0, 99) as n`,
    );
    const walk = async (ctx: () => Context, filter: object, of: typeof bookings = bookings) => {
      const ids: string[] = [];
      for (let after: string | null = null; ;) {
        const page: BookingPage = await of(ctx(), { filter, first: 7, after });
        ids.push(...idsOf(page));
        expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
        if (!page.pageInfo.hasNextPage) return { ids, total: await page.totalCount() };
        after = page.pageInfo.endCursor;
      }
    };
    const expected = async (where: postgres.PendingQuery<postgres.Row[]>) =>
      (
        await sql`select id from bookings where tenant_id = ${tenant.id} and ${where} order by start_time, id`
      ).map(({ id }) => id as string);
    const ofAnaSql = sql`(user_id = ${ana.userId} or client_id = ${ana.userId})`;
    for (const [ctx, filter, where] of [
      [() => tenant.as(boss), {}, sql`true`],
      [() => tenant.as(boss), { status: ['PENDING', 'CONFIRMED'] }, sql`status in ('PENDING', 'CONFIRMED')`],
      [() => tenant.as(ana), {}, ofAnaSql],
      [() => tenant.as(ana), { status: ['CANCELLED'] }, sql`${ofAnaSql} and status = 'CANCELLED'`],
      [() => tenant.as(ana), { clientId: bia.userId }, sql`${ofAnaSql} and client_id = ${bia.userId}`],
    ] as const) {
      const ids = await expected(where);
      expect(ids.length).toBeGreaterThan(7);
      expect(await walk(ctx, filter)).toEqual({ ids, total: ids.length });
    }
    const ofAna = await walk(
      () => tenant.as(boss),
      {},
      (ctx, args) => bookingsOfUser(ctx, ana.userId, args),
    );
    expect(ofAna.ids).toEqual(await expected(ofAnaSql));
  });

  it.each([
    ['START_TIME', 'ASC'],
    ['START_TIME', 'DESC'],
    ['CREATED_AT', 'ASC'],
    ['CREATED_AT', 'DESC'],
  ] as const)('are paged by %s %s from both ends, and between cursors', async (field, direction) => {
    const tenant = exampleTenant(db, directory);
    const boss = tenant.administrator();
    // Ids in another order than starts.
    const made = await withAllocations(
      sql,
      sql`
      insert into bookings (id, tenant_id, resource_id, user_id, client_id, start_time, end_time, status, created_at, updated_at)
      select gen_random_uuid(), ${tenant.id}, gen_random_uuid(), ${boss.userId}, ${boss.userId},
             '2027-03-01T12:00Z'::timestamptz + (n / 2) * interval '1 hour', '2027-03-01T13:00Z'::timestamptz + (n / 2) * interval '1 hour',
             'CONFIRMED', now(), now()
      from generate_series(0, 16) as n`,
    );
    const sorted =
      field === 'START_TIME'
        ? await sql<
            { id: string }[]
          >`select id from bookings where tenant_id = ${tenant.id} order by start_time, id`
        : made.toSorted((x, y) => (x.id < y.id ? -1 : 1));
    const expected = sorted.map(({ id }) => id);
    if (direction === 'DESC') expected.reverse();
    const read = (args: ListArgs) => bookings(tenant.as(boss), { ...args, orderBy: { field, direction } });

    const forward: string[] = [];
    for (let after: string | null = null; ;) {
      const page: BookingPage = await read({ first: 5, after });
      forward.push(...idsOf(page));
      if (!page.pageInfo.hasNextPage) break;
      after = page.pageInfo.endCursor;
    }
    expect(forward).toEqual(expected);

    const backward: string[] = [];
    for (let before: string | null = null; ;) {
      const page: BookingPage = await read({ first: 50, last: 5, before });
      backward.unshift(...idsOf(page));
      expect(page.pageInfo.hasNextPage).toBe(before !== null);
      if (!page.pageInfo.hasPreviousPage) break;
      before = page.pageInfo.startCursor;
    }
    expect(backward).toEqual(expected);

    const all = await read({});
    const [after, before] = [all.edges[2]!.cursor, all.edges[9]!.cursor];
    expect(idsOf(await read({ after, before }))).toEqual(expected.slice(3, 9));
    expect(idsOf(await read({ after, before, last: 2 }))).toEqual(expected.slice(7, 9));
    const other = { field: field === 'START_TIME' ? 'CREATED_AT' : 'START_TIME', direction } as const;
    await expect(bookings(tenant.as(boss), { after, orderBy: other })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });

  it('are found by part of their notes, without case or wildcards, among those that the caller may read', async () => {
    const { tenant, boss, ana, rows } = await setup();
    const { anas, bias } = rows;
    await sql`update bookings set notes = 'Traz CADEIRA de rodas, 100%' where id in ${sql([anas.id, bias.id])}`;
    const ids = async (caller: typeof boss, search: string) =>
      idsOf(await bookings(tenant.as(caller), { filter: { search } }));
    expect(await ids(boss, ' cadeira DE ')).toEqual(idsOfRows(anas, bias));
    expect(await ids(ana, 'cadeira')).toEqual(idsOfRows(anas));
    expect(await ids(boss, '0%')).toEqual(idsOfRows(anas, bias));
    for (const search of ['_0%', '1%0', '\\', 'cadeiras']) expect(await ids(boss, search)).toEqual([]);
  });

  it('reject a cursor of another list with BAD_USER_INPUT', async () => {
    const { tenant, boss, sala } = await setup();
    const page = await bookings(tenant.as(boss), { first: 1 });
    const after = page.pageInfo.endCursor;
    await expect(bookingsOfResource(tenant.as(boss), sala, { after })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });

  it('are FORBIDDEN for another tenant, and UNAUTHENTICATED without a session', async () => {
    const { tenant, boss } = await setup();
    await expect(bookings(tenant.as(boss), { tenantId: newId() })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    await expect(bookings(tenant.as({ kind: 'anonymous' }), { tenantId: tenant.id })).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });
});

describe('the bookings', () => {
  it('of a resource or a user are those that the caller may read', async () => {
    const { tenant, ana, bia, boss, sala, quadra, rows } = await setup();
    const { anas, anasForBia, bias } = rows;
    expect(idsOf(await bookingsOfResource(tenant.as(boss), sala, {}))).toEqual(idsOfRows(anas, bias));
    expect(idsOf(await bookingsOfResource(tenant.as(ana), sala, {}))).toEqual(idsOfRows(anas));
    expect(idsOf(await bookingsOfResource(tenant.as(platformCaller()), sala, {}))).toEqual(
      idsOfRows(anas, bias),
    );
    expect(idsOf(await bookingsOfUser(tenant.as(boss), bia.userId, {}))).toEqual(idsOfRows(anasForBia, bias));
    expect(idsOf(await bookingsOfUser(tenant.as(ana), bia.userId, {}))).toEqual(idsOfRows(anasForBia));
    const foreign = exampleTenant(db, directory);
    const stranger = () => foreign.as(foreign.administrator());
    expect(idsOf(await bookingsOfResource(stranger(), quadra, {}))).toEqual([]);
    expect(idsOf(await bookingsOfUser(stranger(), ana.userId, {}))).toEqual([]);
    expect(idsOf(await bookingsOfResource(tenant.as(platformCaller()), newId(), {}))).toEqual([]);
  });

  it('of a series are its occurrences, also through a booking', async () => {
    const { tenant, ana, boss, sala } = await setup();
    const recurrence = {
      frequency: 'WEEKLY',
      daysOfWeek: ['MONDAY', 'FRIDAY'],
      endDate: at('2027-01-20T23:00'),
    } as const;
    const requested = bookingInput(sala, {
      ...times('14:00', '15:00'),
      recurrence: { ...recurrence, daysOfWeek: [...recurrence.daysOfWeek] },
    });
    const created = valueOf(await createBooking(tenant.as(ana), requested));
    expect(idsOf(await bookingsOfSeries(tenant.as(boss), created.series!, {}))).toEqual(
      idsOfRows(...created.bookings),
    );
    expect(idsOf(await bookings(tenant.as(ana), { filter: { seriesId: created.series!.id } }))).toEqual(
      idsOfRows(...created.bookings),
    );
    const { data, errors } = await graphql({
      schema,
      source: `query ($id: ID!) { booking(id: $id) { series { id recurrence { frequency interval endDate daysOfWeek } bookings(first: 2) { totalCount pageInfo { hasNextPage } } } } }`,
      variableValues: { id: created.bookings[1]!.id },
      contextValue: tenant.as(ana),
    });
    expect(errors).toBeUndefined();
    expect(data).toEqual({
      booking: {
        series: {
          id: created.series!.id,
          recurrence: {
            frequency: 'WEEKLY',
            interval: 1,
            endDate: '2027-01-21T02:00:00.000Z',
            daysOfWeek: ['MONDAY', 'FRIDAY'],
          },
          bookings: { totalCount: 4, pageInfo: { hasNextPage: true } },
        },
      },
    });
  });

  it('of 50 resources take one statement, and their counts another', async () => {
    const run: string[] = [];
    const watched = postgres(url, {
      max: 1,
      connection: { application_name: 'watched', TimeZone: 'UTC' },
      debug: (_, query) => void run.push(query),
    });
    const watchedDb = {
      sql: watched,
      drizzle: drizzle(watched, { casing: CASING }),
      close: () => watched.end(),
    };
    const { tenant, boss, sala, quadra, rows } = await setup(watchedDb);
    const ids = [sala, quadra, ...Array.from({ length: 48 }, () => tenant.resource())];
    const ctx = tenant.as(boss);
    run.length = 0;
    const pages = await Promise.all(ids.map((id) => bookingsOfResource(ctx, id, { first: 10 })));
    expect(pages.flatMap(idsOf).sort()).toEqual(idsOfRows(...Object.values(rows)).sort());
    expect(run).toHaveLength(1);
    expect(await Promise.all(pages.map((page) => page.totalCount()))).toEqual([2, 2, ...Array(48).fill(0)]);
    expect(run).toHaveLength(2);
    await watched.end();
  });
});

describe('a booking’s fields', () => {
  it('include its local times, and whether the caller could cancel it now', async () => {
    const { tenant, ana, boss, rows } = await setup();
    const ask = async (ctx: Context) =>
      (
        await graphql({
          schema,
          source: `query ($id: ID!) { booking(id: $id) { startTime localStart localEnd canCancel user { id } client { id } resource { id } tenant { id } cancelledBy { id } } }`,
          variableValues: { id: rows.anas.id },
          contextValue: ctx,
        })
      ).data?.['booking'];
    expect(await ask(tenant.as(ana))).toEqual({
      startTime: '2027-01-06T12:00:00.000Z',
      localStart: '2027-01-06T09:00:00-03:00',
      localEnd: '2027-01-06T10:00:00-03:00',
      canCancel: true,
      user: { id: ana.userId },
      client: { id: ana.userId },
      resource: { id: rows.anas.resourceId },
      tenant: { id: tenant.id },
      cancelledBy: null,
    });
    const late = tenant.now.add({ hours: 24 });
    expect(await ask(tenant.as(ana, { now: late }))).toMatchObject({ canCancel: false });
    expect(await ask(tenant.as(boss, { now: late }))).toMatchObject({ canCancel: true });
  });
});
