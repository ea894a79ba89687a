/** A graph with examples/reviews, composed and served as docs/routers.md says. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { promisify } from 'node:util';
import { newId } from '@libs/db/ids';
import { federation } from '@libs/testing/federation';
import { testFolder } from '@libs/testing/folders';
import { testPort } from '@libs/testing/testPorts';
import { buildSchema } from 'graphql';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { recordingProxy } from '../testing/recordingProxy.ts';
import { daysAhead, mutate, setUpTenant, type TenantSetup } from '../testing/tenantSetup.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const ARRIVAL_MS = 30_000;

const folder = await testFolder();
const supergraph = path.join(folder, 'supergraph.graphql');
const reviewsPort = await testPort();

const proxy = await recordingProxy(reviewsPort);

let reviews: ChildProcess;
async function startReviews(): Promise<void> {
  const main = ['--import', 'tsx', path.join(ROOT, 'examples/reviews/main.ts')];
  const REVIEWS_FILE = path.join(folder, 'reviews.jsonl');
  reviews = spawn(process.execPath, main, {
    env: { PATH: process.env['PATH'], REVIEWS_PORT: String(reviewsPort), REVIEWS_FILE },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(reviews.stdout!, 'data');
}
async function stopReviews(): Promise<void> {
  const exited = once(reviews, 'exit');
  reviews.kill();
  await exited;
}
await startReviews();

// The address in the supergraph leads nowhere: the variable replaces it.
const SERVICE = 'reviews=examples/reviews/schema.graphql@http://127.0.0.1:9/graphql';
const compose = ['--import', 'tsx', 'scripts/check/compose.ts', '--with', SERVICE, '--out', supergraph];
await promisify(execFile)(process.execPath, compose, { cwd: ROOT });

const vaga = await federation({
  variables: {
    SUPERGRAPH_FILE: supergraph,
    REVIEWS_SERVICE_URL: proxy.url,
  },
});
afterAll(async () => {
  await stopReviews();
  proxy.close();
});

const platform = await vaga.signIn();
let setup: TenantSetup;
beforeAll(async () => {
  setup = await setUpTenant(vaga, platform);
});

const REVIEW = 'rating text author resource { id name }';
const addReview = (rating: number, text: string, token?: string) =>
  vaga.data(
    `mutation ($input: AddReviewInput!) { addReview(input: $input) { id ${REVIEW} } }`,
    { input: { resourceId: setup.resourceId, rating, text, author: 'Maria' } },
    { token },
  );

it('serves, reads and writes fields of the foreign subgraph, together with ours', async () => {
  await addReview(5, 'Light and quiet');
  const { addReview: second } = await addReview(2, 'Cold', setup.user.token);
  // Our fields below a foreign one, with the caller's own rights.
  expect(second).toMatchObject({ rating: 2, resource: { id: setup.resourceId, name: 'Sala 1' } });

  const catalog = await vaga.data(
    'query ($id: ID!) { resources(tenantId: $id) { nodes { name averageRating reviews(first: 1) { text } category { name } } } }',
    { id: setup.tenantId },
  );
  expect(catalog.resources.nodes).toEqual([
    { name: 'Sala 1', averageRating: 3.5, reviews: [{ text: 'Cold' }], category: { name: 'Salas' } },
  ]);
  const { booking, review } = await vaga.data(
    `query ($id: ID!, $review: ID!) { booking(id: $id) { resource { reviews { text } } } review(id: $review) { ${REVIEW} } }`,
    { id: setup.bookingId, review: second.id },
    { token: setup.user.token },
  );
  expect(booking.resource.reviews).toEqual([{ text: 'Cold' }, { text: 'Light and quiet' }]);
  expect(review).toEqual({ rating: 2, text: 'Cold', author: 'Maria', resource: second.resource });
});

it('passes on its refusals that have a code of the contract', async () => {
  const { data, errors } = await vaga.ask(
    'mutation ($input: AddReviewInput!) { addReview(input: $input) { id } }',
    { input: { resourceId: setup.resourceId, rating: 6, text: 'Great', author: 'Maria' } },
  );
  expect(data).toEqual({ addReview: null });
  expect(errors).toMatchObject([
    { message: 'rating: expected 1 to 5', path: ['addReview'], extensions: { code: 'BAD_USER_INPUT' } },
  ]);
});

it('refuses a query for more of its items than an answer may have', async () => {
  const { errors } = await vaga.ask(
    'query ($id: ID!) { resources(tenantId: $id, first: 100) { nodes { reviews(first: 100000) { text } } } }',
    { id: setup.tenantId },
  );
  expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['QUERY_TOO_COMPLEX']);
});

it('names it wherever it names our subgraphs, and serves the contract with its fields', async () => {
  const get = async (page: string) => (await fetch(`${vaga.url}${page}`)).text();
  const services = JSON.parse(await get('/services')) as object[];
  expect(services).toHaveLength(5);
  expect(services).toContainEqual({ service: 'reviews', state: 'ready' });
  expect(await get('/')).toContain('data-service="reviews"');
  const schema = buildSchema(await get('/schema.graphql'));
  expect(String(schema.getType('Review'))).toBe('Review');
  expect(schema.getType('Booking')).toBeDefined();
});

function follow(query: string, variables: Record<string, unknown>) {
  const events: Record<string, unknown>[] = [];
  const errors: unknown[] = [];
  const client = createClient({
    url: `${vaga.url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: { authorization: `Bearer ${setup.admin.token}` },
  });
  afterAll(() => client.dispose());
  client.subscribe<Record<string, unknown>>(
    { query, variables },
    {
      next: ({ data, errors: received }) => {
        if (received) errors.push(...received);
        if (data) events.push(data);
      },
      error: (error) => void errors.push(error),
      complete: () => {},
    },
  );
  return { events, errors };
}

/** Repeats `cause` until events arrive: a subscription misses what happens before it has started. */
const causeEvents = (live: ReturnType<typeof follow>, cause: () => Promise<unknown>) =>
  expect
    .poll(
      async () => {
        if (live.events.length + live.errors.length === 0) await cause();
        return live.events.length + live.errors.length;
      },
      { timeout: ARRIVAL_MS, interval: 500 },
    )
    .toBeGreaterThan(0);

const BOOKING_CHANGED =
  'subscription { bookingChanged { type booking { notes resource { name averageRating reviews(first: 1) { text } } } } }';
const changeBooking = () =>
  mutate(
    vaga,
    setup.admin.token,
    'updateBooking',
    { id: setup.bookingId, notes: newId(), startTime: daysAhead(3, 9), endTime: daysAhead(3, 10) },
    'booking { id }',
  );

describe('a subscription', () => {
  it('of ours has the fields of the foreign subgraph', async () => {
    const live = follow(BOOKING_CHANGED, {});
    await causeEvents(live, changeBooking);
    expect(live.errors).toEqual([]);
    expect(live.events[0]).toMatchObject({
      bookingChanged: {
        booking: { resource: { name: 'Sala 1', averageRating: 3.5, reviews: [{ text: 'Cold' }] } },
      },
    });
  });

  it('of the foreign subgraph has our fields', async () => {
    const live = follow(`subscription ($id: ID!) { reviewAdded(resourceId: $id) { ${REVIEW} } }`, {
      id: setup.resourceId,
    });
    await causeEvents(live, () => addReview(4, 'Live'));
    expect(live.errors).toEqual([]);
    expect(live.events[0]).toEqual({
      reviewAdded: {
        rating: 4,
        text: 'Live',
        author: 'Maria',
        resource: { id: setup.resourceId, name: 'Sala 1' },
      },
    });
  });
});

it('sends it no passport, token or other header of ours, by HTTP or WebSocket', () => {
  const text = proxy.received.join('\n');
  expect(text).toContain('addReview');
  expect(text).toContain('_entities');
  expect(text).toContain('reviewAdded');
  expect(text).toContain('traceparent');
  // A JWT begins with 'eyJ'.
  expect(text).not.toMatch(/passport|x-vaga|authorization|eyJ/i);
});

describe('while the foreign subgraph is down', () => {
  const QUERY =
    'query ($id: ID!) { resource(id: $id) { name averageRating reviews { text } category { name } } }';

  it('only its own fields are null, in queries and live changes, and they come back with it', async () => {
    await stopReviews();
    const unavailable = (...path: string[]) =>
      expect.objectContaining({ path, extensions: expect.objectContaining({ code: 'SERVICE_UNAVAILABLE' }) });

    const { data, errors } = await vaga.ask(QUERY, { id: setup.resourceId });
    expect(data).toEqual({
      resource: { name: 'Sala 1', averageRating: null, reviews: null, category: { name: 'Salas' } },
    });
    expect(errors).toEqual([unavailable('resource')]);

    const { data: none, errors: refused } = await vaga.ask('{ review(id: "1") { text } }');
    expect([none, refused]).toEqual([{ review: null }, [unavailable('review')]]);

    const live = follow(BOOKING_CHANGED.replace('type', 'at: type'), {});
    await causeEvents(live, changeBooking);
    expect(live.events[0]).toMatchObject({
      bookingChanged: { booking: { resource: { name: 'Sala 1', averageRating: null, reviews: null } } },
    });
    expect(live.errors[0]).toEqual(unavailable('bookingChanged', 'booking', 'resource'));

    await startReviews();
    await expect
      .poll(async () => (await vaga.ask(QUERY, { id: setup.resourceId })).errors, { timeout: ARRIVAL_MS })
      .toBeUndefined();
    const { resource } = await vaga.data(QUERY, { id: setup.resourceId });
    expect(resource.reviews.length).toBeGreaterThanOrEqual(3);
  });
});
