import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { bundleOf, keyring } from '@libs/auth/keys';
import { databaseUrl } from '@libs/runtime/env';
import { usesOf } from '@libs/runtime/processKeys';
import { environmentProblems } from './environmentProblems.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'environment-'));
afterAll(() => rmSync(folder, { recursive: true }));

function validate(variables?: Record<string, string>) {
  const file = path.join(folder, 'environment');
  if (variables) {
    const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
    writeFileSync(file, lines.join(''));
  } else copyFileSync('.env.example', file);
  const args = ['node_modules/.bin/tsx', 'scripts/operate/validateEnv.ts', file];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, text: stdout + stderr };
}

const SECRET = 'a-secret-that-nobody-may-see-in-any-log';
const PRODUCTION = {
  ENVIRONMENT: 'production',
  SECRET_KEY: SECRET,
  CORS_ORIGINS: 'https://app.example',
  PLATFORM_ADMIN_EMAIL: 'ada@vaga.example',
  PLATFORM_ADMIN_PASSWORD: 'a password of her own',
};

it('accepts the example, and a safe production environment', () => {
  expect(validate()).toMatchObject({ status: 0 });
  expect(validate(PRODUCTION)).toEqual({ status: 0, text: expect.stringContaining('usable in production') });
});

it('refuses an unsafe one with its names', () => {
  const { status, text } = validate({ ...PRODUCTION, SECRET_KEY: 'short', SECRET_KEYS: SECRET });
  expect(status).toBe(1);
  expect(text).toMatch(/^SECRET_KEY: .*\nSECRET_KEYS: .*\n$/);
});

it('names every variable that any process would refuse, and no value', () => {
  const refused = (variables: Record<string, string>) =>
    environmentProblems({ ...PRODUCTION, ...variables }).join('\n');
  const text = refused({
    SECRET_KEY: 'short',
    CORS_ORIGINS: '',
    PLAN_LIMITS: SECRET,
    TRUSTED_DOCUMENTS: 'only',
    JWT_ALGORITHM: 'none',
  });
  for (const name of ['JWT_ALGORITHM', 'PLAN_LIMITS']) expect(text).toContain(`${name}: `);
  expect(text).not.toContain(SECRET);
  const others = refused({
    SMTP_URL: 'smtp://mail.example',
    PLATFORM_ADMIN_PASSWORD: 'vaga-development-admin',
    CORS_ORIGINS: '',
  });
  for (const name of ['SMTP_FROM', 'CORS_ORIGINS']) expect(others).toContain(`${name}: `);
  expect(refused({ PLATFORM_ADMIN_PASSWORD: 'vaga-development-admin' })).toMatch(
    /^PLATFORM_ADMIN_PASSWORD: .*$/,
  );
});

it.each([
  ['TENANT_PORT', 'abc'],
  ['BOOKING_METRICS_PORT', '70000'],
  ['GATEWAY_PORT', '0x10'],
  ['CORS_MAX_AGE', '1e3'],
  ['ACCESS_TOKEN_EXPIRE_HOURS', '-1'],
  ['DRAIN_SECONDS', '1,5'],
  ['POSTGRES_HOST', 'a b'],
  ['POSTGRES_HOST_USER', 'h:1:2'],
  ['USER_DATABASE_URL', 'postgres://vaga:12/c+d=@127.0.0.1:5432/user'],
  ['USER_DATABASE_URL', 'postgres://vaga:a%zb@127.0.0.1:5432/user'],
  ['SECRET_KEY', ' '.repeat(40)],
])('refuses %s=%s, once', (name, value) => {
  expect(environmentProblems({ ...PRODUCTION, [name]: value })).toEqual([
    expect.stringMatching(`^${name}: .`),
  ]);
});

it('takes the environment of one process for that of one, with its own keys', () => {
  const keys = keyring('a secret key of this installation alone');
  const own = { ENVIRONMENT: 'production', PROCESS_KEYS: bundleOf(keys, usesOf('booking')) };
  expect(environmentProblems(own, ['booking'])).toEqual([]);
  expect(environmentProblems(own, ['user'])).toEqual(['PROCESS_KEYS: missing keys for the user process']);
  expect(environmentProblems({ ...PRODUCTION, ...own })).toContain(
    'PROCESS_KEYS: missing keys for the gateway process',
  );
});

it('takes blank variables for ones that are not set, and knows those of Node', () => {
  const { status, text } = validate({
    ...PRODUCTION,
    GATEWAY_PORT: "' '",
    NODE_EXTRA_CA_CERTS: '/etc/ca.pem',
    ICU_TIMEZONE_FILES_DIR: '/tz',
  });
  expect([status, text]).toEqual([0, expect.stringContaining('usable in production')]);
});

it('puts any characters of the parts of an address into it', () => {
  const parts = { POSTGRES_HOST: 'db', POSTGRES_USER: 'va ga', POSTGRES_PASSWORD: 'p@ss:w/rd#?%41é' };
  const url = new URL(databaseUrl('user', { ...parts, POSTGRES_HOST_USER: 'user-db' }));
  expect(url.host).toBe('user-db:5432');
  expect([url.username, url.password].map(decodeURIComponent)).toEqual(['va ga', 'p@ss:w/rd#?%41é']);
  expect(new URL(databaseUrl('tenant', parts)).host).toBe('db:5432');
});
