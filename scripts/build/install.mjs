/** Every command first checks Node and installs the packages of package-lock.json. Imports only Node's own modules. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyPatches } from './patches.mjs';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Installs and patches missing packages. Exits with one line if Node is too old or the installation fails. */
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
  // `ci` empties the folder first; `install --no-save` adds missing packages without changing package-lock.json.
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
 * How many packages of package-lock.json are missing or of another version; undefined if none is installed. npm writes
 * node_modules/.package-lock.json last, so an interrupted installation has none.
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
      // Optional packages may be for other platforms.
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

/** Prints the line and exits with 1. */
function fail(line) {
  console.error(line);
  process.exit(1);
}
