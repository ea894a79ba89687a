import { keyring } from '@libs/auth/keys';
import { describe, expect, it } from 'vitest';
import { accessTokens } from '@libs/auth/accessToken';
import { newApiKey } from '@libs/auth/apiKeyFormat';
import type { Caller } from '@libs/auth/caller';
import { PASSPORT_REUSE_MS, passports } from '@libs/auth/passport';
import type { TenantId } from '@libs/auth/tenantId';
import type { ApiError } from '@libs/outcome/apiErrors';
import { epochMs } from '@libs/time/clock';
import {
  API_KEY_CACHE_MS,
  CALLER_CACHE_MS,
  MAX_CACHED_CALLERS,
  OUTAGE_GRACE_MS,
} from '@libs/directory/callerCache';
import { LOOKUP_PATIENCE_MS } from '@libs/directory/sharedLookups';
import { createSessions } from './session.ts';

const allKeys = keyring('a secret');
const keys = passports(allKeys, 'gateway');
const accepted = passports(allKeys, 'booking');
const tokens = accessTokens(allKeys, 'HS256');
const id = (number: number) => `0190b2c4-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
const callerOf = (sessionId: string): Caller => ({ kind: 'platform', userId: id(1), sessionId });

const bearer = async (sessionId: string): Promise<string> => {
  const expiresAtSeconds = Math.floor(epochMs() / 1_000) + 3_600;
  return `Bearer ${await tokens.sign({ userId: id(1), sessionId, tenantId: null, expiresAtSeconds })}`;
};

/** The test moves the clock by `state.nowMs`. */
function setup(
  answer: (sessionId: string) => Promise<Caller | null> = async (sessionId) => callerOf(sessionId),
) {
  const state = { nowMs: 1_000_000, answer, lookups: 0 };
  const sessions = createSessions({
    tokens,
    passports: keys,
    fetchCallers: async ([credential]) => {
      state.lookups += 1;
      return [await state.answer(credential!.kind === 'session' ? credential!.id : credential!.hash)];
    },
    nowMs: () => state.nowMs,
  });
  const codeOf = async (authorization: string) =>
    sessions.identify(authorization).then(
      () => 'ok',
      (error: ApiError) => error.code,
    );
  return { state, sessions, codeOf };
}

const subgraphDown = () => Promise.reject(new Error('connect ECONNREFUSED'));

describe('a session', () => {
  it('is looked up once per CALLER_CACHE_MS, however many requests use it', async () => {
    const { state, sessions } = setup();
    const authorization = await bearer(id(2));
    await Promise.all(Array.from({ length: 20 }, () => sessions.identify(authorization)));
    state.nowMs += CALLER_CACHE_MS - 1;
    await sessions.identify(authorization);
    expect(state.lookups).toBe(1);
    state.nowMs += 1;
    await sessions.identify(authorization);
    expect(state.lookups).toBe(2);
  });

  it('is refused within CALLER_CACHE_MS of its end', async () => {
    const { state, codeOf } = setup();
    const authorization = await bearer(id(2));
    expect(await codeOf(authorization)).toBe('ok');
    state.answer = async () => null;
    state.nowMs += CALLER_CACHE_MS;
    expect(await codeOf(authorization)).toBe('UNAUTHENTICATED');
  });

  it('has a passport with its current caller', async () => {
    const { state, sessions } = setup();
    const authorization = await bearer(id(2));
    const first = await sessions.identify(authorization);
    expect(await accepted.verify(await first.passport('booking'))).toEqual(callerOf(id(2)));
    state.answer = async (sessionId) => ({ ...callerOf(sessionId), userId: id(9) }) as Caller;
    state.nowMs += CALLER_CACHE_MS;
    const second = await sessions.identify(authorization);
    expect(await accepted.verify(await second.passport('booking'))).toMatchObject({ userId: id(9) });
  });

  it('never gets the caller of another session', async () => {
    const { sessions } = setup();
    const callers = await Promise.all(
      [2, 3, 4].map(async (number) => (await sessions.identify(await bearer(id(number)))).caller),
    );
    expect(callers).toEqual([2, 3, 4].map((number) => callerOf(id(number))));
  });
});

describe('an API key', () => {
  const keyCaller = (apiKeyId: string): Caller => ({
    kind: 'apiKey',
    apiKeyId,
    tenantId: id(3) as TenantId,
    scopes: ['BOOKINGS_READ'],
  });

  it('is looked up by its hash, never by itself', async () => {
    const { secret, hash } = newApiKey();
    const { state, sessions } = setup(async () => keyCaller(id(4)));
    const hashes: string[] = [];
    state.answer = async (credential) => {
      hashes.push(credential);
      return keyCaller(id(4));
    };
    const { caller, passport } = await sessions.identify(`Bearer ${secret}`);
    expect(caller).toEqual(keyCaller(id(4)));
    expect(await accepted.verify(await passport('booking'))).toEqual(keyCaller(id(4)));
    expect(hashes).toEqual([hash.toString('hex')]);
  });

  it('with a wrong checksum is refused without a look-up', async () => {
    const { state, codeOf } = setup();
    const { secret } = newApiKey();
    for (const wrong of [secret.slice(0, -1), `${secret}0`, secret.toLowerCase(), 'vaga_', 'vaga_x_y']) {
      expect(await codeOf(`Bearer ${wrong}`)).toBe('UNAUTHENTICATED');
    }
    expect(state.lookups).toBe(0);
  });

  it('is refused within API_KEY_CACHE_MS of its end', async () => {
    const { state, codeOf } = setup(async () => keyCaller(id(4)));
    const { secret } = newApiKey();
    expect(await codeOf(`Bearer ${secret}`)).toBe('ok');
    state.answer = async () => null;
    state.nowMs += API_KEY_CACHE_MS - 1;
    expect(await codeOf(`Bearer ${secret}`)).toBe('ok');
    state.nowMs += 1;
    expect(await codeOf(`Bearer ${secret}`)).toBe('UNAUTHENTICATED');
  });
});

describe('while the user subgraph is down', () => {
  it('serves a cached caller for OUTAGE_GRACE_MS with fresh passports, without a look-up for each request', async () => {
    const { state, sessions, codeOf } = setup();
    const authorization = await bearer(id(2));
    const before = await (await sessions.identify(authorization)).passport('booking');
    state.answer = subgraphDown;
    state.nowMs += OUTAGE_GRACE_MS;
    const during = await sessions.identify(authorization);
    expect(during.caller).toEqual(callerOf(id(2)));
    expect(PASSPORT_REUSE_MS).toBeLessThan(OUTAGE_GRACE_MS);
    expect(await during.passport('booking')).toBeTypeOf('string');
    expect(before).toBeTypeOf('string');
    const { lookups } = state;
    await sessions.identify(authorization);
    expect(state.lookups).toBe(lookups);
    state.nowMs += CALLER_CACHE_MS;
    expect(await codeOf(authorization)).toBe('SERVICE_UNAVAILABLE');
  });

  it('answers an uncached session with SERVICE_UNAVAILABLE, not UNAUTHENTICATED', async () => {
    const { codeOf } = setup(subgraphDown);
    expect(await codeOf(await bearer(id(2)))).toBe('SERVICE_UNAVAILABLE');
  });

  it('still refuses a session that had ended', async () => {
    const { state, codeOf } = setup(async () => null);
    const authorization = await bearer(id(2));
    expect(await codeOf(authorization)).toBe('UNAUTHENTICATED');
    state.answer = subgraphDown;
    state.nowMs += CALLER_CACHE_MS;
    expect(await codeOf(authorization)).toBe('UNAUTHENTICATED');
  });

  it('accepts the next answer as soon as the subgraph is back', async () => {
    const { state, codeOf } = setup(subgraphDown);
    const authorization = await bearer(id(2));
    expect(await codeOf(authorization)).toBe('SERVICE_UNAVAILABLE');
    state.answer = async (sessionId) => callerOf(sessionId);
    expect(await codeOf(authorization)).toBe('ok');
  });
});

it('gives an anonymous caller a passport, and mints another after half its life', async () => {
  const { state, sessions } = setup();
  const first = await sessions.identify(undefined);
  expect(await accepted.verify(await first.passport('booking'))).toEqual({ kind: 'anonymous' });
  const passport = await first.passport('booking');
  expect(await (await sessions.identify(undefined)).passport('booking')).toBe(passport);
  state.nowMs += PASSPORT_REUSE_MS + 1;
  // Passports minted in the same second are equal.
  await expect.poll(() => keys.mint({ kind: 'anonymous' }, 'booking'), { timeout: 3_000 }).not.toBe(passport);
  const later = await Promise.all([sessions.identify(undefined), sessions.identify(undefined)]);
  for (const one of later) expect(await one.passport('booking')).not.toBe(passport);
});

describe('while the user subgraph hangs', () => {
  /** Answers when released. */
  function hanging() {
    let release: (caller: Caller | null) => void = () => {};
    const answer = () => new Promise<Caller | null>((resolve) => (release = resolve));
    return { answer, release: (caller: Caller | null) => release(caller) };
  }

  it('serves cached callers without waiting, and looks up only once', async () => {
    const { state, sessions } = setup();
    const authorizations = await Promise.all([2, 3].map((number) => bearer(id(number))));
    for (const authorization of authorizations) await sessions.identify(authorization);
    state.answer = hanging().answer;
    state.nowMs += CALLER_CACHE_MS;
    // Only the first request waits.
    expect((await sessions.identify(authorizations[0])).caller).toEqual(callerOf(id(2)));
    const { lookups } = state;
    for (let count = 0; count < 20; count += 1) {
      const [authorization, number] = [authorizations[count % 2], (count % 2) + 2];
      expect((await sessions.identify(authorization)).caller).toEqual(callerOf(id(number)));
    }
    expect(state.lookups).toBe(lookups + 1);
  });

  it('applies a late answer to the next request', async () => {
    const { state, codeOf } = setup();
    const authorization = await bearer(id(2));
    expect(await codeOf(authorization)).toBe('ok');
    const { answer, release } = hanging();
    state.answer = answer;
    state.nowMs += CALLER_CACHE_MS;
    expect(await codeOf(authorization)).toBe('ok');
    release(null);
    await expect.poll(() => codeOf(authorization)).toBe('UNAUTHENTICATED');
  });

  it('waits for an answer that comes soon, so a revoked session gets no further request', async () => {
    const { state, codeOf } = setup();
    const authorization = await bearer(id(2));
    expect(await codeOf(authorization)).toBe('ok');
    state.answer = () => new Promise((resolve) => setTimeout(resolve, LOOKUP_PATIENCE_MS / 10, null));
    state.nowMs += OUTAGE_GRACE_MS;
    expect(await codeOf(authorization)).toBe('UNAUTHENTICATED');
  });

  it('waits for look-ups again after it has answered', async () => {
    const { state, codeOf } = setup();
    const [first, second] = await Promise.all([bearer(id(2)), bearer(id(3))]);
    expect([await codeOf(first), await codeOf(second)]).toEqual(['ok', 'ok']);
    const { answer, release } = hanging();
    state.answer = answer;
    state.nowMs += CALLER_CACHE_MS;
    expect(await codeOf(first)).toBe('ok');
    release(callerOf(id(2)));
    state.answer = async () => null;
    await expect.poll(() => codeOf(second)).toBe('UNAUTHENTICATED');
  });

  it('serves no cached caller for longer than OUTAGE_GRACE_MS', async () => {
    const { state, sessions } = setup();
    const authorization = await bearer(id(2));
    await sessions.identify(authorization);
    const { answer, release } = hanging();
    state.answer = answer;
    state.nowMs += OUTAGE_GRACE_MS;
    await sessions.identify(authorization);
    state.nowMs += 1;
    const late = sessions.identify(authorization);
    const early = await Promise.race([
      late.then(() => 'answered'),
      new Promise((resolve) => setTimeout(resolve, 2 * LOOKUP_PATIENCE_MS, 'waits')),
    ]);
    expect(early).toBe('waits');
    release(null);
    await expect(late).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

it('caches a bounded number of sessions and evicts the least recently used', async () => {
  // Signing this many tokens would be slow.
  const lookedUp: string[] = [];
  const sessions = createSessions({
    tokens: {
      sign: async () => '',
      verify: async (sessionId) => ({ userId: id(1), sessionId, tenantId: null, expiresAtSeconds: 0 }),
    },
    passports: { mint: async () => 'passport' },
    fetchCallers: async ([credential]) => {
      const { id: sessionId } = credential as { id: string };
      lookedUp.push(sessionId);
      return [callerOf(sessionId)];
    },
    nowMs: () => 0,
  });
  await sessions.identify('Bearer first');
  await sessions.identify('Bearer second');
  await sessions.identify('Bearer first');
  for (let number = 0; number < MAX_CACHED_CALLERS - 1; number += 1)
    await sessions.identify(`Bearer s${number}`);
  lookedUp.length = 0;
  await sessions.identify('Bearer first');
  await sessions.identify('Bearer second');
  expect(lookedUp).toEqual(['second']);
});
