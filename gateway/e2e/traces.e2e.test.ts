/** One request in one trace, through every process, to its last effect. */
import { federation } from '@libs/testing/federation';
import type { ProcessName } from '@libs/runtime/subgraphs';
import { startMailServer } from '@subgraphs/user/notifications/notifications.fixtures';
import { receiver } from '@subgraphs/tenant/tenant.fixtures';
import { createClient } from 'graphql-ws';
import { afterAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { daysAhead, mutate, setUpTenant } from '../testing/tenantSetup.ts';
import { traceReceiver, type ReceivedSpan } from '../testing/traceReceiver.ts';

/** With all batches on their way. */
const ARRIVAL_LIMIT_MS = 20_000;

const mails = await startMailServer();
afterAll(mails.stop);
const traces = await traceReceiver();
const vaga = await federation({
  variables: {
    OTEL_EXPORTER_OTLP_ENDPOINT: traces.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '100',
    OTEL_TRACES_SAMPLER: 'traceidratio',
    OTEL_TRACES_SAMPLER_ARG: '0.5',
    SMTP_URL: mails.mailServer.url,
    SMTP_FROM: mails.mailServer.from,
  },
  processVariables: { resource: { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' } },
});
const setup = await setUpTenant(vaga, await vaga.signIn());

/** Trace ids: one of the half that is recorded, one of the other. */
const RECORDED = '1234567800000000aaaaaaaaaaaaaaaa';
const NOT_RECORDED = 'f234567800000000aaaaaaaaaaaaaaaa';

async function book(hour: number, traceparent?: string): Promise<string> {
  const response = await fetch(`${vaga.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${setup.user.token}`,
      ...(traceparent ? { traceparent } : {}),
    },
    body: JSON.stringify({
      query:
        'mutation Book($input: CreateBookingInput!) { createBooking(input: $input) { booking { id } userErrors { code } } }',
      variables: {
        input: {
          resourceId: setup.resourceId,
          startTime: daysAhead(6, hour),
          endTime: daysAhead(6, hour + 1),
        },
      },
    }),
  });
  const { data } = (await response.json()) as { data: { createBooking: { booking: { id: string } } } };
  expect(data.createBooking.booking.id).toEqual(expect.any(String));
  return response.headers.get('x-trace-id')!;
}

/** Ids of the bookings that all following clients receive. */
const receivedIds: unknown[] = [];

/** Subscribes a client with a connection of its own. */
function follow(fields: string, token: string): void {
  const client = createClient({
    url: vaga.url.replace(/^http/, 'ws') + '/graphql',
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
  });
  afterAll(() => client.dispose());
  const note = (id: unknown) => void receivedIds.push(id);
  client.subscribe<{ bookingChanged: { booking: { id: string } } }>(
    { query: `subscription { bookingChanged { booking { ${fields} } } }` },
    {
      next: ({ data }) => note(data?.bookingChanged.booking.id),
      error: note,
      complete: () => note('complete'),
    },
  );
}

const metricOf = async (name: ProcessName, metric: string): Promise<string | undefined> => {
  const text = await (await fetch(`http://127.0.0.1:${vaga.ports[name]}/metrics`)).text();
  return new RegExp(`^${metric}(?:{.*})? (\\S+)$`, 'm').exec(text)?.[1];
};

test('createBooking is one trace: gateway, subgraphs, SQL, outbox, relay, consumers, webhook, e-mail and live changes', async () => {
  // Two share an execution; one needs the user subgraph.
  for (const fields of ['id', 'id', 'id user { name }']) follow(fields, setup.admin.token);
  follow('id', setup.user.token);
  await expect.poll(() => metricOf('gateway', 'vaga_subscribers')).toBe('4');
  await expect.poll(() => metricOf('booking', 'vaga_change_followers')).toBe('3');
  const to = await receiver();
  await mutate(
    vaga,
    setup.admin.token,
    'createWebhook',
    { url: to.url, events: ['BOOKING_CREATED'] },
    'webhook { id }',
  );
  // Whether the client records it does not matter.
  const traceId = await book(9, `00-${RECORDED}-1111111111111111-00`);
  expect(traceId).toBe(RECORDED);
  const ofTrace = () => traces.spans.filter((span) => span.traceId === traceId);
  const namesOf = () => new Set(ofTrace().map(({ service, name }) => `${service}: ${name}`));
  const expected = [
    'gateway: mutation Book',
    'gateway: subgraph booking',
    'booking: mutation createBooking',
    'booking: transaction',
    'booking: sql',
    'booking: redis mget',
    'booking: announce booking.created',
    'booking: relay publish',
    'tenant: consume booking.created',
    'user: consume booking.created',
    'tenant: webhook delivery',
    'user: e-mail',
    'booking: live change',
    'gateway: live change',
    'gateway: subgraph user',
  ];
  // A batch of several events is named for none of them; here only one is under way.
  await expect
    .poll(() => expected.filter((name) => !namesOf().has(name)), { timeout: ARRIVAL_LIMIT_MS })
    .toEqual([]);
  expect(to.received).toHaveLength(1);
  expect(receivedIds).toEqual(Array.from({ length: 4 }, () => receivedIds[0]));
  expect(receivedIds[0]).toEqual(expect.any(String));

  const byId = new Map(ofTrace().map((span) => [span.spanId, span]));
  const rootOf = (span: ReceivedSpan): ReceivedSpan => {
    const parent = byId.get(span.parentSpanId!);
    return parent ? rootOf(parent) : span;
  };
  const spans = ofTrace().filter(({ service }) => service !== 'resource');
  // All hang together, below the caller's span. The resource subgraph's are in the other form.
  expect(new Set(spans.map((span) => rootOf(span).name))).toEqual(new Set(['mutation Book']));
  expect(rootOf(spans[0]!).parentSpanId).toBe('1111111111111111');
  const counted = ofTrace()
    .filter(({ name }) => name === 'live change')
    .map(({ service, attributes }) => ({ service, ...attributes }));
  expect(counted).toHaveLength(2);
  expect(counted).toContainEqual({ service: 'booking', 'vaga.executions': '3' });
  expect(counted).toContainEqual({ service: 'gateway', 'vaga.executions': '3', 'vaga.clients': '4' });
  const parentOf = (span: ReceivedSpan) => byId.get(span.parentSpanId!)!;
  const sent = ofTrace().find(({ service, name }) => service === 'gateway' && name === 'live change')!;
  expect(parentOf(sent)).toMatchObject({ service: 'booking', name: 'live change' });
  expect(parentOf(parentOf(sent)).name).toBe('announce booking.created');
  expect(traces.binary.some((body) => body.includes(Buffer.from(traceId, 'hex')))).toBe(true);
});

test('statements are recorded by their text, without their values', () => {
  const texts = traces.spans.flatMap(({ attributes }) => attributes['db.query.text'] ?? []);
  expect(texts.some((text) => text.startsWith('insert into outbox'))).toBe(true);
  for (const secret of [setup.user.email, setup.user.id, setup.bookingId])
    expect(texts.join('\n')).not.toContain(secret);
});

test('a trace is recorded by every process or by none', async () => {
  expect(await book(11, `00-${NOT_RECORDED}-1111111111111111-01`)).toBe(NOT_RECORDED);
  const later = RECORDED.replace('1', '2');
  await book(13, `00-${later}-1111111111111111-01`);
  await expect
    .poll(() => traces.spans.some(({ traceId, name }) => traceId === later && name === 'e-mail'), {
      timeout: ARRIVAL_LIMIT_MS,
    })
    .toBe(true);
  expect(traces.spans.filter(({ traceId }) => traceId === NOT_RECORDED)).toEqual([]);
});

test('nothing is recorded that no request and no event caused', () => {
  const orphans = traces.spans.filter(({ parentSpanId }) => !parentSpanId);
  expect(new Set(orphans.map(({ service }) => service))).toEqual(new Set(['gateway']));
});
