/** What the processes log and count, and that none of it is a secret or personal. */
import { setTimeout as sleep } from 'node:timers/promises';
import { federation } from '@libs/testing/federation';
import { testPort } from '@libs/testing/testPorts';
import { startMailServer } from '@subgraphs/user/notifications/notifications.fixtures';
import { createClient as createStreamClient } from 'graphql-sse';
import { createClient as createSocketClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { MAX_OPERATION_NAMES } from '../operationNames.ts';
import { daysAhead, mutate, PASSWORD, setUpTenant } from '../testing/tenantSetup.ts';

const ARRIVAL_LIMIT_MS = 20_000;

type Line = Record<string, unknown> & { msg: string; service: string; level: number };
const texts: string[] = [];
const linesOf = (service: string, msg: string): Line[] =>
  texts
    .map((text) => JSON.parse(text) as Line)
    .filter((line) => line.service === service && line.msg === msg);

const mails = await startMailServer();
afterAll(mails.stop);
const metricsPorts = { gateway: await testPort(), resource: await testPort() };
const vaga = await federation({
  onLine: (_process, line) => void texts.push(line),
  variables: {
    LOG_LEVEL: 'trace',
    SMTP_URL: mails.mailServer.url,
    SMTP_FROM: mails.mailServer.from,
  },
  processVariables: {
    gateway: {
      ENVIRONMENT: 'production',
      CORS_ORIGINS: 'https://fit.example',
      METRICS_PORT: String(metricsPorts.gateway),
    },
    // Nothing listens there.
    booking: {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
      OTEL_EXPORTER_OTLP_TIMEOUT: '300',
      OTEL_BSP_SCHEDULE_DELAY: '100',
    },
    resource: { ENVIRONMENT: 'production', RESOURCE_METRICS_PORT: String(metricsPorts.resource) },
  },
});
const setup = await setUpTenant(vaga, await vaga.signIn());

const metricsOf = async (url: string): Promise<string> => (await fetch(`${url}/metrics`)).text();
const atPort = (port: number) => `http://127.0.0.1:${port}`;

/** Sends a document; returns the trace id of its answer. */
async function send(body: object, headers: Record<string, string> = {}): Promise<string> {
  const response = await fetch(`${vaga.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  await response.text();
  return response.headers.get('x-trace-id')!;
}
const as = (token: string) => ({ authorization: `Bearer ${token}` });

describe('the log', () => {
  test('has a line for each request: what, for whom, how long and with which outcome', async () => {
    const traces = {
      ok: await send({ query: 'query Mine { me { id } }' }, as(setup.user.token)),
      refused: await send({ query: 'query Hers { bookings { totalCount } }' }),
      invalid: await send({ query: '{ nothing }' }, as(setup.user.token)),
      password: await send({
        query: 'mutation Enter($input: SignInInput!) { signIn(input: $input) { userErrors { code } } }',
        variables: { input: { domain: setup.domain, email: setup.user.email, password: 'wrong' } },
      }),
    };
    const lineOf = (traceId: string) =>
      linesOf('gateway', 'request').filter((line) => line['traceId'] === traceId);
    await expect.poll(() => lineOf(traces.password)).toHaveLength(1);
    const tenantId = setup.tenantId;
    const ms = expect.any(Number);
    expect(lineOf(traces.ok)).toMatchObject([
      { operation: 'Mine', class: 'query', outcome: 'ok', caller: 'user', tenantId, ms },
    ]);
    expect(lineOf(traces.refused)).toMatchObject([
      { operation: 'Hers', outcome: 'refused', codes: ['UNAUTHENTICATED'], caller: 'anonymous' },
    ]);
    expect(lineOf(traces.invalid)).toMatchObject([{ operation: 'unknown', outcome: 'refused' }]);
    expect(lineOf(traces.password)).toMatchObject([{ operation: 'Enter', class: 'password', outcome: 'ok' }]);
    const ofUserSubgraph = linesOf('user', 'request').filter((line) => line['traceId'] === traces.ok);
    expect(ofUserSubgraph).toMatchObject([
      { operation: 'me', class: 'query', outcome: 'ok', caller: 'user', tenantId },
    ]);
  });

  test('has a line for each event that a group consumes', async () => {
    const traceId = await send(
      {
        query:
          'mutation Book($input: CreateBookingInput!) { createBooking(input: $input) { booking { id } } }',
        variables: {
          input: { resourceId: setup.resourceId, startTime: daysAhead(8, 9), endTime: daysAhead(8, 10) },
        },
      },
      as(setup.user.token),
    );
    const groups = () =>
      ['tenant', 'user', 'resource'].flatMap((service) =>
        linesOf(service, 'event consumed').filter((line) => line['traceId'] === traceId),
      );
    await expect.poll(() => groups().length, { timeout: ARRIVAL_LIMIT_MS }).toBe(4);
    expect(groups()).toEqual(
      expect.arrayContaining(
        ['tenant-service', 'audit', 'user-service', 'resource-service'].map((group) =>
          expect.objectContaining({ group, event: 'booking.created', tenantId: setup.tenantId }),
        ),
      ),
    );
  });

  test('says once that the receiver of traces does not answer; the process serves, and later stops, as ever', async () => {
    const message = 'traces could not be sent: does the receiver (OTEL_EXPORTER_OTLP_ENDPOINT) answer?';
    await expect.poll(() => linesOf('booking', message).length, { timeout: ARRIVAL_LIMIT_MS }).toBe(1);
  });

  test('says which time zone data each process computes with, as does /health', async () => {
    for (const service of ['tenant', 'user', 'resource', 'booking', 'gateway'] as const) {
      const [line] = linesOf(service, 'serving');
      expect(line).toMatchObject({ tz: process.versions.tz, icu: process.versions.icu });
      const health = await (await fetch(`${atPort(vaga.ports[service])}/health`)).json();
      expect(health).toMatchObject({ timeZoneData: { release: process.versions.tz } });
    }
  });
});

describe('secrets and personal data', () => {
  /** What a request can hold, each a text that is found nowhere else. */
  const planted: Record<string, string> = {
    password: 'pw-Zx81-planted',
    email: 'planted.person@mail.example',
    name: 'Plantada Pessoa',
    phone: '+55 11 97777 1234',
    notes: 'planted notes about an illness',
    metadata: 'planted-metadata',
    reason: 'planted reason',
    webhookSecret: 'planted-webhook-secret',
    urlToken: 'planted-url-token',
    header: 'planted-header',
    address: '203.0.113.77',
    path: 'planted-path',
    alias: 'plantedAlias',
    field: 'plantedField',
    variable: 'plantedVariable',
    operationName: `Planted${'x'.repeat(50)}`,
    text: 'planted-text',
  };
  const P = planted as { [name: string]: string } & Record<'operationName', string>;

  async function subscribeBySocket(query: string, token: string): Promise<void> {
    const client = createSocketClient({
      url: `${vaga.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      connectionParams: { authorization: `Bearer ${token}`, more: P['header'] },
    });
    await new Promise<void>((resolve) => {
      client.subscribe({ query }, { next: () => resolve(), error: () => resolve(), complete: resolve });
      void sleep(500).then(resolve);
    });
    await client.dispose();
  }

  beforeAll(async () => {
    const admin = setup.admin.token;
    planted['accessToken'] = setup.user.token;
    planted['refreshToken'] = setup.user.refreshToken;
    planted['userEmail'] = setup.user.email;
    planted['rightPassword'] = PASSWORD;
    const person = { tenantId: setup.tenantId, name: P['name'], email: P['email'], phone: P['phone'] };
    await mutate(vaga, admin, 'createUser', { ...person, password: P['password'] }, 'user { id }');
    const { secret } = await mutate(
      vaga,
      admin,
      'createApiKey',
      { name: P['name'], scopes: ['BOOKINGS_READ'] },
      'apiKey { id } secret',
    );
    planted['apiKey'] = secret;
    await mutate(
      vaga,
      admin,
      'createWebhook',
      {
        url: `http://127.0.0.1:9/hook?key=${P['urlToken']}`,
        events: ['BOOKING_CREATED'],
        secret: P['webhookSecret'],
      },
      'webhook { id }',
    );
    mails.behavior.atRecipient = async () => {
      throw Object.assign(new Error(`no such user <${setup.user.email}>`), { responseCode: 550 });
    };
    const booking = {
      resourceId: setup.resourceId,
      notes: P['notes'],
      metadata: { note: P['metadata'] },
      startTime: daysAhead(9, 9),
      endTime: daysAhead(9, 10),
    };
    const made = await mutate(vaga, setup.user.token, 'createBooking', booking, 'booking { id }');
    const id = made.booking.id as string;
    await mutate(vaga, setup.user.token, 'cancelBooking', { id, reason: P['reason'] }, 'booking { id }');

    const headers = {
      ...as(P['header']!),
      cookie: P['header']!,
      referer: `https://x.example/${P['header']}`,
      'user-agent': P['header']!,
      'accept-language': P['header']!,
      'x-forwarded-for': P['address']!,
      'x-vaga-passport': P['header']!,
      traceparent: P['header']!,
    };
    // Sign-in, as literals and as variables, with a wrong password and without a session.
    const literal = `mutation { signIn(input: { domain: "${setup.domain}", email: "${P['email']}", password: "${P['text']}" }) { userErrors { code } } }`;
    await send({ query: literal }, headers);
    await send({ query: '{ me { id } }' }, as(secret));
    await send({ query: '{ me { id } }' }, as(`${secret}x`));
    await send({ query: `query ${P.operationName} { ${P['alias']}: me { id } }` }, headers);
    await send({ query: `{ ${P['field']}(x: "${P['text']}") }`, operationName: P['text'] }, headers);
    await send({ query: `{ me { id } ${P['text']} "`, extensions: { x: P['text'] } });
    await send({ documentId: P['text'], query: '{ __typename }' });
    const withVariable = `query ($${P['variable']}: ID!) { booking(id: $${P['variable']}) { id } }`;
    await send({ query: withVariable, variables: { [P['variable']!]: P['text'] } }, as(setup.user.token));
    await send({ query: withVariable, variables: { [P['variable']!]: [P['text']] } }, as(setup.user.token));
    const wrong = { ...booking, startTime: P['text'], notes: 7 };
    const create =
      'mutation ($input: CreateBookingInput!) { createBooking(input: $input) { booking { id } userErrors { code } } }';
    await send({ query: create, variables: { input: wrong } }, as(setup.user.token));
    await fetch(`${vaga.url}/${P['path']}?token=${P['text']}`);
    await fetch(`${vaga.url}/graphql?query=${encodeURIComponent(`{ me(x: "${P['text']}") { id } }`)}`, {
      headers: { 'apollo-require-preflight': 'true' },
    });
    await fetch(`${vaga.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `{"query":"${P['text']}`,
    });
    await subscribeBySocket(`subscription { bookingChanged(x: "${P['text']}") { id } }`, setup.user.token);
    await subscribeBySocket('subscription { bookingChanged { cursor } }', P['text']!);
    const stream = createStreamClient({
      url: `${vaga.url}/graphql/stream`,
      retryAttempts: 0,
      headers: as(P['text']!),
    });
    await new Promise<void>((resolve) => {
      stream.subscribe(
        { query: `subscription { ${P['alias']}: bookingChanged { cursor } }` },
        { next: () => {}, error: () => resolve(), complete: resolve },
      );
    });
    stream.dispose();

    // A bug, and an outage, while a request holds all of it.
    const { sql } = vaga.databases.booking;
    await sql`alter table allocations rename to allocations_elsewhere`;
    const later = { ...booking, startTime: daysAhead(9, 12), endTime: daysAhead(9, 13) };
    await send({ query: create, variables: { input: later } }, as(setup.user.token));
    await sql`alter table allocations_elsewhere rename to allocations`;
    await vaga.end('booking');
    await send({ query: create, variables: { input: later } }, as(setup.user.token));
    await vaga.start('booking');
    const isLogged = () => linesOf('user', 'a notification could not be sent').length > 0;
    await vi.waitUntil(isLogged, ARRIVAL_LIMIT_MS);
    const last = await send({ query: 'query Last { __typename }' });
    await vi.waitUntil(() => linesOf('gateway', 'request').some((line) => line['traceId'] === last));
  });

  test('the requests that hold them were logged, and so were their failures', () => {
    const log = texts.join('\n');
    for (const found of ['internal error', 'unavailable', 'does not exist', '[address]', 'subscription'])
      expect(log).toContain(found);
    expect(linesOf('gateway', 'request').length).toBeGreaterThan(30);
  });

  test('are in no line of any process, at the most detailed level', () => {
    const log = texts.join('\n');
    expect(Object.entries(planted).filter(([, text]) => log.includes(text))).toEqual([]);
  });

  test('are in no metric', async () => {
    const { tenant, user, booking } = vaga.ports;
    const pages = await Promise.all(
      [...Object.values(metricsPorts), tenant, user, booking].map((port) => metricsOf(atPort(port))),
    );
    const metrics = pages.join('\n');
    expect(metrics).toContain('vaga_graphql_requests_total');
    expect(Object.entries(planted).filter(([, text]) => metrics.includes(text))).toEqual([]);
    // No id of a tenant, or of anything else.
    expect(/[\da-f]{8}-[\da-f]{4}-|@/.exec(metrics)?.input.slice(0, 200)).toBeUndefined();
  });
});

describe('metrics', () => {
  test('are on the own port in development, and never on the public one in production', async () => {
    expect(await metricsOf(atPort(vaga.ports.tenant))).toContain('service="tenant"');
    for (const name of ['gateway', 'resource'] as const) {
      expect((await fetch(`${atPort(vaga.ports[name])}/metrics`)).status).toBe(404);
      expect(await metricsOf(atPort(metricsPorts[name]))).toContain(`service="${name}"`);
      expect((await fetch(`${atPort(metricsPorts[name])}/graphql`)).status).toBe(404);
    }
  });

  test('tell a limited number of operations apart, whatever clients call theirs', async () => {
    for (let number = 0; number < MAX_OPERATION_NAMES + 20; number += 1)
      await send({ query: `query Name${number} { __typename }` });
    const metrics = await metricsOf(atPort(metricsPorts.gateway));
    const names = new Set([...metrics.matchAll(/operation="(\w+)"/g)].map(([, name]) => name));
    // And `unknown`, `unnamed` and `other`.
    expect(names.size).toBeLessThanOrEqual(MAX_OPERATION_NAMES + 3);
    expect(names).toContain('other');
  });

  test('count plans from the cache', async () => {
    const hits = async () =>
      Number(
        /vaga_query_plans_total\{result="hit".*\} (\d+)/.exec(
          await metricsOf(atPort(metricsPorts.gateway)),
        )?.[1] ?? 0,
      );
    const before = await hits();
    for (let count = 0; count < 3; count += 1)
      await send({ query: '{ me { id name } }' }, as(setup.user.token));
    expect((await hits()) - before).toBeGreaterThanOrEqual(2);
  });
});
