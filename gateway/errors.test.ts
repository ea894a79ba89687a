import { silentLog } from '@libs/telemetry/log';
import { GraphQLError } from 'graphql';
import { expect, it } from 'vitest';
import { formatGatewayError } from './errors.ts';

const context = {
  language: 'en',
  traceId: 'a1',
  log: silentLog(),
  signal: undefined,
  hidesSuggestions: false,
  deniedSession: undefined,
} as const;
const fromSubgraph = (code: string, more: object = {}) =>
  formatGatewayError(
    new GraphQLError('Wait.', { path: ['signIn'], extensions: { serviceName: 'user', code, ...more } }),
    context,
  );

it('passes on when a rate-limited field may be tried again, and nothing else of a subgraph', () => {
  expect(fromSubgraph('RATE_LIMITED', { retryAfterSeconds: 900, address: '10.0.0.1' })).toEqual({
    message: 'Wait.',
    path: ['signIn'],
    extensions: { code: 'RATE_LIMITED', traceId: 'a1', retryAfterSeconds: 900 },
  });
  expect(fromSubgraph('RATE_LIMITED', { retryAfterSeconds: 'soon' }).extensions).toEqual({
    code: 'RATE_LIMITED',
    traceId: 'a1',
  });
});

it('masks codes outside of the contract', () => {
  expect(fromSubgraph('DOWNSTREAM_SERVICE_ERROR').extensions).toMatchObject({
    code: 'INTERNAL_SERVER_ERROR',
  });
});
