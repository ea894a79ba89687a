/** What every command does first: the right Node, and the packages that package-lock.json names. Only Node's own modules. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyPatches } from './patches.mjs';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Ends the process with one line where Node is too old or the packages cannot be installed. */
export function ensureInstalled() {
  installPackages();
  applyPatches();
}

function installPackages() {
  const oldest = readJson('package.json').engines.node.replace('>=', '');
  if (compareVersions(process.versions.node, oldest) < 0) {
    fail(`Node ${oldest} or newer is needed; this is ${process.versions.node}. See https://nodejs.org`);
  }
  const missing = missingPackages();
  if (missing === 0) return;
  const isFresh = missing === undefined;
  console.log(
    isFresh ? 'Installing packages (half a minute to a few minutes)' : `Installing ${missing} packages`,
  );
  const began = performance.now();
  // The first begins with an empty folder; the second adds what is missing, and leaves package-lock.json alone.
  const command = isFresh ? ['ci'] : ['install', '--no-save'];
  const { status, error } = spawnSync('npm', [...command, '--include=dev', '--include=optional'], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (error) fail(`npm could not be started (${error.message}): it comes with Node, see https://nodejs.org`);
  if (status !== 0) fail('npm could not install the packages: see its message above, then run this again');
  console.log(`Installed in ${Math.round((performance.now() - began) / 1000)} s`);
}

/**
 * How many packages of package-lock.json are not installed in their version; undefined where none is. npm lists what it
 * installed in node_modules/.package-lock.json, written last, so an installation that was cut short has none.
 */
function missingPackages() {
  let installed;
  try {
    installed = readJson('node_modules/.package-lock.json').packages;
  } catch {
    return undefined;
  }
  const wanted = Object.entries(readJson('package-lock.json').packages);
  return wanted.filter(
    ([location, entry]) =>
      // Optional packages are those of other platforms.
      location.startsWith('node_modules/') &&
      !entry.optional &&
      installed[location]?.version !== entry.version,
  ).length;
}

const readJson = (file) => JSON.parse(readFileSync(path.join(ROOT, file), 'utf8'));

function compareVersions(left, right) {
  const [a, b] = [left, right].map((version) => version.split('.').map(Number));
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

/** Says why and ends. */
function fail(line) {
  console.error(line);
  process.exit(1);
}
