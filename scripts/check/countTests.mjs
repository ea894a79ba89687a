/** Counts tests from vitest's JSON reports. */
import { readFileSync } from 'node:fs';

/**
 * Returns `N passed, N failed, N skipped` over all reports. A file that could not run, a missing report, and a run that failed
 * outside of any test (`hasFailed`) count as one failed test each.
 */
export function countTests(reports, hasFailed) {
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  for (const report of reports) {
    try {
      const result = JSON.parse(readFileSync(report, 'utf8'));
      passed += result.numPassedTests;
      failed += result.numFailedTests + result.testResults.filter(couldNotRun).length;
      skipped += result.numPendingTests + result.numTodoTests;
    } catch {
      failed += 1;
    }
  }
  return `${passed} passed, ${failed || (hasFailed ? 1 : 0)} failed, ${skipped} skipped`;
}

const couldNotRun = ({ status, assertionResults }) =>
  status === 'failed' && !assertionResults.some((test) => test.status === 'failed');
