import { newApiKey } from '@libs/auth/apiKeyFormat';
import type { Caller } from '@libs/auth/caller';
import { ApiError } from '@libs/outcome/apiErrors';
import { describe, expect, it } from 'vitest';
import { callerCache } from './callerCache.ts';
import { clientCaller, fetchCallersFrom, type Credential } from './callers.ts';

const id = (last: number) => `0190b2c4-0000-7000-8000-${String(last).padStart(12, '0')}`;
const SESSION: Credential = { kind: 'session', id: id(1) };
const ada: Caller = { kind: 'platform', userId: id(2), sessionId: id(1) };

describe('the cache of callers', () => {
  it('keeps sessions, however many API keys are made up', async () => {
    let lookups = 0;
    const callerOf = callerCache({
      maxCallers: 5,
      nowMs: () => 0,
      fetchCallers: async (credentials) => {
        lookups += 1;
        return credentials.map(({ kind }) => (kind === 'session' ? ada : null));
      },
    });
    await callerOf(SESSION);
    for (let number = 0; number < 50; number += 1) {
      const madeUp: Credential = { kind: 'apiKey', hash: String(number) };
      await expect(callerOf(madeUp)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    }
    const before = lookups;
    expect(await callerOf(SESSION)).toBe(ada);
    expect(lookups).toBe(before);
  });

  it('gives the same object while the caller stays the same, so that passports are reused', async () => {
    let nowMs = 0;
    const callerOf = callerCache({ nowMs: () => nowMs, fetchCallers: async () => [{ ...ada }] });
    const first = await callerOf(SESSION);
    nowMs += 10_000;
    expect(await callerOf(SESSION)).toBe(first);
  });
});

it('asks for sessions and keys in one query, and answers in their order', async () => {
  const queries: [string, Record<string, unknown>][] = [];
  const key: Caller = { kind: 'apiKey', apiKeyId: id(3), tenantId: id(4) as never, scopes: ['USERS_READ'] };
  const fetchCallers = fetchCallersFrom({
    query: async <T>(query: string, variables: Record<string, unknown>) => {
      queries.push([query.replace(/\s+/g, ' '), variables]);
      return { c0: key, c1: ada, c2: null } as T;
    },
    entities: async () => [],
    close: async () => {},
  });
  const answers = await fetchCallers([
    { kind: 'apiKey', hash: 'abc' },
    SESSION,
    { kind: 'session', id: id(9) },
  ]);
  expect(answers).toEqual([key, ada, null]);
  expect(queries).toEqual([
    [
      'query ($c0: String! $c1: ID! $c2: ID!) { c0: internalApiKeyCaller(keyHash: $c0) ' +
        'c1: internalCaller(sessionId: $c1) c2: internalCaller(sessionId: $c2) }',
      { c0: 'abc', c1: id(1), c2: id(9) },
    ],
  ]);
});

it('a client whose credential has ended is anonymous; an outage is none', async () => {
  const { secret } = newApiKey();
  const tokens = { verify: async () => undefined };
  const caller = (failure: ApiError) =>
    clientCaller(tokens, () => Promise.reject(failure))(`Bearer ${secret}`);
  const ended = new ApiError('UNAUTHENTICATED', 'api.keyNotValid');
  expect(await caller(ended)).toEqual({ kind: 'anonymous', hasDeniedSession: true });
  const outage = new ApiError('SERVICE_UNAVAILABLE', 'api.unavailable');
  await expect(caller(outage)).rejects.toBe(outage);
});
