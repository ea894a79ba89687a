import { expect, it } from 'vitest';
import {
  ALLOWED,
  DEVELOPMENT_TOOLS,
  licenseTable,
  productionPackages,
  readLock,
  readReadme,
  tableIn,
  type Lock,
} from './licenses.ts';

const lock = readLock();
const packages = productionPackages(lock);

it('installs no development tool in production', () => {
  expect(packages.length).toBeGreaterThan(0);
  expect(packages.map(({ name }) => name).filter((name) => DEVELOPMENT_TOOLS.includes(name))).toEqual([]);
});

it('allows every license of a production package, and Elastic-2.0 for Apollo’s packages only', () => {
  expect(packages.filter(({ license }) => !ALLOWED.includes(license))).toEqual([]);
  const elastic = packages.filter(({ license }) => license === 'Elastic-2.0');
  expect(elastic.filter(({ name }) => !name.startsWith('@apollo/'))).toEqual([]);
});

it('attributes the data of date-holidays in the README, and allows its license for that package only', () => {
  const withData = packages.filter(({ license }) => license.includes('CC-BY'));
  expect(withData.map(({ name }) => name)).toEqual(['date-holidays']);
  expect(readReadme()).toContain('[date-holidays](https://github.com/commenthol/date-holidays)');
});

it('counts the packages of each license in the README (if not: npm run licenses)', () => {
  expect(tableIn(readReadme())).toBe(licenseTable(packages));
});

it('counts each version of a package once, and no development package', () => {
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
    { name: '@a/b', version: '1.0.0', license: 'GPL-3.0' },
    { name: 'c', version: '1.0.0', license: 'MIT' },
    { name: 'c', version: '2.0.0', license: 'none' },
  ]);
  expect(licenseTable(found)).toBe(
    '| license | packages |\n|---|---|\n| GPL-3.0 | 1 |\n| MIT | 1 |\n| none | 1 |\n',
  );
});
