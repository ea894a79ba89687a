import { copyFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { databaseUrlVariable, SUBGRAPHS } from '@libs/runtime/subgraphs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSettings } from './startSettings.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'vaga-settings-'));
});
afterAll(() => rm(root, { recursive: true }));

const PRODUCTION = { ENVIRONMENT: 'production', SECRET_KEY: 'x'.repeat(64) };
const DATABASES = Object.fromEntries(
  SUBGRAPHS.map((name) => [databaseUrlVariable(name), `postgres://db/${name}`]),
);

describe('readSettings', () => {
  it('uses the default ports, and starts servers on .data, without any setting', async () => {
    const settings = await readSettings(root, {});
    expect(settings).toMatchObject({
      dataDir: path.join(root, '.data'),
      ports: { gateway: 4000, tenant: 4001, user: 4002, resource: 4003, booking: 4004 },
      startsPostgres: true,
      startsRedis: true,
      signIn: ['admin@vaga.local', 'vaga-development-admin'],
    });
    expect(settings.variables['BOOKING_SERVICE_URL']).toBe('http://127.0.0.1:4004/graphql');
  });

  it('keeps the generated development key, readable by its user only', async () => {
    const [first, second] = [await readSettings(root, {}), await readSettings(root, {})];
    expect(first.variables['SECRET_KEY']).toHaveLength(64);
    expect(second.variables['SECRET_KEY']).toBe(first.variables['SECRET_KEY']);
    expect((await stat(path.join(root, '.data', 'secret-key'))).mode & 0o777).toBe(0o600);
  });

  it('reads .env for variables that the environment lacks', async () => {
    await writeFile(path.join(root, '.env'), 'REDIS_URL=redis://elsewhere:6379\nGATEWAY_PORT=5000\n');
    const settings = await readSettings(root, { GATEWAY_PORT: '6000' });
    await rm(path.join(root, '.env'));
    expect(settings.ports.gateway).toBe(6000);
    expect(settings.startsRedis).toBe(false);
    expect(settings.variables['REDIS_URL']).toBe('redis://elsewhere:6379');
  });

  it('starts its own servers with a copy of .env.example', async () => {
    await copyFile('.env.example', path.join(root, '.env'));
    const settings = await readSettings(root, {});
    await rm(path.join(root, '.env'));
    expect(settings).toMatchObject({ startsPostgres: true, startsRedis: true });
  });

  it('starts no Postgres when the databases are given, by address or by parts', async () => {
    expect((await readSettings(root, DATABASES)).startsPostgres).toBe(false);
    expect((await readSettings(root, { POSTGRES_HOST: 'db' })).startsPostgres).toBe(false);
  });

  it('refuses some of the four databases without the others, and names the missing ones', async () => {
    const { TENANT_DATABASE_URL, USER_DATABASE_URL } = DATABASES;
    await expect(readSettings(root, { TENANT_DATABASE_URL, USER_DATABASE_URL })).rejects.toThrow(
      /not set: RESOURCE_DATABASE_URL, BOOKING_DATABASE_URL/,
    );
  });

  it('has no default secrets in production, and never shows a chosen password', async () => {
    const bare = await readSettings(root, PRODUCTION);
    expect(bare.variables).not.toHaveProperty('PLATFORM_ADMIN_PASSWORD');
    expect(bare.signIn).toEqual([]);
    await expect(readSettings(root, { ENVIRONMENT: 'production' })).rejects.toThrow('SECRET_KEY');
    const chosen = await readSettings(root, { PLATFORM_ADMIN_PASSWORD: 'my own words' });
    expect(chosen.signIn.join()).not.toContain('my own words');
  });

  it('refuses an invalid port without showing the given value', async () => {
    await expect(readSettings(root, { USER_PORT: 'secret' })).rejects.toThrow(/USER_PORT/);
    await expect(readSettings(root, { USER_PORT: 'secret' })).rejects.not.toThrow(/secret/);
  });

  it('replaces port 0 by a free port', async () => {
    const { ports } = await readSettings(root, { GATEWAY_PORT: '0', USER_PORT: '0' });
    expect(ports.gateway).toBeGreaterThan(1023);
    expect(ports.user).not.toBe(ports.gateway);
  });
});
