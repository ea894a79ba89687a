import { withAllocations } from '@drizzle/booking/allocations.fixtures';
import type { TenantId } from '@libs/auth/tenantId';
import { newId } from '@libs/db/ids';
import type { KeysetRange } from '@libs/db/keysetPages';
import { testDatabase } from '@libs/testing/testDatabases';
import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { Temporal } from 'temporal-polyfill';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { busyTimesOfAllTenants } from '../../availability/store.ts';
import { findInTheWay } from '../allocations/allocationStore.ts';
import {
  countBookings,
  listBookings,
  type BookingListFilter,
  type BookingPageRequest,
  type ListParent,
} from './listStore.ts';

const { url, sql } = await testDatabase('booking');
const run: { query: string; params: unknown[] }[] = [];
const watched = postgres(url, {
  max: 1,
  connection: { application_name: 'lists', TimeZone: 'UTC' },
  debug: (_, query, params) => void run.push({ query, params }),
});
const db = { sql: watched, drizzle: drizzle(watched) };
afterAll(() => watched.end());

const TENANTS = 10;
const RESOURCES = 20;
const BOOKINGS_A_RESOURCE = 200;
const name = (text: string) => sql`md5(${text})::uuid`;
let tenant: TenantId;
let ids: { resource: string; user: string; series: string };
let resources: string[];

beforeAll(async () => {
  await sql`
    insert into booking_series (id, tenant_id, user_id, client_id, frequency, "interval", timezone, local_start, created_at)
    select md5('s' || t || '-' || s)::uuid, md5('t' || t)::uuid, md5('u' || t || '-1')::uuid, md5('u' || t || '-1')::uuid,
           'WEEKLY', 1, 'UTC', '2027-01-01', now()
    from generate_series(1, ${TENANTS}::int) as t, generate_series(1, 40) as s`;
  await withAllocations(
    sql,
    sql`
    insert into bookings (id, tenant_id, resource_id, user_id, client_id, series_id, start_time, end_time, status, notes, created_at, updated_at)
    select gen_random_uuid(), md5('t' || t)::uuid, md5('r' || t || '-' || r)::uuid, md5('u' || t || '-' || (n * 7 + r) % 100)::uuid,
           md5('u' || t || '-' || (n * 11 + r) % 100)::uuid,
           case when n % 20 = 0 then md5('s' || t || '-' || (r + n) % 40 + 1)::uuid end,
           '2027-01-01T08:00Z'::timestamptz + n * interval '12 hours', '2027-01-01T09:00Z'::timestamptz + n * interval '12 hours',
           (array['CONFIRMED', 'CONFIRMED', 'COMPLETED', 'CANCELLED', 'NO_SHOW'])[1 + (n + r) % 5]::booking_status,
           case when n % 10 = 0 then 'Note ' || n || case when n % 100 = 0 and r = 1 then ': brings a wheelchair' else '' end end, now(), now()
    from generate_series(1, ${TENANTS}::int) as t, generate_series(1, ${RESOURCES}::int) as r, generate_series(0, ${BOOKINGS_A_RESOURCE - 1}::int) as n`,
  );
  await sql`vacuum analyze bookings`;
  await sql`vacuum analyze allocations`;
  const [row] = await sql<{ tenant: string; resource: string; user: string; series: string }[]>`
    select ${name('t3')} as tenant, ${name('r3-5')} as resource, ${name('u3-7')} as user, ${name('s3-9')} as series`;
  tenant = row!.tenant as TenantId;
  ids = row!;
  const rows = await sql<
    { id: string }[]
  >`select distinct resource_id as id from bookings where tenant_id = ${tenant}`;
  resources = rows.map(({ id }) => id);
});

const instant = (text: string) => Temporal.Instant.from(text);
const list =
  (
    of: ListParent,
    parents: () => string[],
    filter: () => BookingListFilter = () => ({}),
    onlyOf: () => string | undefined = () => undefined,
    {
      field = 'START_TIME',
      isDescending = false,
    }: Partial<Pick<BookingPageRequest, 'field'> & Pick<KeysetRange, 'isDescending'>> = {},
  ) =>
  () =>
    listBookings(tenant, db, { of, onlyOf: onlyOf(), filter: filter() }, parents(), {
      field,
      range: { above: undefined, below: undefined, isDescending, limit: 51 },
    });
const day = () => ({ from: instant('2027-03-01T00:00Z'), to: instant('2027-03-02T00:00Z') });
const ofTenant = () => [tenant as string];

type PlanRows = { 'QUERY PLAN': string }[];
const textOf = (rows: PlanRows) => rows.map((row) => row['QUERY PLAN']).join('\n');

async function planOf(ask: () => Promise<unknown>): Promise<string> {
  await ask();
  const { query, params } = run.at(-1)!;
  return textOf(await watched.unsafe<PlanRows>(`explain ${query}`, params as never[]));
}

/** That of a prepared statement, for any values. */
async function genericPlanOf(ask: () => Promise<unknown>): Promise<string> {
  await ask();
  return textOf(await watched.unsafe<PlanRows>(`explain (generic_plan) ${run.at(-1)!.query}`));
}

describe('the query for', () => {
  it.each<[string, () => Promise<unknown>, string[]]>([
    ['a tenant’s bookings', list('TENANT', ofTenant), ['bookings_by_tenant']],
    ['a tenant’s bookings of one day', list('TENANT', ofTenant, day), ['bookings_by_tenant']],
    [
      'a tenant’s bookings of one status',
      list('TENANT', ofTenant, () => ({ status: ['NO_SHOW'] })),
      ['bookings_by_status'],
    ],
    [
      'a tenant’s bookings of two statuses',
      list('TENANT', ofTenant, () => ({ status: ['PENDING', 'NO_SHOW'] })),
      ['bookings_by_status'],
    ],
    [
      'a tenant’s bookings from one source',
      list('TENANT', ofTenant, () => ({ source: ['USER'] })),
      ['bookings_by_tenant'],
    ],
    [
      'a tenant’s bookings of a category’s resources',
      list('TENANT', ofTenant, () => ({ resourceIds: resources.slice(0, 5) })),
      ['bookings_by_tenant'],
    ],
    ['a resource’s bookings', list('RESOURCE', () => [ids.resource]), ['bookings_by_resource']],
    [
      'a tenant’s bookings of a resource',
      list('TENANT', ofTenant, () => ({ resourceId: ids.resource })),
      ['bookings_by_resource'],
    ],
    ['the bookings of many resources', list('RESOURCE', () => resources), ['bookings_by_resource']],
    [
      'the bookings by and for a user',
      list('USER', () => [ids.user]),
      ['bookings_by_client', 'bookings_by_user'],
    ],
    [
      'a plain user’s own list',
      list('TENANT', ofTenant, undefined, () => ids.user),
      ['bookings_by_client', 'bookings_by_user'],
    ],
    [
      'a tenant’s bookings for a client',
      list('TENANT', ofTenant, () => ({ clientId: ids.user })),
      ['bookings_by_client'],
    ],
    ['a series’ bookings', list('SERIES', () => [ids.series]), ['bookings_by_series']],
    ...(['START_TIME', 'CREATED_AT'] as const).map((field): [string, () => Promise<unknown>, string[]] => [
      `a tenant’s bookings, latest ${field} first,`,
      list('TENANT', ofTenant, undefined, undefined, { field, isDescending: true }),
      [field === 'START_TIME' ? 'bookings_by_tenant' : 'bookings_by_creation'],
    ]),
    [
      'a tenant’s bookings by part of their notes',
      list('TENANT', ofTenant, () => ({ search: 'wheelchair' })),
      ['bookings_notes'],
    ],
  ])('%s reads them in the order of an index', async (_, ask, indexes) => {
    const plan = await planOf(ask);
    expect(plan).not.toMatch(/Seq Scan on bookings\b|BitmapAnd/);
    const used = [...plan.matchAll(/Index (?:Only )?Scan (?:Backward )?(?:using|on) (bookings_\w+)/g)].map(
      // With the suffix of a partition, where the tables have any.
      ([, index]) => index!.replace(/_p\d+$/, ''),
    );
    // Beside the list's order: bookings that began long before, and those with the resource as an additional one.
    const others = ['bookings_long', 'bookings_state', 'bookings_id_tenant_id_pk'];
    // In a partition the planner takes it for the primary key: it has the same columns.
    if (process.env['VAGA_PARTITIONS']) others.push('bookings_by_creation');
    const ordering = used.filter((index) => indexes.includes(index) || !others.includes(index));
    expect([...new Set(ordering)].toSorted((x, y) => x.localeCompare(y))).toEqual(indexes);
  });

  it.each<[string, () => Promise<unknown>]>([
    [
      'a count',
      () => countBookings(tenant, db, { of: 'RESOURCE', onlyOf: undefined, filter: {} }, [ids.resource]),
    ],
    [
      'conflicts',
      () =>
        findInTheWay(tenant, db, {
          resourceId: ids.resource,
          spans: [{ start: day().from.epochMilliseconds, end: day().to.epochMilliseconds }],
          now: day().from,
          except: [newId()],
        }),
    ],
    [
      'busy times',
      () =>
        busyTimesOfAllTenants(
          db,
          resources.slice(0, 3).map((id) => ({
            resource: { id, tenantId: tenant },
            range: { start: day().from.epochMilliseconds, end: day().to.epochMilliseconds },
          })),
        ),
    ],
  ])('%s does not scan the table', async (_, ask) => {
    // Partitions of other tenants may be empty.
    expect(await planOf(ask)).not.toMatch(/Seq Scan on (bookings|allocations)\b/);
    // Else it costs what the resource has had in all its years.
    expect(await genericPlanOf(ask)).not.toMatch(/Filter:.*occupied/);
  });
});
