/** The loop of the README's section "Live", as it is there. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient as createStreamClient } from 'graphql-sse';
import { createClient } from 'graphql-ws';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { smallFederation, type SmallFederation } from '../testing/smallFederation.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const loop = /^let after;[^]*?^}$/m.exec(readme)![0];

type Loop = (client: unknown, query: string, console: { log: (value: unknown) => void }) => Promise<never>;
/** It reads another field, since the small federation has no bookings. */
// oxlint-disable-next-line no-new-func, no-implied-eval
const follow = new Function(
  'client',
  'query',
  'console',
  `return (async () => { ${loop.replaceAll('bookingChanged', 'painted')} })();`,
) as Loop;

const QUERY = 'subscription { painted { number } }';
/** How long an event may take to come, in milliseconds. */
const ARRIVAL_MS = 5_000;

let federation: SmallFederation;
beforeEach(async () => {
  federation = await smallFederation();
});
afterEach(() => federation.close());

const clientOf = (transport: string, token: string) => {
  const headers = { authorization: `Bearer ${token}` };
  return transport === 'graphql-ws'
    ? createClient({
        url: federation.url.replace(/^http/, 'ws'),
        webSocketImpl: WebSocket,
        connectionParams: headers,
      })
    : createStreamClient({ url: `${federation.url}/stream`, headers, retryAttempts: 0 });
};

test.each([
  ['graphql-ws', { code: 4401 }],
  ['graphql-sse', [{ extensions: { code: 'UNAUTHENTICATED' } }]],
])('follows changes by %s until the session ends', async (transport, end) => {
  const received: unknown[] = [];
  const client = clientOf(transport, await federation.token());
  const ended = follow(client, QUERY, { log: (value) => void received.push(value) }).catch(
    (error: unknown) => error,
  );
  await expect.poll(() => federation.state.subscribed, { timeout: ARRIVAL_MS }).toBe(1);
  await sleep(200);
  await federation.ask('mutation { paint }');
  await expect.poll(() => received, { timeout: ARRIVAL_MS }).toEqual([{ number: 1 }]);
  federation.state.caller = null;
  expect(await ended).toMatchObject(end);
  await client.dispose();
});

test.each([
  ['graphql-ws', { code: 4401 }],
  ['graphql-sse', { response: { status: 401 } }],
])('does not try again with a token that is no longer valid: %s', async (transport, end) => {
  await expect(follow(clientOf(transport, 'abc'), QUERY, console)).rejects.toMatchObject(end);
});
