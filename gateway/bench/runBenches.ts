/**
 * `npm run bench -- [NAME…] [--compare FILE]`: runs all benches or those named, prints one table of their figures and writes it to
 * `bench-results/`. With --compare it also prints the change of each figure against the file of another run.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { Temporal } from 'temporal-polyfill';
import { FIGURES_FILE_VARIABLE, say, type Figure } from './report.ts';
import { comparison, tableOf, type Results } from './results.ts';
import { runOptions, type RunOptions } from './runOptions.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const RESULTS_FOLDER = 'bench-results';
const SUFFIX = '.bench.ts';
const MISUSE = 2;

const known = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length));

/** Returns vitest's exit code and what the benches reported. */
async function runBenches(names: readonly string[]): Promise<{ code: number; figures: Figure[] }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'vaga-bench-'));
  const file = path.join(folder, 'figures.jsonl');
  const files = names.map((name) => `gateway/bench/${name}${SUFFIX}`);
  const vitest = spawn(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', '--config', 'vitest.bench.config.ts', ...files],
    { cwd: ROOT, stdio: 'inherit', env: { ...process.env, [FIGURES_FILE_VARIABLE]: file } },
  );
  // A terminal sends Ctrl-C to vitest too, which then stops its servers and ends; this process ends with it.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => vitest.kill('SIGTERM'));
  const [code] = (await once(vitest, 'exit')) as [number | null];
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
  rmSync(folder, { recursive: true, force: true });
  return { code: code ?? 1, figures: lines.map((line) => JSON.parse(line) as Figure) };
}

function publish(figures: Figure[], before: Results | undefined): void {
  const at = Temporal.Now.instant().toString({ smallestUnit: 'second' });
  const results: Results = { at, node: process.version, processors: availableParallelism(), figures };
  const file = path.join(RESULTS_FOLDER, `${at.replaceAll(':', '-')}.json`);
  mkdirSync(path.join(ROOT, RESULTS_FOLDER), { recursive: true });
  writeFileSync(path.join(ROOT, file), `${JSON.stringify(results, null, 2)}\n`);
  say(`\n${tableOf(figures)}\n\nWritten to ${file}`);
  if (before) say(`\nAgainst ${before.at}:\n${comparison(figures, before.figures).join('\n')}`);
}

function optionsOrMisuse(): RunOptions | undefined {
  try {
    return runOptions(process.argv.slice(2), known);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = MISUSE;
    return undefined;
  }
}

const options = optionsOrMisuse();
if (options) {
  const { code, figures } = await runBenches(options.names);
  if (figures.length > 0) publish(figures, options.before);
  process.exitCode = code;
}
