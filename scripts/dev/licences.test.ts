import { expect, it } from 'vitest';
import {
  ALLOWED,
  DEVELOPMENT_TOOLS,
  licenceTable,
  productionPackages,
  readLock,
  readReadme,
  tableIn,
  type Lock,
} from './licences.ts';

const lock = readLock();
const packages = productionPackages(lock);

it('a production installation has no development tool', () => {
  expect(packages.length).toBeGreaterThan(0);
  expect(packages.map(({ name }) => name).filter((name) => DEVELOPMENT_TOOLS.includes(name))).toEqual([]);
});

it('every production package has a licence that is allowed, and Elastic-2.0 is Apollo’s alone', () => {
  expect(packages.filter(({ licence }) => !ALLOWED.includes(licence))).toEqual([]);
  const elastic = packages.filter(({ licence }) => licence === 'Elastic-2.0');
  expect(elastic.filter(({ name }) => !name.startsWith('@apollo/'))).toEqual([]);
});

it('the README names every licence with its number of packages (else: npm run licences)', () => {
  expect(tableIn(readReadme())).toBe(licenceTable(packages));
});

it('what is installed for development alone does not count; a package that comes with two others counts once for each version', () => {
  const planted: Lock = {
    packages: {
      '': { version: '1.0.0' },
      'libs/db': { version: '1.0.0' },
      'node_modules/@libs/db': { link: true },
      'node_modules/vite': { version: '8.0.0', license: 'MIT', dev: true },
      'node_modules/@a/b': { version: '1.0.0', license: 'GPL-3.0' },
      'node_modules/c': { version: '1.0.0', license: 'MIT' },
      'node_modules/d/node_modules/c': { version: '1.0.0', license: 'MIT' },
      'node_modules/e/node_modules/c': { version: '2.0.0' },
    },
  };
  const found = productionPackages(planted);
  expect(found).toEqual([
    { name: '@a/b', version: '1.0.0', licence: 'GPL-3.0' },
    { name: 'c', version: '1.0.0', licence: 'MIT' },
    { name: 'c', version: '2.0.0', licence: 'none' },
  ]);
  expect(licenceTable(found)).toBe(
    '| licence | packages |\n|---|---|\n| GPL-3.0 | 1 |\n| MIT | 1 |\n| none | 1 |\n',
  );
});
