/**
 * `npm run check`: everything that a change must pass; CI runs the same. Turborepo runs the tasks (turbo.json says what each
 * reads), two at a time, and answers those whose inputs have not changed from its cache. Ends with the count of all tests.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { countTests } from '../dev/countTests.mjs';
import { ensureInstalled, ROOT } from '../build/install.mjs';

const STATIC_CHECKS = ['codegen:check', 'format:check', 'lint', 'types', 'laws', 'unused', 'compose:check'];
/** Tasks that may run beside each other, then those that need the machine to themselves: they start whole systems. */
const STAGES = [[...STATIC_CHECKS, 'test:unit', 'test:db'], ['test:e2e']];
const TASKS_AT_ONCE = 2;

/** Runs tasks in every package that has them; returns whether all succeeded. */
function turbo(tasks) {
  const { status } = spawnSync(
    'npx',
    [
      'turbo',
      'run',
      ...tasks,
      `--concurrency=${TASKS_AT_ONCE}`,
      '--output-logs=new-only',
      '--env-mode=loose',
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

/** The reports that the test tasks wrote, or that came back from the cache with their results. */
const reports = () => [
  ...['unit', 'db', 'e2e'].map((name) => path.join(ROOT, '.turbo/reports', `${name}.json`)),
  ...readdirSync(path.join(ROOT, 'subgraphs')).map((name) =>
    path.join(ROOT, 'subgraphs', name, '.turbo/report.json'),
  ),
];

ensureInstalled();
for (const report of reports()) rmSync(report, { force: true });
const hasPassed = STAGES.every(turbo);
process.exitCode = hasPassed ? 0 : 1;
console.log(countTests(reports().filter(existsSync), !hasPassed));
