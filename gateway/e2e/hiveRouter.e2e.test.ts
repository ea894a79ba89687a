/**
 * Hive Gateway before the subgraphs in production (SUBGRAPH_TRUST=token), configured as docs/routers.md says. Only with VAGA_SOAK: it installs half
 * a gigabyte from the npm registry, once for each checkout. `otherRouter.e2e.test.ts` tests the same paths with Apollo's stock gateway.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SUBGRAPHS } from '@libs/runtime/subgraphs';
import { federation } from '@libs/testing/federation';
import { testPort } from '@libs/testing/testPorts';
import { waitUntil } from '@scripts/dev/servers/processes';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { daysAhead, mutate, setUpTenant, type TenantSetup } from '../testing/tenantSetup.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const FOLDER = path.join(ROOT, 'node_modules/.cache/hive-gateway');
const PACKAGES = ['@graphql-hive/gateway@2.15.1', 'graphql@16.15.0'];
const SET_UP_LIMIT_MS = 600_000;
const READY_LIMIT_MS = 60_000;

/** The configuration of docs/routers.md, with its addition for subscriptions. */
function configuration(port: number): string {
  const guide = readFileSync(path.join(ROOT, 'docs/routers.md'), 'utf8');
  const [config, subscriptions] = [...guide.matchAll(/```js\n([^]*?)```/g)]
    .map(([, code]) => code!)
    .filter((code) => /defineConfig|connectionParams/.test(code));
  return config!
    .replace('port: 4050', `port: ${port}, host: '127.0.0.1'`)
    .replace("'supergraph.graphql'", JSON.stringify(path.join(ROOT, 'gateway/supergraph.graphql')))
    .replace(/(\{ location: .*?\}),/, (entry) => `${entry.slice(0, -2)}, ${subscriptions} },`);
}

async function hiveTests(): Promise<void> {
  const vaga = await federation({
    variables: { ENVIRONMENT: 'production', SUBGRAPH_TRUST: 'token', CORS_ORIGINS: 'https://fit.example' },
  });
  let ours: TenantSetup;
  let url: string;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    mkdirSync(FOLDER, { recursive: true });
    if (!existsSync(path.join(FOLDER, 'node_modules/.bin/hive-gateway'))) {
      writeFileSync(path.join(FOLDER, 'package.json'), '{ "private": true }');
      execFileSync('npm', ['install', '--ignore-scripts', ...PACKAGES], { cwd: FOLDER, stdio: 'inherit' });
    }
    ours = await setUpTenant(vaga, await vaga.signIn());
    const port = await testPort();
    url = `http://127.0.0.1:${port}/graphql`;
    writeFileSync(path.join(FOLDER, 'gateway.config.mjs'), configuration(port));
    const addresses = SUBGRAPHS.map((name) => [
      `${name.toUpperCase()}_SERVICE_URL`,
      `http://127.0.0.1:${vaga.ports[name]}/graphql`,
    ]);
    const hive = spawn('node_modules/.bin/hive-gateway', ['supergraph', '-c', 'gateway.config.mjs'], {
      cwd: FOLDER,
      env: { ...process.env, ...Object.fromEntries(addresses), NODE_ENV: 'production' },
      stdio: 'ignore',
    });
    stop = async () => {
      hive.kill('SIGKILL');
      await once(hive, 'exit');
    };
    const isReady = () =>
      ask('{ __typename }').then(
        (answer) => answer.data !== undefined,
        () => false,
      );
    if (!(await waitUntil(isReady, READY_LIMIT_MS))) throw new Error('Hive Gateway was not ready in time');
  }, SET_UP_LIMIT_MS);
  afterAll(() => stop?.());

  async function ask(query: string, token?: string, variables: object = {}) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query, variables }),
    });
    // Assertions check the shape.
    // oxlint-disable-next-line typescript/no-explicit-any
    return (await response.json()) as any;
  }

  it('answers as Vaga’s own gateway, for users, keys and the public', async () => {
    const scopes = ['BOOKINGS_READ', 'USERS_READ'];
    const input = { name: 'Servidor', scopes };
    const { secret } = await mutate(vaga, ours.admin.token, 'createApiKey', input, 'secret');
    const bookings =
      '{ bookings(first: 3) { totalCount nodes { id resource { name } user { name email } } } }';
    for (const token of [ours.user.token, ours.admin.token, secret])
      expect(await ask(bookings, token)).toEqual({ data: await vaga.data(bookings, {}, { token }) });
    const availability = `{ resource(id: "${ours.resourceId}") { availability(from: "${daysAhead(1, 9).slice(0, 10)}", to: "${daysAhead(3, 9).slice(0, 10)}") { date slots { startTime endTime available } } } }`;
    expect(await ask(availability)).toEqual({ data: await vaga.data(availability) });
    expect((await ask(bookings)).errors[0].extensions.code).toBe('UNAUTHENTICATED');
  });

  it('carries out mutations as the caller, and follows changes by its WebSocket transport', async () => {
    const ids: string[] = [];
    const client = createClient({
      url: url.replace('http', 'ws'),
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${ours.admin.token}` },
    });
    client.subscribe<{ bookingChanged: { booking: { id: string; resource: { name: string } } } }>(
      { query: 'subscription { bookingChanged { booking { id resource { name } } } }' },
      { next: ({ data }) => ids.push(data!.bookingChanged.booking.id), error: () => {}, complete: () => {} },
    );
    const query = `mutation ($input: CreateBookingInput!) {
      createBooking(input: $input) { booking { id } userErrors { code } } }`;
    let hour = 6;
    await expect
      .poll(
        async () => {
          hour += 1;
          const input = {
            resourceId: ours.resourceId,
            startTime: daysAhead(9, hour),
            endTime: daysAhead(9, hour + 1),
          };
          const { data } = await ask(query, ours.user.token, { input });
          expect(data.createBooking.userErrors).toEqual([]);
          return ids.length;
        },
        { timeout: 20_000, interval: 2_000 },
      )
      .toBeGreaterThan(0);
    await client.dispose();
    const forbidden = `mutation { deleteTenant(id: "${ours.tenantId}") { deletedId } }`;
    expect((await ask(forbidden, ours.user.token)).errors[0].extensions.code).toBe('FORBIDDEN');
  });
}

if (process.env['VAGA_SOAK']) describe('Hive Gateway', hiveTests);
else it.skip('Hive Gateway (only with VAGA_SOAK)', () => {});
