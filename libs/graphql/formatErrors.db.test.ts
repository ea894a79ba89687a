import { silentLog } from '@libs/telemetry/log';
import { testDatabase } from '@libs/testing/testDatabases';
import { GraphQLError } from 'graphql';
import { describe, expect, it } from 'vitest';
import { formatError } from './formatErrors.ts';

const { sql } = await testDatabase('empty');
const ctx = {
  language: 'en',
  traceId: 'a1',
  log: silentLog(),
  signal: undefined,
  hidesSuggestions: false,
} as const;

/** What a client is told of a resolver whose statement failed so. */
const answerTo = (originalError: Error) => {
  const { message, extensions } = formatError(new GraphQLError('sql', { path: ['me'], originalError }), ctx);
  return [extensions?.['code'], message];
};
const failureOf = (statements: Promise<unknown>): Promise<Error> =>
  statements.then(
    () => new Error('it succeeded'),
    (error: Error) => error,
  );
const failureWith = (state: string): Promise<Error> =>
  failureOf(sql.unsafe(`do $$ begin raise exception using errcode = '${state}'; end $$`));

const UNAVAILABLE = ['SERVICE_UNAVAILABLE', 'The service is temporarily unavailable.'];
const BUSY = ['SERVICE_UNAVAILABLE', 'Too many requests for the same item right now. Try again in a moment.'];

describe('a failed statement', () => {
  it('that took too long means that the database is unavailable', async () => {
    const failure = await failureOf(
      sql.begin(async (tx) => {
        await tx`set local statement_timeout = 20`;
        await tx`select pg_sleep(10)`;
      }),
    );
    expect(answerTo(failure)).toEqual(UNAVAILABLE);
  });

  it.each(['53100', '53300', '25006', '57P01', '57P03', '08006'])(
    'with the SQLSTATE %s means the same',
    async (state) => {
      expect(answerTo(await failureWith(state))).toEqual(UNAVAILABLE);
    },
  );

  it.each(['55P03', '40P01', '40001'])('with the SQLSTATE %s means contention', async (state) => {
    expect(answerTo(await failureWith(state))).toEqual(BUSY);
  });

  it.each(['23505', '42P01', '22P02'])('with the SQLSTATE %s is a bug, which stays secret', async (state) => {
    expect(answerTo(await failureWith(state))).toEqual(['INTERNAL_SERVER_ERROR', 'Internal error.']);
  });
});
