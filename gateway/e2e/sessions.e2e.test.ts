import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '@libs/db/ids';
import { federation, PLATFORM_ADMIN } from '@libs/testing/federation';
import { describe, expect, it } from 'vitest';
import { CALLER_CACHE_MS } from '@libs/directory/callerCache';

const vaga = await federation();

async function session(): Promise<{ accessToken: string; refreshToken: string }> {
  const { signIn } = await vaga.data(
    'mutation ($input: SignInInput!) { signIn(input: $input) { session { accessToken refreshToken } } }',
    { input: PLATFORM_ADMIN },
  );
  return signIn.session;
}

const TENANTS = '{ tenants(first: 1) { totalCount } }';
const codeOf = async (query: string, token?: string): Promise<string> => {
  const { errors } = await vaga.ask(query, {}, { token });
  return errors?.[0]?.extensions.code ?? 'ok';
};

describe('a session', () => {
  it('is refused by every subgraph within CALLER_CACHE_MS of signing out', async () => {
    const { accessToken, refreshToken } = await session();
    expect(await codeOf(TENANTS, accessToken)).toBe('ok');
    await vaga.data('mutation ($token: String!) { signOut(refreshToken: $token) }', { token: refreshToken });
    await sleep(CALLER_CACHE_MS);
    expect(await codeOf(TENANTS, accessToken)).toBe('UNAUTHENTICATED');
  });

  it('cannot create an administrator after signing out, even within CALLER_CACHE_MS', async () => {
    const { id: tenantId } = (
      await vaga.data(
        'mutation ($input: CreateTenantInput!) { createTenant(input: $input) { tenant { id } } }',
        { input: { name: 'Academia', domain: `${newId()}.example` } },
        { token: (await session()).accessToken },
      )
    ).createTenant.tenant;
    const { accessToken: token, refreshToken } = await session();
    expect(await codeOf(TENANTS, token)).toBe('ok');
    await vaga.data('mutation ($token: String!) { signOut(refreshToken: $token) }', { token: refreshToken });
    const { data, errors } = await vaga.ask(
      'mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }',
      { input: { tenantId, name: 'Eva', email: `${newId()}@academia.example`, userType: 'ADMIN' } },
      { token },
    );
    expect([data, errors?.[0]?.extensions.code]).toEqual([null, 'UNAUTHENTICATED']);
  });

  it('works while the user subgraph is down if it is cached, else gets SERVICE_UNAVAILABLE', async () => {
    const cached = await session();
    const uncached = await session();
    expect(await codeOf(TENANTS, cached.accessToken)).toBe('ok');
    await vaga.end('user');
    try {
      await sleep(CALLER_CACHE_MS);
      expect(await codeOf(TENANTS, cached.accessToken)).toBe('ok');
      expect(await codeOf(TENANTS, uncached.accessToken)).toBe('SERVICE_UNAVAILABLE');
      expect(await codeOf('{ tenantByDomain(domain: "nobody.example") { id } }')).toBe('ok');
      const { data, errors } = await vaga.ask(
        '{ me { id } tenantByDomain(domain: "nobody.example") { id } }',
        {},
        { token: cached.accessToken },
      );
      expect(data).toEqual({ me: null, tenantByDomain: null });
      expect(errors!.map(({ path, extensions }) => [path, extensions.code])).toEqual([
        [['me'], 'SERVICE_UNAVAILABLE'],
      ]);
    } finally {
      await vaga.start('user');
    }
    await sleep(CALLER_CACHE_MS);
    expect(await codeOf(TENANTS, uncached.accessToken)).toBe('ok');
  });
});
