/**
 * `npm test [-- vitest's arguments]`: installs what is missing and runs the tests, which start their own servers. The last line
 * is the count: `N passed, N failed, N skipped`.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { countTests } from './countTests.mjs';
import { ensureInstalled, ROOT } from '../build/install.mjs';

ensureInstalled();
const folder = mkdtempSync(path.join(tmpdir(), 'vaga-report-'));
const report = path.join(folder, 'report.json');
const vitest = spawn(
  process.execPath,
  [
    path.join(ROOT, 'node_modules/vitest/vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ],
  { cwd: ROOT, stdio: 'inherit' },
);
// A terminal sends Ctrl-C to vitest too, which then stops its servers and ends; this process ends with it.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => vitest.kill('SIGTERM'));
vitest.on('exit', (code) => {
  process.exitCode = code ?? 1;
  console.log(countTests([report], process.exitCode !== 0));
  rmSync(folder, { recursive: true, force: true });
});
