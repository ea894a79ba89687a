/**
 * `npm run check`: all checks that a change must pass, as in CI. Turborepo runs the tasks, two at a time, and skips those whose
 * inputs (turbo.json) have not changed. In CI nothing is cached, so all tests are one run of vitest: seven runs would each start servers
 * and load the same modules. The last line counts the tests.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { countTests } from './countTests.mjs';
import { ensureInstalled, ROOT } from '../build/install.mjs';

const STATIC_CHECKS = ['codegen:check', 'format:check', 'lint', 'types', 'laws', 'unused', 'compose:check'];
/** Tasks of one stage run side by side. e2e tests start whole systems and need the machine to themselves. */
const STAGES = [[...STATIC_CHECKS, 'test:unit', 'test:db'], ['test:e2e']];
const REPORTS = path.join(ROOT, '.turbo/reports');
const REPORT_OF_ALL = path.join(REPORTS, 'all.json');
const TASKS_AT_ONCE = 2;

/** Runs the tasks in every package that has them. Returns whether all succeeded. */
function turbo(tasks) {
  const { status } = spawnSync(
    'npx',
    [
      'turbo',
      'run',
      ...tasks,
      `--concurrency=${TASKS_AT_ONCE}`,
      '--output-logs=new-only',
      ...process.argv.slice(2),
    ],
    {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32',
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1', TURBO_NO_UPDATE_NOTIFIER: '1' },
    },
  );
  return status === 0;
}

/** Runs every test. Returns whether all succeeded. */
function vitest() {
  const { status } = spawnSync(
    process.execPath,
    [
      path.join(ROOT, 'node_modules/vitest/vitest.mjs'),
      'run',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${REPORT_OF_ALL}`,
    ],
    { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  return status === 0;
}

/** The reports of the test tasks. A skipped task gets its report from the cache. */
const reports = () => [
  REPORT_OF_ALL,
  ...['unit', 'db', 'e2e'].map((name) => path.join(REPORTS, `${name}.json`)),
  ...readdirSync(path.join(ROOT, 'subgraphs')).map((name) =>
    path.join(ROOT, 'subgraphs', name, '.turbo/report.json'),
  ),
];

ensureInstalled();
for (const report of reports()) rmSync(report, { force: true });
const hasPassed = process.env['CI'] ? turbo(STATIC_CHECKS) && vitest() : STAGES.every(turbo);
process.exitCode = hasPassed ? 0 : 1;
console.log(countTests(reports().filter(existsSync), !hasPassed));
