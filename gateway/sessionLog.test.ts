import { keyring } from '@libs/auth/keys';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { accessTokens } from '@libs/auth/accessToken';
import { passports } from '@libs/auth/passport';
import { subgraphClient } from '@libs/directory/subgraphClient';
import { fetchCallersFrom } from '@libs/directory/callers';
import { createLog } from '@libs/telemetry/log';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSessions } from './session/session.ts';
import { PEOPLE, SECRET_KEY, smallFederation, type SmallFederation } from './testing/smallFederation.ts';

const SESSION = PEOPLE[1]!;
const lines: string[] = [];
const log = createLog('gateway', 'trace', { write: (line) => void lines.push(line) });

/** Its error quotes the request. */
const failingSubgraph = createServer((request, response) => {
  let body = '';
  request.on('data', (chunk) => (body += String(chunk)));
  request.on('end', () =>
    response.end(
      JSON.stringify({ errors: [{ message: body, extensions: { code: 'INTERNAL_SERVER_ERROR' } }] }),
    ),
  );
});
let federation: SmallFederation;
let close: () => Promise<void>;
beforeAll(async () => {
  await new Promise<void>((resolve) => void failingSubgraph.listen(0, '127.0.0.1', resolve));
  const { port } = failingSubgraph.address() as AddressInfo;
  const keys = passports(keyring(SECRET_KEY), 'gateway');
  const user = subgraphClient(`http://127.0.0.1:${port}/graphql`, {
    name: 'gateway',
    audience: 'user',
    passports: keys,
  });
  close = () => user.close();
  federation = await smallFederation({
    log,
    sessions: createSessions({
      tokens: accessTokens(keyring(SECRET_KEY), 'HS256'),
      passports: keys,
      fetchCallers: fetchCallersFrom(user),
    }),
  });
});
afterAll(async () => {
  await federation.close();
  await close();
  await new Promise((resolve) => failingSubgraph.close(resolve));
});

it('the log has the cause of a failed session look-up, but not the session', async () => {
  const token = await federation.token();
  const { errors } = await federation.ask('{ caller }', { authorization: `Bearer ${token}` });
  expect(errors![0]!.extensions.code).toBe('SERVICE_UNAVAILABLE');
  expect(lines.join('')).toContain('INTERNAL_SERVER_ERROR');
  expect(lines.join('')).not.toContain(SESSION);
  expect(lines.join('')).not.toContain(token);
});
