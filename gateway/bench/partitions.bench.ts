/**
 * Bookings of many tenants on plain tables, and on the same tables partitioned by tenant: createBooking, lists, busy times and the purge of a
 * tenant by the statements of the booking subgraph, in this process and in turns; the time that `npm run partition` takes, and the size of the indexes.
 * BENCH_ROWS is the number of bookings, one million by default; 10 million take an hour or more, and 40 GB.
 */
import { connect, type Db } from '@libs/db/connect';
import { inTransaction } from '@libs/db/inTransaction';
import { testDatabase, type TestDatabase } from '@libs/testing/testDatabases';
import { createDatabaseFrom, dropDatabase } from '@scripts/dev/servers/databases';
import { busyTimesOfAllTenants } from '@subgraphs/booking/availability/store';
import {
  bookingInput,
  exampleDirectory,
  exampleTenant,
  times,
  type ExampleTenant,
} from '@subgraphs/booking/booking.fixtures';
import { deleteRowsOfTenant } from '@subgraphs/booking/bookings/cascade/cascadeStore';
import { createBooking } from '@subgraphs/booking/bookings/createBooking';
import { bookings, bookingsOfResource } from '@subgraphs/booking/bookings/reads';
import { contextOf } from '@subgraphs/booking/context';
import { Temporal } from 'temporal-polyfill';
import postgres from 'postgres';
import { inject, it } from 'vitest';
import { partitionByTenant, PARTITIONED_TABLES } from '../../drizzle/partitionByTenant.ts';
import { percentile, reporter } from './report.ts';

const report = reporter(import.meta.filename);
const ROWS = Number(process.env['BENCH_ROWS'] ?? 1_000_000);
const PARTITIONS = 16;
const RESOURCES_OF_TENANT = 10;
const BOOKINGS_OF_RESOURCE = 1_000;
const TENANTS = Math.max(1, Math.ceil(ROWS / RESOURCES_OF_TENANT / BOOKINGS_OF_RESOURCE));
/** Operations of each kind, one after the other. */
const REPEATS = 300;
const WARM_UP = 100;
/** Loading builds every index. */
const TIMEOUT_MS = 4 * 3_600_000;

const { postgresUrl } = inject('servers');
const plain = await testDatabase('booking');
const partitioned = await testDatabase('booking');
const nameOf = ({ url }: TestDatabase): string => new URL(url).pathname.slice(1);

const directory = exampleDirectory();
/** Each form has its own. */
const NO_DATABASE = {} as Db;
const tenants = Array.from({ length: TENANTS }, () => {
  const tenant = exampleTenant(NO_DATABASE, directory);
  const resources = Array.from({ length: RESOURCES_OF_TENANT }, () => tenant.resource());
  return { tenant, resources, staff: tenant.administrator() };
});
type Loaded = (typeof tenants)[number];

/** Another one each time, in an order that no cache can guess. */
let seed = 1;
function anyOf<T>(all: readonly T[]): T {
  seed = (seed * 48_271) % 2_147_483_647;
  return all[seed % all.length]!;
}

/** Every index and constraint is made once all rows are there. */
async function load(sql: postgres.Sql): Promise<void> {
  await sql`set maintenance_work_mem = '1GB'`;
  await sql`set synchronous_commit = off`;
  const made = await sql<{ drop: string; add: string }[]>`
    select format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop,
           format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as add
    from pg_constraint where conrelid = any(${PARTITIONED_TABLES}::regclass[]) and contype in ('f', 'x', 'u', 'p')
    order by contype in ('f', 'x') desc, contype = 'f' desc`;
  const indexes = await sql<{ drop: string; add: string }[]>`
    select format('drop index %s', indexrelid::regclass) as drop, pg_get_indexdef(indexrelid) as add from pg_index
    where indrelid = any(${PARTITIONED_TABLES}::regclass[])
      and not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u', 'x'))`;
  for (const { drop } of [...made, ...indexes]) await sql.unsafe(drop);
  const ids = (list: readonly string[]) => `{${list.join(',')}}`;
  await sql.unsafe(
    `insert into bookings (id, tenant_id, resource_id, user_id, client_id, start_time, end_time, status, created_at, updated_at)
     select uuidv7(make_interval(secs => n / 1000.0 - ${ROWS} / 1000.0)), ($1::uuid[])[1 + tenant], ($2::uuid[])[1 + resource], ($3::uuid[])[1 + tenant],
            md5('client ' || n % 1000000)::uuid, start, start + interval '45 minutes', 'COMPLETED', start, start
     from generate_series(0, ${TENANTS * RESOURCES_OF_TENANT * BOOKINGS_OF_RESOURCE - 1}) n,
          lateral (select n % ${TENANTS * RESOURCES_OF_TENANT} as resource, n % ${TENANTS * RESOURCES_OF_TENANT} / ${RESOURCES_OF_TENANT} as tenant) one,
          lateral (select timestamptz '2026-01-01Z' + n / ${TENANTS * RESOURCES_OF_TENANT} * interval '1 hour' as start) clock`,
    [
      ids(tenants.map(({ tenant }) => tenant.id)),
      ids(tenants.flatMap(({ resources }) => resources)),
      ids(tenants.map(({ staff }) => staff.userId)),
    ],
  );
  await sql`
    insert into allocations (tenant_id, resource_id, booking_id, start_time, end_time, occupied, seats)
    select tenant_id, resource_id, id, start_time, end_time, tstzrange(start_time, end_time), '{[1,)}' from bookings`;
  // Keys before the foreign keys that refer to them.
  for (const { add } of [...made.toReversed(), ...indexes]) await sql.unsafe(add);
  for (const table of PARTITIONED_TABLES) await sql`vacuum analyze ${sql(table)}`;
}

let nextDay = Temporal.PlainDate.from('2027-01-05');
/** At 10:00 on a day of its own, from the first week after the tenant's now. */
function freeInput({ resources }: Loaded) {
  nextDay = nextDay.add({ days: 1 });
  if (nextDay.dayOfWeek > 5) nextDay = nextDay.add({ days: 8 - nextDay.dayOfWeek });
  if (nextDay.year > 2027) nextDay = Temporal.PlainDate.from('2027-01-05');
  return bookingInput(anyOf(resources), times('10:00', '11:00', String(nextDay)));
}

type Form = { name: string; db: Db; test: TestDatabase };
type Work = (form: Form, one: Loaded) => Promise<unknown>;

const { busyCache, bulkhead } = directory;
const asStaff = ({ db }: Form, { tenant, staff }: Loaded) =>
  contextOf(tenant.as(staff), { db, sources: directory, busyCache, bulkhead });
const DAY_MS = 86_400_000;
const SINCE_MS = Temporal.Instant.from('2026-01-15T00:00Z').epochMilliseconds;

const WORKS: Record<string, Work> = {
  createBooking: (form, one) => createBooking(asStaff(form, one), freeInput(one)),
  'list of a tenant, 20': (form, one) => bookings(asStaff(form, one), { first: 20 }),
  'list of a resource, 20': (form, one) =>
    bookingsOfResource(asStaff(form, one), anyOf(one.resources), { first: 20 }),
  'busy times of ten resources, a day': ({ db }, { tenant, resources }) => {
    const start = SINCE_MS + (seed % 20) * DAY_MS;
    const range = { start, end: start + DAY_MS };
    const requests = resources.map((id) => ({ resource: { id, tenantId: tenant.id }, range }));
    return busyTimesOfAllTenants(db, requests);
  },
};

/** In turns, so that what else the machine does slows both. */
async function sideBySideMs(forms: readonly Form[], work: Work): Promise<number[][]> {
  const taken: number[][] = forms.map(() => []);
  // The first ones warm plans and pages, and do not count.
  for (let index = -WARM_UP; index < REPEATS; index += 1) {
    const one = anyOf(tenants);
    for (const [position, form] of forms.entries()) {
      const startMs = performance.now();
      await work(form, one);
      if (index >= 0) taken[position]!.push(performance.now() - startMs);
    }
  }
  return taken;
}

async function reportSizes({ name, test: { sql } }: Form): Promise<void> {
  const [sizes] = await sql<{ indexes: number; tables: number }[]>`
    select (sum(pg_indexes_size(oid)) / 1e6)::float8 as indexes, (sum(pg_table_size(oid)) / 1e6)::float8 as tables
    from pg_class where relkind = 'r' and relname ~ ${`^(${PARTITIONED_TABLES.join('|')})(_p[0-9]+)?$`}`;
  report({ name: `${name}: size of the indexes`, unit: 'MB', rounds: [sizes!.indexes] });
  report({ name: `${name}: size of the tables`, unit: 'MB', rounds: [sizes!.tables] });
}

async function purgeSeconds({ db }: Form, { id }: ExampleTenant): Promise<number> {
  const startMs = performance.now();
  await inTransaction(db, (tx) => deleteRowsOfTenant(id, tx));
  return (performance.now() - startMs) / 1_000;
}

const secondsOf = async (work: () => Promise<unknown>): Promise<number> => {
  const startMs = performance.now();
  await work();
  return (performance.now() - startMs) / 1_000;
};

it('bookings on plain and on partitioned tables', { timeout: TIMEOUT_MS }, async () => {
  const loading = postgres(plain.url, { max: 1, onnotice: () => {} });
  const loaded = await secondsOf(() => load(loading));
  await loading.end();
  report({ name: `loading ${ROWS} bookings`, unit: 's', rounds: [loaded] });
  await dropDatabase(postgresUrl, nameOf(partitioned), { force: true });
  await createDatabaseFrom(postgresUrl, nameOf(plain), nameOf(partitioned));
  const converted = await secondsOf(() => partitionByTenant(partitioned.url, PARTITIONS));
  report({ name: `npm run partition of ${ROWS} bookings`, unit: 's', rounds: [converted] });

  const forms = [
    { name: 'plain', test: plain },
    { name: `${PARTITIONS} partitions`, test: partitioned },
  ].map((one): Form => ({ ...one, db: connect(one.test.url, { name: 'bench' }) }));
  for (const { test } of forms) {
    for (const table of PARTITIONED_TABLES) await test.sql`vacuum analyze ${test.sql(table)}`;
  }
  for (const [name, work] of Object.entries(WORKS)) {
    const [ours, theirs] = await sideBySideMs(forms, work);
    for (const percent of [50, 95]) {
      const at = (taken: readonly number[]) => [percentile(taken, percent / 100)];
      report({
        name: `${name}, p${percent}, ${forms[1]!.name}`,
        unit: 'ms',
        rounds: at(theirs!),
        beside: [{ name: 'plain', rounds: at(ours!) }],
      });
    }
  }
  for (const form of forms) await reportSizes(form);
  const { tenant } = tenants.at(-1)!;
  for (const form of forms) {
    report({
      name: `${form.name}: purge of a tenant`,
      unit: 's',
      rounds: [await purgeSeconds(form, tenant)],
    });
  }
  for (const { db } of forms) await db.close();
});
