/** How commands end: 64 for a wrong command line, 78 for an environment that is not usable, 1 for what failed. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bundleOf, keyring } from '@libs/auth/keys';
import { usesOf } from '@libs/runtime/processKeys';
import { databaseUrlVariable, SUBGRAPHS } from '@libs/runtime/subgraphs';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(path.join(tmpdir(), 'commands-'));
afterAll(() => rmSync(folder, { recursive: true }));

function run(name: string, args: string[] = [], variables: Record<string, string> = {}, cwd = '.') {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['node_modules/.bin/tsx', `scripts/operate/${name}.ts`, ...args],
    {
      encoding: 'utf8',
      cwd,
      env: { PATH: process.env['PATH'], DATA_DIR: path.join(folder, 'data'), ...variables },
    },
  );
  return { status, stdout, stderr };
}

const OWN_KEY = 'a secret key of this installation alone';

describe('npm run keys', () => {
  it('prints the keys of a process, by the SECRET_KEY given', () => {
    expect(run('printKeys', ['booking'], { SECRET_KEY: OWN_KEY })).toEqual({
      status: 0,
      stdout: `${bundleOf(keyring(OWN_KEY), usesOf('booking'))}\n`,
      stderr: '',
    });
  });

  it.each([
    ['no SECRET_KEY', { SECRET_KEY: '' }],
    ['no SECRET_KEY in production', { ENVIRONMENT: 'production', SECRET_KEY: '' }],
    ['PROCESS_KEYS in its place', { ENVIRONMENT: 'production', SECRET_KEY: '', PROCESS_KEYS: 'e30' }],
    ['a short SECRET_KEY', { SECRET_KEY: 'short' }],
    [
      'the default before',
      { SECRET_KEY: OWN_KEY, SECRET_KEY_PREVIOUS: 'vaga-development-secret-key-not-for-production' },
    ],
  ])('prints nothing with %s', (_, variables) => {
    const { status, stdout, stderr } = run('printKeys', ['booking'], variables);
    expect([status, stdout]).toEqual([78, '']);
    expect(stderr).toMatch(/^The environment is not usable:\n {2}SECRET_KEY: .*\n$/);
  });
});

it.each([
  ['printKeys', []],
  ['validateEnv', []],
  ['validateEnv', ['.env.example', 'calendar']],
  ['documents', []],
  ['documents', ['--bogus']],
  ['doctor', ['--bogus']],
  ['backup', []],
])('%s %j: a wrong command line', (name, args) => {
  const { status, stderr } = run(name, args);
  expect(status).toBe(64);
  expect(stderr).not.toMatch(/^ +at /m);
});

it.each([
  ['validateEnv', ['missing'], /^ENOENT.*missing'\n$/],
  ['backup', ['backup'], /has no data created by npm start\n$/],
  ['restore', ['missing'], /^missing is not a complete backup.*\n$/],
])('%s %j: a failure, in one line', (name, args, line) => {
  const { status, stderr } = run(name, args);
  expect(status).toBe(1);
  expect(stderr).toMatch(line);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

it('backup with databases of your own: an environment that is not usable for it', () => {
  expect(run('backup', ['backup'], { POSTGRES_HOST: 'db' })).toMatchObject({
    status: 78,
    stderr: expect.stringContaining('POSTGRES_'),
  });
});

it.each([
  ['events', ['dead']],
  ['migrate', ['--status']],
  ['reconcile', []],
])('%s %j: names the database that does not answer, without its password', (name, args) => {
  const addresses = Object.fromEntries(
    SUBGRAPHS.map((one) => [databaseUrlVariable(one), `postgres://vaga:segredo@127.0.0.1:1/${one}_data`]),
  );
  const { status, stderr } = run(name, args, { ...addresses, REDIS_URL: 'redis://127.0.0.1:1' });
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /^The \w+ database does not answer at 127\.0\.0\.1:1\/\w+_data: .*ECONNREFUSED.*\n$/,
  );
  expect(stderr).not.toContain('segredo');
});

describe('a .env beside the scripts', () => {
  const root = path.join(folder, 'checkout');
  cpSync('scripts', path.join(root, 'scripts'), { recursive: true });
  for (const name of ['drizzle', 'libs', 'node_modules', 'package.json', 'tsconfig.json'])
    symlinkSync(path.resolve(name), path.join(root, name));
  writeFileSync(
    path.join(root, '.env'),
    [
      `SECRET_KEY=${OWN_KEY}`,
      ...SUBGRAPHS.map((one) => `${databaseUrlVariable(one)}=postgres://vaga@127.0.0.1:1/from_env_file`),
    ].join('\n'),
  );

  it.each([
    ['migrate', []],
    ['partition', ['4']],
  ])('%s %j uses its databases', (name, args) => {
    const { status, stderr } = run(name, args, {}, root);
    expect([status, stderr]).toEqual([1, expect.stringContaining('127.0.0.1:1/from_env_file')]);
  });

  it('printKeys uses its SECRET_KEY, unless the environment has another', () => {
    const keysOf = (key: string) => `${bundleOf(keyring(key), usesOf('booking'))}\n`;
    expect(run('printKeys', ['booking'], {}, root).stdout).toBe(keysOf(OWN_KEY));
    const other = 'another secret key of this installation';
    expect(run('printKeys', ['booking'], { SECRET_KEY: other }, root).stdout).toBe(keysOf(other));
  });
});
