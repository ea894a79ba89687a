import { ANONYMOUS, type Caller } from '@libs/auth/caller';
import { connect } from '@libs/db/connect';
import { formatError } from '@libs/graphql/formatErrors';
import { createLog } from '@libs/telemetry/log';
import { request } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { GraphQLError } from 'graphql';
import { afterAll, expect, test } from 'vitest';
import { refusalsOf, userFixtures } from '../user.fixtures.ts';
import { internalCaller } from './reads.ts';
import { refreshSession } from './refreshSession.ts';

const { url, sql } = await testDatabase('user');
const db = connect(url, { name: 'log.db.test' });
afterAll(db.close);
const { as, newMember } = userFixtures(db, request);
const GATEWAY: Caller = { kind: 'service', name: 'gateway' };

test('the log contains no session id, neither when a used token returns nor when the database fails', async () => {
  const lines: string[] = [];
  const log = createLog('user', 'trace', { write: (line) => void lines.push(line) });
  const { signedIn } = await newMember();
  const { sessionId, refreshToken } = await signedIn();

  await refreshSession(as(ANONYMOUS, { log }), refreshToken);
  expect(refusalsOf(await refreshSession(as(ANONYMOUS, { log }), refreshToken))).toHaveLength(1);
  await sql`alter table sessions rename to sessions_away`;
  const requested = internalCaller(as(GATEWAY, { log }), sessionId);
  const error = await requested.catch((thrown: unknown) => thrown as Error);
  formatError(
    new GraphQLError('x', { originalError: error as Error, path: ['internalCaller'] }),
    as(GATEWAY, { log }),
  );

  expect(lines.join('')).toContain('a refresh token was reused');
  expect(lines.join('')).toContain('Failed query');
  expect(lines.join('')).not.toContain(sessionId);
  expect(lines.join('')).not.toContain(refreshToken);
});
