/** `npm run check`: everything that a change must pass, in order; stops at the first that fails. CI runs the same. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ensureInstalled, fail, ROOT } from './install.mjs';

/** Runs an npm script; answers whether it succeeded. */
const npm = (...args) =>
  spawnSync('npm', ['run', '--silent', ...args], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] })
    .status === 0;

/** The content of every generated file. Compared with itself, not with git: work that is not committed yet may pass. */
function generatedFiles() {
  const subgraphs = path.join(ROOT, 'subgraphs');
  return readdirSync(subgraphs)
    .map((name) => path.join(subgraphs, name, 'generated.ts'))
    .map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : ''))
    .join('\0');
}

function isCodegenCurrent() {
  const before = generatedFiles();
  if (!npm('codegen')) return false;
  if (generatedFiles() === before) return true;
  console.error('The generated types were out of date; they are current now: commit them.');
  return false;
}

const STEPS = [
  { name: 'generated types', passes: isCodegenCurrent },
  { name: 'format', passes: () => npm('format:check') },
  { name: 'lint', passes: () => npm('lint') },
  { name: 'types', passes: () => npm('types') },
  { name: 'laws', passes: () => npm('laws') },
  { name: 'composed contract', passes: () => npm('compose', '--', '--check') },
  { name: 'tests', passes: () => npm('test') },
];

ensureInstalled();
for (const [place, { name, passes }] of STEPS.entries()) {
  console.log(`[${place + 1}/${STEPS.length}] ${name}`);
  const began = performance.now();
  if (!passes()) fail(`check failed at: ${name}`);
  // The tests end with their count; nothing may follow it.
  if (name !== 'tests') console.log(`      ${((performance.now() - began) / 1000).toFixed(1)} s`);
}
