import { expect, test } from 'vitest';
import { violationsOf } from './laws.ts';

/** One planted violation of each law, and the law that must catch it. */
const planted: [path: string, text: string, law: RegExp][] = [
  ['gateway/main.ts', "import '@subgraphs/user/schema';", /the gateway imports libs/],
  ['gateway/session.ts', "import { users } from '@drizzle/user/tables';", /the gateway imports libs/],
  [
    'subgraphs/booking/bookings/store.ts',
    "import { users } from '@drizzle/user/tables';",
    /no other database/,
  ],
  ['subgraphs/user/users/createUser.ts', "import '../../tenant/tenants/store.ts';", /no other subgraph/],
  ['drizzle/user/tables.ts', "import '@libs/graphql/scalars';", /drizzle imports/],
  ['drizzle/user/tables.ts', "export * from '../tenant/tables.ts';", /drizzle imports/],
  ['libs/time/clock.ts', "import '@libs/db/connect';", /above it on the ladder/],
  ['libs/db/pages.ts', "import type { Fact } from '../events/catalogue.ts';", /above it on the ladder/],
  ['libs/auth/caller.ts', "import '@subgraphs/user/schema';", /above it on the ladder/],
  ['subgraphs/user/users/createUser.ts', "import '@libs/testing/contexts';", /tests and commands/],
  ['subgraphs/user/users/resolvers.ts', "import { findUser } from './store.ts';", /a door imports/],
  ['subgraphs/user/reactions.ts', "import { users } from '@drizzle/user/tables';", /a door imports/],
  [
    'subgraphs/user/users/createUser.ts',
    "import { userResolvers } from './resolvers.ts';",
    /never imports a door/,
  ],
  [
    'subgraphs/booking/bookings/rules.ts',
    "import { connect } from '@libs/db/connect';",
    /a pure file imports/,
  ],
  [
    'subgraphs/booking/bookings/rules.ts',
    "import { systemClock } from '@libs/time/clock';",
    /a pure file imports/,
  ],
  [
    'subgraphs/booking/bookings/status.ts',
    "import { randomUUID } from 'node:crypto';",
    /a pure file imports/,
  ],
  ['subgraphs/booking/bookings/slots.ts', 'export async function slots() {}', /waits for nothing/],
  ['subgraphs/user/users/store.ts', "import { createUser } from './createUser.ts';", /a store imports/],
  ['subgraphs/user/users/store.ts', "import { announce } from '@libs/events/outbox';", /a store imports/],
  ['subgraphs/user/users/createUser.ts', 'const now = Date.now();', /the clock is read/],
  ['subgraphs/user/users/createUser.ts', 'const now = new Date();', /the clock is read/],
  ['gateway/session.ts', 'const now = Temporal.Now.instant();', /the clock is read/],
  ['gateway/session.ts', "const key = process.env['SECRET_KEY'];", /the environment is read/],
  ['libs/db/connect.ts', "console.log('connected');", /console is for commands/],
];

test.each(planted)('%s with %j is caught', (path, text, law) => {
  expect(violationsOf({ path, text }).map((one) => one.law)).toContainEqual(expect.stringMatching(law));
});

test('what is allowed is not caught', () => {
  const allowed: [string, string][] = [
    ['gateway/main.ts', "import { run } from '@libs/runtime/run';"],
    ['subgraphs/user/users/store.ts', "import { users } from '@drizzle/user/tables';"],
    ['subgraphs/user/users/createUser.ts', "import { insertUser } from './store.ts';"],
    ['subgraphs/booking/bookings/rules.ts', "import type { Db } from '@libs/db/connect';"],
    ['subgraphs/booking/bookings/slots.ts', "import { brokenRules } from './rules.ts';"],
    [
      'subgraphs/user/users/users.db.test.ts',
      "import { testDatabase } from '@libs/testing/databases'; new Date();",
    ],
    ['libs/time/clock.ts', 'Date.now();'],
    ['libs/runtime/env.ts', 'process.env;'],
    ['start/demo.ts', 'console.log(process.env);'],
  ];
  for (const [path, text] of allowed) expect(violationsOf({ path, text })).toEqual([]);
});
