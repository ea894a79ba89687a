/** The steps of docs/runbook.md, tried: a new SECRET_KEY signs nobody out, and processes without SECRET_KEY have their own keys only. */
import { createPublicKey, generateKeyPairSync, type JsonWebKey, type KeyObject } from 'node:crypto';
import { signedAccessTokens } from '@libs/auth/accessToken';
import { signingKeys } from '@libs/auth/signingKeys';
import { bundleOf, keyring, keyringOfBundle } from '@libs/auth/keys';
import { PASSPORT_HEADER, passports } from '@libs/auth/passport';
import { usesOf } from '@libs/runtime/processKeys';
import { PROCESSES, type ProcessName, type SubgraphName } from '@libs/runtime/subgraphs';
import { federation } from '@libs/testing/federation';
import { expect, it } from 'vitest';
import { mutate, PASSWORD, setUpTenant } from '../testing/tenantSetup.ts';

const STEPS_LIMIT_MS = 300_000;
const FIRST = 'the first secret key of all processes';
const SECOND = 'the second secret key of all processes';

const variables: Record<string, string> = { SECRET_KEY: FIRST, CORS_ORIGINS: 'https://fit.example' };
const processVariables: Partial<Record<ProcessName, Record<string, string>>> = {};
const vaga = await federation({ variables, processVariables });
const ours = await setUpTenant(vaga, await vaga.signIn());

const BOOKINGS = '{ bookings { totalCount nodes { resource { name } user { name } } } }';
const isAnswered = async (token: string): Promise<boolean> =>
  (await vaga.ask(BOOKINGS, {}, { token })).errors === undefined;
const storedSecret = async (): Promise<string> => {
  const [row] = await vaga.databases.tenant.sql`select secret from webhooks where id = ${ours.webhookId}`;
  return row!['secret'] as string;
};
const setSecret = (token: string) =>
  mutate(vaga, token, 'updateWebhook', { id: ours.webhookId, secret: 'segredo' }, 'webhook { id }');
const note = (token: string) =>
  mutate(vaga, token, 'updateBooking', { id: ours.bookingId, notes: 'x' }, 'booking { id }');

async function restartAll(): Promise<void> {
  await Promise.all(PROCESSES.map((name) => vaga.end(name)));
  await Promise.all(PROCESSES.map((name) => vaga.start(name)));
}

/** As a deployment does, so that processes with the old and the new key meet; a user's request must reach all subgraphs throughout. */
async function replaceOneByOne(token: string): Promise<void> {
  for (const name of PROCESSES) {
    await vaga.end(name);
    await vaga.start(name);
    await expect.poll(() => isAnswered(token), { timeout: 20_000, interval: 200 }).toBe(true);
  }
}

it(
  'a new SECRET_KEY is introduced without signing anybody out, and the earlier one is dropped',
  async () => {
    const { secret: apiKey } = await mutate(
      vaga,
      ours.admin.token,
      'createApiKey',
      { name: 'Servidor', scopes: ['BOOKINGS_READ'] },
      'secret',
    );
    await setSecret(ours.admin.token);
    const before = await storedSecret();

    // 1. Every process accepts the new key; 2. every process uses it; 3. nobody needs the earlier one.
    variables['SECRET_KEY_PREVIOUS'] = SECOND;
    await restartAll();
    Object.assign(variables, { SECRET_KEY: SECOND, SECRET_KEY_PREVIOUS: FIRST });
    await replaceOneByOne(ours.user.token);
    await expect.poll(storedSecret, { timeout: 10_000 }).not.toBe(before);
    const { domain } = ours;
    const token = await vaga.signIn({ domain, email: ours.user.email, password: PASSWORD });
    variables['SECRET_KEY_PREVIOUS'] = '';
    await restartAll();

    expect(await isAnswered(apiKey)).toBe(true);
    expect(await isAnswered(ours.user.token)).toBe(false);
    const { refreshSession } = await vaga.data(
      'mutation ($t: String!) { refreshSession(refreshToken: $t) { session { accessToken } } }',
      { t: ours.user.refreshToken },
    );
    expect(await isAnswered(refreshSession.session.accessToken)).toBe(true);
    expect((await note(token)).booking.id).toBe(ours.bookingId);
  },
  STEPS_LIMIT_MS,
);

const pem = (key: KeyObject, type: 'pkcs8' | 'spki') => key.export({ format: 'pem', type }) as string;

it(
  'in production without SECRET_KEY, each process has its own keys, and tokens are verified by a public one',
  async () => {
    const allKeys = keyring(SECOND);
    const pair = generateKeyPairSync('ed25519');
    for (const name of PROCESSES) {
      const uses = usesOf(name).filter((use) => use !== 'access tokens');
      processVariables[name] = {
        ENVIRONMENT: 'production',
        SECRET_KEY: '',
        PROCESS_KEYS: bundleOf(allKeys, uses),
        JWT_ALGORITHM: 'EdDSA',
        ...(name === 'user'
          ? { JWT_PRIVATE_KEY: pem(pair.privateKey, 'pkcs8') }
          : { JWT_PUBLIC_KEYS: pem(pair.publicKey, 'spki') }),
      };
    }
    await restartAll();

    const token = await vaga.signIn({ domain: ours.domain, email: ours.admin.email, password: PASSWORD });
    const header = JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as object;
    const published = (await (await fetch(`${vaga.url}/.well-known/jwks.json`)).json()) as {
      keys: JsonWebKey[];
    };
    expect(published.keys).toHaveLength(1);
    expect(header).toEqual({ alg: 'EdDSA', kid: (published.keys[0] as { kid?: string }).kid });
    const publicKey = createPublicKey({ key: published.keys[0]!, format: 'jwk' });
    const verifier = signedAccessTokens(signingKeys(undefined, pem(publicKey, 'spki')));
    expect(await verifier.verify(token)).toMatchObject({ tenantId: ours.tenantId });
    expect(await isAnswered(token)).toBe(true);
    await note(token);
    await setSecret(token);

    // Whoever has everything of the booking subgraph speaks to the others as the booking subgraph, and as nobody else.
    const leaked = passports(keyringOfBundle(processVariables.booking!['PROCESS_KEYS']!), 'booking');
    const ask = async (name: SubgraphName, passport: string, query = '{ __typename }') => {
      const response = await fetch(`http://127.0.0.1:${vaga.ports[name]}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', [PASSPORT_HEADER]: passport },
        body: JSON.stringify({ query }),
      });
      const { errors } = (await response.json()) as { errors?: { extensions: { code: string } }[] };
      return errors?.[0]?.extensions.code ?? 'ok';
    };
    const service = { kind: 'service', name: 'booking' } as const;
    const anyone = { kind: 'platform', userId: ours.admin.id, sessionId: ours.admin.id } as const;
    for (const name of ['tenant', 'user', 'resource'] as const) {
      expect(await ask(name, await leaked.mint(service, name))).toBe('ok');
      for (const caller of [anyone, { kind: 'service', name: 'gateway' } as const]) {
        expect(await ask(name, await leaked.mint(caller, name))).toBe('UNAUTHENTICATED');
      }
    }
    const deletion = `mutation { deleteTenant(id: "${ours.tenantId}") { deletedId } }`;
    expect(await ask('tenant', await leaked.mint(service, 'tenant'), deletion)).toBe('FORBIDDEN');
    const shownToBooking = await passports(allKeys, 'gateway').mint(anyone, 'booking');
    expect(await ask('booking', shownToBooking)).toBe('ok');
    expect(await ask('tenant', shownToBooking)).toBe('UNAUTHENTICATED');
  },
  STEPS_LIMIT_MS,
);
