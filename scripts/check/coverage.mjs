/**
 * `npm run coverage -- gateway|subgraphs/NAME|libs`: which lines of a service its unit and db tests run, as a report in `coverage/`. Exits
 * with 1 below MIN_LINES_PERCENT. What only e2e tests run counts as not run: they start processes of their own.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ensureInstalled, ROOT } from '../build/install.mjs';

const MIN_LINES_PERCENT = 80;
const NOT_PRODUCT = ['*.test.ts', '*.fixtures.ts', '*.bench.ts', 'generated.ts'].map((name) => `**/${name}`);
const FOLDERS_OF_TESTS = ['testing', 'bench', 'e2e', 'history', 'seatHistory'].map((name) => `**/${name}/**`);

ensureInstalled();
const [service, ...others] = process.argv.slice(2);
if (!service || others.length > 0) {
  console.error('npm run coverage -- gateway|subgraphs/NAME|libs');
  process.exit(2);
}
const { status } = spawnSync(
  process.execPath,
  [
    path.join(ROOT, 'node_modules/vitest/vitest.mjs'),
    'run',
    ...['--project', 'unit', '--project', 'db', `${service}/`],
    '--coverage.enabled',
    `--coverage.include=${service}/**/*.ts`,
    ...[...NOT_PRODUCT, ...FOLDERS_OF_TESTS].map((glob) => `--coverage.exclude=${glob}`),
    ...['text-summary', 'html', 'json-summary'].map((name) => `--coverage.reporter=${name}`),
    `--coverage.thresholds.lines=${MIN_LINES_PERCENT}`,
  ],
  { cwd: ROOT, stdio: 'inherit' },
);
process.exitCode = status ?? 1;
