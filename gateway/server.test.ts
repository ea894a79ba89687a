import { keyring } from '@libs/auth/keys';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSPORT_HEADER, passports } from '@libs/auth/passport';
import { epochMs } from '@libs/time/clock';
import { ADA, SECRET_KEY, smallFederation, type SmallFederation } from './testing/smallFederation.ts';
import { MAX_REQUEST_BODY_BYTES } from './limits/limits.ts';

let federation: SmallFederation;
beforeAll(async () => {
  federation = await smallFederation();
});
afterAll(() => federation.close());

const post = (body: string, headers: Record<string, string> = {}) =>
  fetch(federation.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });

describe('the caller of a request', () => {
  it('reaches subgraphs in a passport with the session’s current caller', async () => {
    const answer = await federation.ask('{ caller }', {
      authorization: `Bearer ${await federation.token()}`,
    });
    expect(answer.data.caller).toEqual(ADA);
  });

  it('is anonymous without a token, even if the client sends a passport', async () => {
    const forged = await passports(keyring('another key'), 'gateway').mint(ADA, 'room');
    const own = await passports(keyring(SECRET_KEY), 'gateway').mint(ADA, 'room');
    for (const passport of [forged, own]) {
      const answer = await federation.ask('{ caller }', { [PASSPORT_HEADER]: passport });
      expect(answer.data.caller).toEqual({ kind: 'anonymous' });
    }
  });

  it('is anonymous with a token that is malformed, forged or expired, and what needs a session says why', async () => {
    const past = Math.floor(epochMs() / 1_000) - 1;
    const ended = 'The session has ended. Sign in again.';
    const scheme = "The Authorization header must be 'Bearer <accessToken>'.";
    const bad: [string, string][] = [
      ['Bearer', scheme],
      ['Basic YTpi', scheme],
      ['Bearer abc', ended],
      [`Bearer ${await federation.token(past)}`, ended],
      [`Bearer ${await federation.token(undefined, 'another secret key')}`, ended],
    ];
    for (const [authorization, reason] of bad) {
      const answer = await federation.ask('{ caller fail(how: "unauthenticated") }', { authorization });
      expect(answer.data.caller).toEqual({ kind: 'anonymous', hasDeniedSession: true });
      expect(answer.status).toBe(200);
      const { message, path, extensions } = answer.errors![0]!;
      expect([message, path, extensions.code]).toEqual([reason, ['fail'], 'UNAUTHENTICATED']);
    }
  });
});

describe('a request', () => {
  it('carries its language and trace id to the subgraphs', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const traceparent = `00-${traceId}-b7ad6b7169203331-01`;
    await federation.ask('{ caller }', { 'accept-language': 'pt-BR', traceparent });
    expect(federation.recorded.at(-1)).toMatchObject({ language: 'pt-BR', traceId });
    const { errors } = await federation.ask('{ fail(how: "bug") }', { traceparent });
    expect(errors![0]!.extensions.traceId).toBe(traceId);
  });

  it('fetches each entity once, and has it everywhere in the answer', async () => {
    const { data, errors } = await federation.ask('{ rooms { nodes { name owner { name } } } }');
    expect(errors).toBeUndefined();
    expect(federation.entityCalls.at(-1)).toHaveLength(3);
    expect(data.rooms.nodes.slice(0, 4)).toEqual([
      { name: 'Room 0', owner: { name: 'Person 0' } },
      { name: 'Room 1', owner: { name: 'Person 1' } },
      { name: 'Room 2', owner: { name: null } },
      { name: 'Room 3', owner: { name: 'Person 0' } },
    ]);
  });
});

describe('an error', () => {
  it('of a subgraph keeps its code and message, at every path that it concerns', async () => {
    const { errors } = await federation.ask('{ rooms { nodes { owner { secret } } } }');
    expect(new Set(errors!.map(({ extensions }) => extensions.code))).toEqual(new Set(['FORBIDDEN']));
    expect(errors!.map(({ path }) => path![2])).toEqual([0, 3, 6, 9, 12, 15, 18, 1, 4, 7, 10, 13, 16, 19]);
    expect(errors![0]!.message).toBe('You are not allowed to do this.');
  });

  it('that is unexpected is masked, without the subgraph’s name or the cause', async () => {
    const { errors, data } = await federation.ask('{ fail(how: "bug") room { name } }');
    expect(data).toEqual({ fail: null, room: { name: 'Room 0' } });
    expect(errors).toEqual([
      {
        message: 'Internal error.',
        path: ['fail'],
        extensions: { code: 'INTERNAL_SERVER_ERROR', traceId: expect.stringMatching(/^[\da-f]{32}$/) },
      },
    ]);
  });

  it('reports a null in a non-null field that no subgraph explains', async () => {
    const { errors, data } = await federation.ask('{ rooms { nodes { owner { title } } } }');
    expect(data.rooms.nodes.slice(1, 3)).toEqual([{ owner: { title: 'Dr.' } }, { owner: null }]);
    expect(errors![0]).toMatchObject({
      message: 'Internal error.',
      path: ['rooms', 'nodes', 2, 'owner', 'title'],
      extensions: { code: 'INTERNAL_SERVER_ERROR' },
    });
  });

  it.each([
    ['a literal that only the subgraph can check', '{ echo(at: "yesterday") }', /DateTime/],
    ['an unknown field', '{ nothing }', /Cannot query field/],
    ['a document that does not parse', '{ room', /Syntax Error/],
    [
      'a variable of the wrong type',
      'query ($first: Int) { rooms(first: $first) { nodes { id } } }',
      /\$first/,
    ],
  ])('for %s is BAD_USER_INPUT and names the cause', async (_name, query, message) => {
    const { errors } = await federation.ask(query, {}, { first: 'many' });
    expect(errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
    expect(errors![0]!.message).toMatch(message);
    expect(errors![0]!.extensions.traceId).toMatch(/^[\da-f]{32}$/);
  });
});

describe('HTTP', () => {
  it.each([
    ['malformed JSON', '{"query":', {}, 400],
    ['a batch of operations', '[{"query":"{room{id}}"}]', {}, 400],
    ['a body too large', JSON.stringify({ query: ' '.repeat(MAX_REQUEST_BODY_BYTES) }), {}, 413],
    ['another media type', '<query/>', { 'content-type': 'application/xml' }, 415],
    ['a cross-site form post', 'query={room{id}}', { 'content-type': 'text/plain' }, 400],
  ])('refuses %s with a GraphQL error', async (_name, body, headers, status) => {
    const response = await post(body, headers);
    expect(response.status).toBe(status);
    const { errors } = (await response.json()) as { errors: { extensions: object }[] };
    expect(errors[0]!.extensions).toEqual({ code: 'BAD_USER_INPUT', traceId: expect.any(String) });
  });

  it.each([
    ['malformed JSON', '/graphql', '{"query"', 'The body of the request is not valid JSON.', 'JSON válido'],
    [
      'a batch',
      '/graphql',
      '[{"query":"{room{id}}"}]',
      'A request has one operation; batches are not supported.',
      'lotes',
    ],
    [
      '@defer',
      '/graphql',
      '{"query":"{ room { ... @defer { id } } }"}',
      '@defer and @stream are not supported.',
      'não são aceitos',
    ],
    ['an unknown path', '/admin', '{}', 'There is nothing here. The API is at /graphql.', 'Não há nada aqui'],
  ])(
    'says in the client’s language what is wrong with %s, with the trace id of its header',
    async (_name, path, body, en, ptBR) => {
      for (const [language, text] of [
        ['en', en],
        ['pt-BR', ptBR],
      ] as const) {
        const response = await fetch(federation.gateway.url + path, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'accept-language': language },
          body,
        });
        const { errors } = (await response.json()) as {
          errors: { message: string; extensions: { traceId: string } }[];
        };
        expect(errors[0]!.message).toContain(text);
        expect(errors[0]!.extensions.traceId).toBe(response.headers.get('x-trace-id'));
      }
    },
  );

  it('refuses a subscription over SSE with the trace id of its header', async () => {
    const response = await fetch(`${federation.gateway.url}/graphql/stream`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'text/event-stream',
        authorization: 'Bearer dead',
      },
      body: JSON.stringify({ query: 'subscription { nope }' }),
    });
    const traceId = response.headers.get('x-trace-id') ?? 'none';
    expect(await response.text()).toContain(traceId);
  });

  it('says how subscriptions over SSE start', async () => {
    const response = await fetch(`${federation.gateway.url}/graphql/stream`, {
      headers: { 'accept-language': 'en' },
    });
    expect(await response.text()).toContain('send a POST to /graphql/stream');
  });

  it('answers an unknown path with 404', async () => {
    const response = await fetch(`${federation.gateway.url}/admin`);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toContain('application/json');
  });

  it('runs a query from a link, but not from another site where cookies are allowed', async () => {
    expect((await fetch(`${federation.url}?query={room{id}}`)).status).toBe(200);
    const cors = { origins: ['https://a.example'], allowsCredentials: true, maxAgeSeconds: 600 };
    const withCookies = await smallFederation({ cors });
    const response = await fetch(`${withCookies.url}?query={room{id}}`);
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining('CSRF')]);
    await withCookies.close();
  });

  it('bears its trace id', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
    for (const path of ['/graphql?query={room{id}}', '/', '/nowhere']) {
      const { url } = federation.gateway;
      expect((await fetch(url + path, { headers })).headers.get('x-trace-id')).toBe(traceId);
      expect((await fetch(url + path)).headers.get('x-trace-id')).toMatch(/^[\da-f]{32}$/);
    }
  });
});
