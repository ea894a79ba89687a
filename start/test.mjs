/**
 * `npm test [-- what vitest takes]`: installs what is missing, runs the tests (they bring their own servers), and closes
 * with the count: `N passed, N failed, N skipped`.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ensureInstalled, ROOT } from './install.mjs';

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
// A terminal sends Ctrl-C to vitest too, which stops its servers; it ends, and so do we.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => vitest.kill('SIGTERM'));
vitest.on('exit', (code) => {
  process.exitCode = code ?? 1;
  console.log(countOf(report, process.exitCode));
  rmSync(folder, { recursive: true, force: true });
});

/** The closing line. A file that could not be run, and a failure outside of any test, count as one failed each. */
function countOf(file, exitCode) {
  let result;
  try {
    result = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return '0 passed, 1 failed, 0 skipped';
  }
  const { numPassedTests: passed, numFailedTests, numPendingTests, numTodoTests, testResults } = result;
  const broken = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const failed = numFailedTests + broken;
  return `${passed} passed, ${failed || (exitCode === 0 ? 0 : 1)} failed, ${numPendingTests + numTodoTests} skipped`;
}
