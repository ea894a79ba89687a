/** Trusted documents through a real gateway, by every door. */
import { createClient as createStreamClient } from 'graphql-sse';
import { createClient } from 'graphql-ws';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { smallFederation, type SmallFederation } from '../testing/smallFederation.ts';
import { documentId } from './manifest.ts';
import { trustedDocuments, type DocumentMode } from './trustedDocuments.ts';

const ROOM = 'query Room { room { name } }';
const PAINTED = 'subscription Painted { painted { number } }';
const FREE = '{ __typename }';
const UNKNOWN = documentId('{ unknown }');

let federation: SmallFederation;
afterEach(() => federation.close());

async function start(mode: DocumentMode, changes: Parameters<typeof smallFederation>[0] = {}): Promise<void> {
  const texts = [ROOM, PAINTED].map((text): [string, string] => [documentId(text), text]);
  const documents = trustedDocuments(mode, new Map([...texts, ['custom-id', ROOM]]));
  federation = await smallFederation({ documents, ...changes });
}

type Answer = { data?: object; errors?: { message: string; extensions: { code: string } }[] };

async function post(body: object, token?: string): Promise<{ status: number; answer: Answer }> {
  const response = await fetch(federation.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json',
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, answer: (await response.json()) as Answer };
}

const persisted = (id: string) => ({
  extensions: { persistedQuery: { version: 1, sha256Hash: id.replace('sha256:', '') } },
});
const REFUSED = { status: 400, answer: { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] } };
const SERVED = { status: 200, answer: { data: { room: { name: 'Room 0' } } } };

describe.each(['accept', 'only'] as const)('with %s', (mode) => {
  it.each([
    ['by documentId', { documentId: documentId(ROOM) }],
    ['by its bare hash', { documentId: documentId(ROOM).replace('sha256:', '') }],
    ['by a custom id', { documentId: 'custom-id' }],
    ['by the extension of Apollo’s clients', persisted(documentId(ROOM))],
    ['by documentId beside an empty query', { documentId: documentId(ROOM), query: '' }],
    ['by both', { documentId: documentId(ROOM), query: ROOM }],
    ['by its text', { query: ROOM }],
  ])('serves a trusted document %s', async (_name, body) => {
    await start(mode);
    expect(await post(body)).toMatchObject(SERVED);
  });

  it('serves one by GET', async () => {
    await start(mode);
    const url = `${federation.url}?documentId=${encodeURIComponent(documentId(ROOM))}`;
    const response = await fetch(url, { headers: { 'apollo-require-preflight': 'true' } });
    expect(await response.json()).toMatchObject(SERVED.answer);
  });

  it.each([
    ['an unknown id', { documentId: UNKNOWN }],
    ['an id that is no text', { documentId: 7 }],
    ['an id beside another document', { documentId: documentId(ROOM), query: FREE }],
    ['an unknown id beside a trusted document', { documentId: UNKNOWN, query: ROOM }],
  ])('refuses %s', async (_name, body) => {
    await start(mode);
    expect(await post(body)).toMatchObject(REFUSED);
  });
});

it('accept serves other documents, and Apollo’s automatic persisted queries', async () => {
  await start('accept');
  expect((await post({ query: FREE })).answer.errors).toBeUndefined();
  const hash = persisted(documentId(FREE));
  expect((await post(hash)).answer.errors).toMatchObject([
    { extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } },
  ]);
  expect((await post({ query: FREE, ...hash })).answer.errors).toBeUndefined();
  expect((await post(hash)).answer.errors).toBeUndefined();
});

describe('only', () => {
  it.each([
    ['another document', { query: FREE }],
    ['a trusted document with one more space', { query: `${ROOM} ` }],
    ['introspection', { query: '{ __schema { queryType { name } } }' }],
    ['an automatic persisted query', { query: FREE, ...persisted(documentId(FREE)) }],
    ['an unknown hash', persisted(UNKNOWN)],
  ])('refuses %s, and runs nothing', async (_name, body) => {
    await start('only');
    expect(await post(body)).toMatchObject(REFUSED);
    expect(federation.recorded).toEqual([]);
  });

  it('serves the platform’s administrators any document', async () => {
    await start('only');
    expect(await post({ query: '{ room { id } }' }, await federation.token())).toMatchObject({ status: 200 });
  });
});

it('off ignores ids', async () => {
  await start('off');
  expect(await post({ documentId: documentId(ROOM), query: FREE })).toMatchObject({
    status: 200,
    answer: { data: { __typename: 'Query' } },
  });
  expect(await post({ documentId: documentId(ROOM) })).toMatchObject({ status: 400 });
});

describe('subscriptions with only', () => {
  /** The first message, or the errors. */
  const first = (subscribe: (sink: object) => void) =>
    new Promise<unknown>((resolve) =>
      subscribe({
        next: resolve,
        error: (error: unknown) => resolve(error instanceof Error ? error.message : { errors: error }),
        complete: () => resolve('complete'),
      }),
    );
  const bySocket = (payload: object) =>
    first((sink) => {
      const client = createClient({
        url: federation.url.replace(/^http/, 'ws'),
        webSocketImpl: WebSocket,
        retryAttempts: 0,
      });
      client.subscribe({ query: '', ...payload }, sink as never);
    });
  const byStream = (payload: object) =>
    first((sink) => {
      const client = createStreamClient({ url: `${federation.url}/stream`, retryAttempts: 0 });
      client.subscribe(payload as never, sink as never);
    });
  const painted = async (): Promise<void> => {
    await expect.poll(() => federation.state.subscribed).toBe(1);
    await federation.ask('mutation { paint }', { authorization: `Bearer ${await federation.token()}` });
  };

  it.each([
    ['WebSocket', bySocket],
    ['server-sent events', byStream],
  ])('are served by id over %s, and refused otherwise', async (_name, subscribe) => {
    await start('only');
    const served = subscribe({ documentId: documentId(PAINTED) });
    await painted();
    expect(await served).toMatchObject({ data: { painted: { number: 1 } } });
    for (const refused of [{ documentId: UNKNOWN }, { query: 'subscription { painted { __typename } }' }]) {
      expect(JSON.stringify(await subscribe(refused))).toMatch(/BAD_USER_INPUT|400|Bad Request/);
    }
  });
});
