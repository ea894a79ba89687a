/** What the gateway counts of its clients' requests and subscriptions. */
import { metricValue } from '@libs/testing/metricValue';
import { createClient as createStreamClient } from 'graphql-sse';
import { createClient } from 'graphql-ws';
import { afterAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { smallFederation } from './testing/smallFederation.ts';

const federation = await smallFederation();
afterAll(() => federation.close());
const authorization = `Bearer ${await federation.token()}`;
const ask = (query: string) => federation.ask(query, { authorization });

type Metric = readonly [name: string, labels: Record<string, string>, change: number];

/** Waits until the work has changed each metric by so much: a request is counted after its answer. */
async function expectChanges(metrics: readonly Metric[], work: () => Promise<unknown>): Promise<void> {
  const values = () => Promise.all(metrics.map(([name, labels]) => metricValue(name, labels)));
  const before = await values();
  await work();
  const changes = async () => (await values()).map((value, index) => value - before[index]!);
  await expect.poll(changes).toEqual(metrics.map(([, , change]) => change));
}

it('an operation by its name and class, its root fields, and its calls of subgraphs', async () => {
  const operation = { operation: 'Counted', class: 'query' };
  await expectChanges(
    [
      ['vaga_graphql_requests_total', { ...operation, outcome: 'ok' }, 2],
      ['vaga_graphql_request_duration_seconds_count', operation, 2],
      ['vaga_root_fields_total', { field: 'room', outcome: 'ok' }, 2],
      ['vaga_subgraph_call_duration_seconds_count', { subgraph: 'room', result: 'ok' }, 2],
    ],
    async () => {
      await ask('query Counted { a: room { id } b: room { name } }');
      await ask('query Counted { room { id } }');
    },
  );
});

it('a failed field by its name, whatever its alias, and the code of its error', async () => {
  await expectChanges(
    [
      ['vaga_root_fields_total', { field: 'fail', outcome: 'error' }, 1],
      ['vaga_root_fields_total', { field: 'room', outcome: 'ok' }, 1],
      // The subgraph counts its own answer in the same process.
      ['vaga_graphql_errors_total', { code: 'INTERNAL_SERVER_ERROR' }, 2],
      ['vaga_graphql_requests_total', { operation: 'Failing', class: 'query', outcome: 'error' }, 1],
    ],
    () => ask('query Failing { alias: fail(how: "bug") room { id } }'),
  );
});

it('a plan once as made, and then as from the cache', async () => {
  const plans = (misses: number, hits: number): Metric[] => [
    ['vaga_query_plans_total', { result: 'miss' }, misses],
    ['vaga_query_plans_total', { result: 'hit' }, hits],
  ];
  const query = 'query Planned { rooms(first: 3) { nodes { name owner { name } } } }';
  await expectChanges(plans(1, 0), () => ask(query));
  await expectChanges(plans(0, 1), () => ask(query));
});

it('subscribers while they are connected, over both transports, and the executions they share', async () => {
  const [subscribers, executions] = [
    await metricValue('vaga_subscribers'),
    await metricValue('vaga_subscription_executions'),
  ];
  const query = 'subscription { painted { number } }';
  const sink = { next: () => {}, error: () => {}, complete: () => {} };
  const socket = createClient({
    url: federation.url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization },
  });
  socket.subscribe({ query }, sink);
  const stream = createStreamClient({ url: `${federation.url}/stream`, headers: { authorization } });
  stream.subscribe({ query }, sink);
  await expect.poll(() => metricValue('vaga_subscribers')).toBe(subscribers + 2);
  expect(await metricValue('vaga_subscription_executions')).toBe(executions + 1);
  await expect.poll(() => federation.listening()).toBe(1);
  await expectChanges([['vaga_subscription_answers_total', { kind: 'live' }, 2]], () =>
    ask('mutation { paint }'),
  );
  await socket.dispose();
  stream.dispose();
  await expect.poll(() => metricValue('vaga_subscribers')).toBe(subscribers);
  await expect.poll(() => metricValue('vaga_subscription_executions')).toBe(executions);
});

it('a subgraph that is down as failed calls, and the requests that lack it as unavailable', async () => {
  await federation.stopSubgraph('person');
  await expectChanges(
    [
      ['vaga_subgraph_call_duration_seconds_count', { subgraph: 'person', result: 'failed' }, 1],
      ['vaga_graphql_requests_total', { operation: 'Lacking', class: 'query', outcome: 'unavailable' }, 1],
    ],
    () => ask('query Lacking { person { name } }'),
  );
});
