import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { cyclesOf } from './cycles.ts';
import { importsOf } from './imports.ts';
import { SHARED_STORES } from './importLaws.ts';
import { sourceFiles, violationsOf, violationsOfAll, violationsOfSchema } from './laws.ts';

/** Planted violations, each with the law that must catch it. */
const planted: [path: string, text: string, law: RegExp][] = [
  ['gateway/main.ts', "import '@subgraphs/user/schema';", /the gateway imports libs/],
  ['gateway/session/session.ts', "import { users } from '@drizzle/user/tables';", /the gateway imports libs/],
  [
    'subgraphs/booking/bookings/store.ts',
    "import { users } from '@drizzle/user/tables';",
    /no other database/,
  ],
  ['subgraphs/user/users/createUser.ts', "import '../../tenant/tenants/store.ts';", /no other subgraph/],
  ['drizzle/user/tables.ts', "import '@libs/graphql/scalars';", /drizzle imports/],
  ['drizzle/user/tables.ts', "export * from '../tenant/tables.ts';", /drizzle imports/],
  ['libs/time/clock.ts', "import '@libs/db/connect';", /above it on the ladder/],
  ['libs/db/keysetPages.ts', "import type { Fact } from '../events/catalogue.ts';", /above it on the ladder/],
  ['libs/auth/caller.ts', "import '@subgraphs/user/schema';", /above it on the ladder/],
  ['subgraphs/user/users/createUser.ts', "import '@libs/testing/contexts';", /what only tests use/],
  ['libs/db/connect.ts', "import '@libs/testing/contexts';", /what only tests use/],
  ['gateway/e2e/browser.ts', "import { expect } from 'vitest';", /what only tests use/],
  ['subgraphs/user/users/examples.ts', "import { afterEach } from 'vitest';", /what only tests use/],
  ['gateway/main.ts', "import { startRedis } from '@scripts/dev/servers/redis';", /never by the product/],
  ['subgraphs/user/main.ts', "import '../../scripts/build/install.mjs';", /never by the product/],
  ['libs/cache/redis.ts', "import type { Redis } from '@scripts/dev/servers/redis';", /never by the product/],
  ['drizzle/migrate.ts', "import '../scripts/dev/servers/databases.ts';", /never by the product/],
  ['examples/reviews/main.ts', "import { newId } from '@libs/db/ids';", /an example stands alone/],
  ['gateway/main.ts', "import '../examples/reviews/main.ts';", /an example stands alone/],
  [
    'subgraphs/booking/availability/reads.ts',
    "import { findBookings } from '../bookings/store.ts';",
    /never its store/,
  ],
  [
    'subgraphs/user/notifications/notificationWorker.ts',
    "import { findAccount } from '../accounts/store.ts';",
    /never its store/,
  ],
  [
    'subgraphs/booking/availability/reads.ts',
    "import { findKey } from '../bookings/idempotency/keyStore.ts';",
    /never its store/,
  ],
  [
    'subgraphs/booking/scheduling/slots.ts',
    "import { holdsResource } from '../bookings/status.ts';",
    /scheduling knows nothing/,
  ],
  [
    'subgraphs/booking/scheduling/rules.ts',
    "import type { BusyTimes } from '../availability/busyTimes.ts';",
    /scheduling knows nothing/,
  ],
  ['subgraphs/user/users/resolvers.ts', "import { findUser } from './store.ts';", /a door imports/],
  ['subgraphs/user/reactions.ts', "import { users } from '@drizzle/user/tables';", /a door imports/],
  [
    'subgraphs/user/users/createUser.ts',
    "import { userResolvers } from './resolvers.ts';",
    /never imports a door/,
  ],
  [
    'subgraphs/booking/scheduling/rules.ts',
    "import { connect } from '@libs/db/connect';",
    /a pure file imports/,
  ],
  [
    'subgraphs/booking/scheduling/rules.ts',
    "import { systemClock } from '@libs/time/clock';",
    /a pure file imports/,
  ],
  [
    'subgraphs/booking/bookings/status.ts',
    "import { randomUUID } from 'node:crypto';",
    /a pure file imports/,
  ],
  ['subgraphs/booking/scheduling/slots.ts', 'export async function slots() {}', /waits for nothing/],
  ['subgraphs/booking/scheduling/eligibility.ts', "import { Redis } from 'ioredis';", /a pure file imports/],
  ['subgraphs/user/users/store.ts', "import { createUser } from './createUser.ts';", /a store imports/],
  ['subgraphs/user/users/store.ts', "import { announce } from '@libs/events/outbox';", /a store imports/],
  ['subgraphs/user/users/createUser.ts', 'const now = Date.now();', /the clock is read/],
  ['subgraphs/user/users/createUser.ts', 'const now = new Date();', /the clock is read/],
  ['gateway/session/session.ts', 'const now = Temporal.Now.instant();', /the clock is read/],
  ['gateway/session/session.ts', "const key = process.env['SECRET_KEY'];", /the environment is read/],
  ['libs/db/connect.ts', "console.log('connected');", /console is for commands/],
  ['libs/db/connect.ts', 'const MOST_CONNECTIONS = 10;', /words of docs\/glossary/],
  ['libs/db/connect.test.ts', 'const needPlatform = () => {};', /words of docs\/glossary/],
  ['gateway/server.ts', 'type Told = { told: string };', /words of docs\/glossary/],
  ['gateway/server.ts', 'function serve({ surroundings }) {}', /words of docs\/glossary/],
  ['scripts/build/patches.mjs', 'export const licence = 1;', /words of docs\/glossary/],
  ['libs/events/intake.ts', 'export const ingest = 1;', /words of docs\/glossary/],
  ['gateway/e2e/stampede.e2e.test.ts', '', /words of docs\/glossary/],
];

test.each(planted)('catches in %s: %j', (path, text, law) => {
  expect(violationsOf({ path, text }).map((one) => one.law)).toContainEqual(expect.stringMatching(law));
});

test('accepts what the laws allow', () => {
  const allowed: [string, string][] = [
    ['gateway/main.ts', "import { run } from '@libs/runtime/run';"],
    ['subgraphs/user/users/store.ts', "import { users } from '@drizzle/user/tables';"],
    ['subgraphs/user/users/createUser.ts', "import { insertUser } from './store.ts';"],
    ['subgraphs/booking/scheduling/rules.ts', "import type { Db } from '@libs/db/connect';"],
    ['subgraphs/booking/scheduling/slots.ts', "import { brokenRules } from './rules.ts';"],
    ['subgraphs/booking/scheduling/slots.ts', "import type { Directory } from '../directory/directory.ts';"],
    ['subgraphs/booking/availability/reads.ts', "import { slotsOfDay } from '../scheduling/slots.ts';"],
    [
      'subgraphs/booking/bookings/cascade/cascade.ts',
      "import { bookingColumns } from '../rows.ts'; import { changeBookings } from '../store.ts';",
    ],
    [
      'subgraphs/user/notifications/notificationWorker.ts',
      "import { signOut } from '../sessions/signOut.ts';",
    ],
    [
      'subgraphs/user/users/users.db.test.ts',
      "import { testDatabase } from '@libs/testing/databases'; new Date();",
    ],
    ['libs/time/clock.ts', 'Date.now();'],
    ['libs/runtime/env.ts', 'process.env;'],
    ['scripts/dev/demo.ts', 'console.log(process.env);'],
    ['examples/reviews/main.ts', "import { fastify } from 'fastify'; console.log(process.env, new Date());"],
    ['scripts/operate/addresses.ts', "import { LOOPBACK } from '../dev/servers/ports.ts';"],
    ['libs/testing/globalSetup.ts', "import { startRedis } from '@scripts/dev/servers/redis';"],
    ['gateway/testing/tenantSetup.ts', "import { startRedis } from '@scripts/dev/servers/redis';"],
    ['subgraphs/user/user.fixtures.ts', "import '@libs/testing/contexts'; new Date();"],
    // A longer name may contain a banned word, and the members of a package are not ours to name.
    ['libs/db/connect.ts', "import { x } from 'some-package'; const recentlyHeld = x.turn(x.place, 'told');"],
  ];
  for (const [path, text] of allowed) expect(violationsOf({ path, text })).toEqual([]);
});

test('catches files that import each other, but not those that only import each other’s types', () => {
  const cycle = [
    { path: 'libs/db/a.ts', text: "import { b } from './b.ts'; export const a = b;" },
    { path: 'libs/db/b.ts', text: "import { c } from '@libs/cache/c'; export const b = c;" },
    { path: 'libs/cache/c.ts', text: "export { a as c } from '../db/a.ts';" },
    { path: 'libs/cache/d.ts', text: "import { c } from './c.ts'; export const d = c;" },
  ];
  expect(cyclesOf(cycle)).toEqual([['libs/cache/c.ts', 'libs/db/a.ts', 'libs/db/b.ts']]);
  const byTypes = cycle.with(2, { path: 'libs/cache/c.ts', text: "import type { a } from '../db/a.ts';" });
  expect(cyclesOf(byTypes)).toEqual([]);
  expect(cyclesOf([{ path: 'libs/db/a.ts', text: "import './a.ts';" }])).toEqual([['libs/db/a.ts']]);
});

test('catches a name that two files give to different things', () => {
  const files = [
    { path: 'libs/db/connect.ts', text: 'export function open() {} export type Options = { max: number };' },
    { path: 'libs/cache/redis.ts', text: 'export const open = 1; export type Options = { db: number };' },
    { path: 'gateway/server.ts', text: 'function open() {}' },
    { path: 'gateway/redis.ts', text: '' },
    { path: 'libs/cache/redis.test.ts', text: 'export type Options = string;' },
  ];
  expect(violationsOfAll(files).map(({ path, what }) => `${path} ${what}`)).toEqual([
    'libs/cache/redis.ts has the name open, as has libs/db/connect.ts',
    'libs/cache/redis.ts has the name Options, as has libs/db/connect.ts',
    'gateway/redis.ts has the name redis.ts, as has libs/cache/redis.ts',
  ]);
});

test('lets each subgraph have its context and store, and a query have the name of its table', () => {
  const files = [
    { path: 'subgraphs/user/context.ts', text: 'export type Context = 1; export const contextOf = 1;' },
    { path: 'subgraphs/tenant/context.ts', text: 'export type Context = 2; export const contextOf = 2;' },
    { path: 'subgraphs/user/users/store.ts', text: '' },
    { path: 'subgraphs/tenant/tenants/store.ts', text: '' },
    { path: 'drizzle/user/tables.ts', text: 'export const users = 1;' },
    { path: 'subgraphs/user/users/reads.ts', text: 'export function users() {}' },
  ];
  expect(violationsOfAll(files)).toEqual([]);
});

test('lists no pair of nouns in SHARED_STORES that shares no store', () => {
  const files = sourceFiles(fileURLToPath(new URL('../..', import.meta.url)));
  const unused = SHARED_STORES.filter(
    ([from, to]) =>
      !files.some(
        (file) =>
          file.path.startsWith(`subgraphs/${from}/`) &&
          !/\.(test|fixtures)\.ts$/.test(file.path) &&
          importsOf(file).some(
            ({ target, isType }) =>
              !isType && target.startsWith(`subgraphs/${to}/`) && /[sS]tore\.ts$/.test(target),
          ),
      ),
  );
  expect(unused).toEqual([]);
});

test('everything in the API has a description', () => {
  const text = `
    type Query { "A." a("B." b: I, c: Int): T "D." d: E }
    type T { id: ID "" e: Int }
    "E." enum E { F "G." G }
    input I { "H." h: Int }
    scalar S
  `;
  const found = violationsOfSchema({ path: 'gateway/schema.graphql', text }).map(({ what }) =>
    what.split(' ').at(-1),
  );
  expect(found.toSorted((x, y) => x!.localeCompare(y!))).toEqual([
    'E.F',
    'I',
    'Query.a(c:)',
    'S',
    'T',
    'T.e',
    'T.id',
  ]);
});
