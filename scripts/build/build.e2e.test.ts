import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { federation } from '@libs/testing/federation';
import { afterAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const ORIGIN = 'https://fit.example';

afterAll(() => rmSync(`${root}dist`, { recursive: true, force: true }));
const build = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/build/build.ts'], {
  cwd: root,
  encoding: 'utf8',
});
expect(build.status, build.stderr).toBe(0);
const vaga = await federation({
  isBuilt: true,
  variables: { ENVIRONMENT: 'production', CORS_ORIGINS: ORIGIN },
});

test('the bundles run in production: sign-in, mutations and composed answers work, introspection is off', async () => {
  const token = await vaga.signIn();
  const { createTenant } = await vaga.data(
    `mutation { createTenant(input: { name: "Academia", domain: "built.example" }) {
      tenant { settings { timezone } users { totalCount } bookings { totalCount } resources { totalCount } } userErrors { code }
    } }`,
    {},
    { token },
  );
  expect(createTenant).toEqual({
    userErrors: [],
    tenant: {
      settings: { timezone: 'America/Sao_Paulo' },
      users: { totalCount: 0 },
      bookings: { totalCount: 0 },
      resources: { totalCount: 0 },
    },
  });
  expect((await vaga.ask('{ __schema { queryType { name } } }')).errors).toHaveLength(1);
});

test('a bundle lets only the origins of CORS_ORIGINS call from a browser', async () => {
  const allowed = async (origin: string) =>
    (
      await fetch(`${vaga.url}/graphql`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type',
        },
      })
    ).headers.get('access-control-allow-origin');
  expect(await allowed(ORIGIN)).toBe(ORIGIN);
  expect(await allowed('https://elsewhere.example')).not.toBe('https://elsewhere.example');
});
