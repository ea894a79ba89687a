/**
 * Three kinds of tests by their suffix (house.md): `npx vitest run --project unit` needs nothing; db and e2e get a real
 * Postgres and a real Redis, one of each for the whole run. e2e files start whole systems, so they run last and one
 * at a time.
 */
import { defineConfig, type UserWorkspaceConfig } from 'vitest/config';

const DB_TESTS = '**/*.db.test.ts';
const E2E_TESTS = '**/*.e2e.test.ts';
const NOT_OURS = ['**/node_modules/**', '**/dist/**', '**/.data/**'];

/** Processes of test files at once: more than this on a machine of two cores only makes each of them slower. */
const MAX_WORKERS = 3;

const project = (name: string, test: NonNullable<UserWorkspaceConfig['test']>): UserWorkspaceConfig => ({
  // A test that loads graphql's CommonJS and ESM builds together gets "from another module or realm".
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: { name, pool: 'forks', ...test },
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
        globalSetup: ['libs/testing/globalSetup.ts'],
        maxWorkers: 1,
        testTimeout: 120_000,
        hookTimeout: 120_000,
        sequence: { groupOrder: 2 },
      }),
    ],
  },
});
