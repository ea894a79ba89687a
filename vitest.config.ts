/**
 * Three kinds of tests, by their suffix. Unit tests need nothing; db and e2e tests get a real Postgres and a real Redis, one of
 * each for the whole run. e2e files start whole systems, so they run last.
 */
import { defineConfig, type UserWorkspaceConfig } from 'vitest/config';

const DB_TESTS = '**/*.db.test.ts';
const E2E_TESTS = '**/*.e2e.test.ts';
const NOT_OURS = ['**/node_modules/**', '**/dist/**', '**/.data/**'];

/** Processes that run test files at once. More than this only slows each of them down on a machine of two cores. */
const MAX_WORKERS = 3;
/** Files of e2e tests that run at once, with systems of their own or the shared one: while one waits for its events, the other works. */
const MAX_SYSTEMS = 2;

const project = (name: string, test: NonNullable<UserWorkspaceConfig['test']>): UserWorkspaceConfig => ({
  // A test that loads both builds of graphql, CommonJS and ESM, fails with "from another module or realm".
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  // Files share the modules of their process: loading them anew for each file took a third of all CPU time. So a module that
  // keeps state must not let it reach another test file, and a fixture registers its hooks in a function, not when it loads.
  test: { name, pool: 'forks', isolate: false, ...test },
});

export default defineConfig({
  test: {
    projects: [
      project('unit', {
        include: ['**/*.test.ts'],
        exclude: [...NOT_OURS, DB_TESTS, E2E_TESTS],
        maxWorkers: MAX_WORKERS,
        testTimeout: 10_000,
        sequence: { groupOrder: 0 },
      }),
      project('db', {
        include: [DB_TESTS],
        exclude: NOT_OURS,
        globalSetup: ['libs/testing/globalSetup.ts'],
        maxWorkers: MAX_WORKERS,
        testTimeout: 30_000,
        hookTimeout: 60_000,
        sequence: { groupOrder: 1 },
      }),
      project('e2e', {
        include: [E2E_TESTS],
        exclude: NOT_OURS,
        globalSetup: [
          'libs/testing/globalSetup.ts',
          'libs/testing/bundles.ts',
          'libs/testing/sharedFederation.ts',
        ],
        maxWorkers: MAX_SYSTEMS,
        isolate: true,
        testTimeout: 120_000,
        hookTimeout: 120_000,
        sequence: { groupOrder: 2 },
      }),
    ],
  },
});
