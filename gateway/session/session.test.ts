import { describe, expect, it } from 'vitest';
import { accessTokens } from '@libs/auth/accessToken';
import type { Caller } from '@libs/auth/caller';
import { passports } from '@libs/auth/passport';
import type { ApiError } from '@libs/outcome/apiErrors';
import { epochMs } from '@libs/time/clock';
import {
  CALLER_CACHE_MS,
  createSessions,
  LOOKUP_PATIENCE_MS,
  MAX_CACHED_SESSIONS,
  OUTAGE_GRACE_MS,
  PASSPORT_REUSE_MS,
} from './session.ts';

const keys = passports('a secret');
const tokens = accessTokens('a secret', 'HS256');
const id = (number: number) => `0190b2c4-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
const callerOf = (sessionId: string): Caller => ({ kind: 'platform', userId: id(1), sessionId });

const bearer = async (sessionId: string): Promise<string> => {
  const expiresAtSeconds = Math.floor(epochMs() / 1_000) + 3_600;
  return `Bearer ${await tokens.sign({ userId: id(1), sessionId, tenantId: null, expiresAtSeconds })}`;
};

/** Sessions whose user subgraph answers as `answer` does, on a clock that stands still until it is moved. */
function setup(
  answer: (sessionId: string) => Promise<Caller | null> = async (sessionId) => callerOf(sessionId),
) {
  const state = { nowMs: 1_000_000, answer, requested: 0 };
  const sessions = createSessions({
    tokens,
    passports: keys,
    fetchCaller: (sessionId) => {
      state.requested += 1;
      return state.answer(sessionId);
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

const away = () => Promise.reject(new Error('connect ECONNREFUSED'));

describe('a session', () => {
  it('is asked for once in CALLER_CACHE_MS, by whoever comes meanwhile together', async () => {
    const { state, sessions } = setup();
    const authorization = await bearer(id(2));
    await Promise.all(Array.from({ length: 20 }, () => sessions.identify(authorization)));
    state.nowMs += CALLER_CACHE_MS - 1;
    await sessions.identify(authorization);
    expect(state.requested).toBe(1);
    state.nowMs += 1;
    await sessions.identify(authorization);
    expect(state.requested).toBe(2);
  });

  it('that has ended is refused within CALLER_CACHE_MS', async () => {
    const { state, codeOf } = setup();
    const authorization = await bearer(id(2));
    expect(await codeOf(authorization)).toBe('ok');
    state.answer = async () => null;
    state.nowMs += CALLER_CACHE_MS;
    expect(await codeOf(authorization)).toBe('UNAUTHENTICATED');
  });

  it('has what its user may do now in its passport', async () => {
    const { state, sessions } = setup();
    const authorization = await bearer(id(2));
    const first = await sessions.identify(authorization);
    expect(await keys.verify(first.passport)).toEqual(callerOf(id(2)));
    state.answer = async (sessionId) => ({ ...callerOf(sessionId), userId: id(9) }) as Caller;
    state.nowMs += CALLER_CACHE_MS;
    const second = await sessions.identify(authorization);
    expect(await keys.verify(second.passport)).toMatchObject({ userId: id(9) });
  });

  it('never gets the caller of another one', async () => {
    const { sessions } = setup();
    const callers = await Promise.all(
      [2, 3, 4].map(async (number) => (await sessions.identify(await bearer(id(number)))).caller),
    );
    expect(callers).toEqual([2, 3, 4].map((number) => callerOf(id(number))));
  });
});

describe('while the user subgraph is away', () => {
  it('who was known goes on for OUTAGE_GRACE_MS, with fresh passports, and it is not asked for every request', async () => {
    const { state, sessions, codeOf } = setup();
    const authorization = await bearer(id(2));
    const { passport } = await sessions.identify(authorization);
    state.answer = away;
    state.nowMs += OUTAGE_GRACE_MS;
    const during = await sessions.identify(authorization);
    expect(during.caller).toEqual(callerOf(id(2)));
    expect(PASSPORT_REUSE_MS).toBeLessThan(OUTAGE_GRACE_MS);
    expect(during.passport).toBeTypeOf('string');
    expect(passport).toBeTypeOf('string');
    const { requested } = state;
    await sessions.identify(authorization);
    expect(state.requested).toBe(requested);
    state.nowMs += CALLER_CACHE_MS;
    expect(await codeOf(authorization)).toBe('SERVICE_UNAVAILABLE');
  });

  it('nobody new is let in, and nobody is called signed out', async () => {
    const { codeOf } = setup(away);
    expect(await codeOf(await bearer(id(2)))).toBe('SERVICE_UNAVAILABLE');
  });

  it('a session that had ended stays so', async () => {
    const { state, codeOf } = setup(async () => null);
    const authorization = await bearer(id(2));
    expect(await codeOf(authorization)).toBe('UNAUTHENTICATED');
    state.answer = away;
    state.nowMs += CALLER_CACHE_MS;
    expect(await codeOf(authorization)).toBe('UNAUTHENTICATED');
  });

  it('and back again, the next answer counts', async () => {
    const { state, codeOf } = setup(away);
    const authorization = await bearer(id(2));
    expect(await codeOf(authorization)).toBe('SERVICE_UNAVAILABLE');
    state.answer = async (sessionId) => callerOf(sessionId);
    expect(await codeOf(authorization)).toBe('ok');
  });
});

it('somebody without a session has a passport too, minted again when it is half spent', async () => {
  const { state, sessions } = setup();
  const first = await sessions.identify(undefined);
  expect(await keys.verify(first.passport)).toEqual({ kind: 'anonymous' });
  expect((await sessions.identify(undefined)).passport).toBe(first.passport);
  state.nowMs += PASSPORT_REUSE_MS + 1;
  // A passport of another second has another text.
  await expect.poll(() => keys.mint({ kind: 'anonymous' }), { timeout: 3_000 }).not.toBe(first.passport);
  expect((await sessions.identify(undefined)).passport).not.toBe(first.passport);
});

describe('while the user subgraph hangs', () => {
  /** A user subgraph that hangs until it is released; what it answers then. */
  function hanging() {
    let release: (caller: Caller | null) => void = () => {};
    const answer = () => new Promise<Caller | null>((resolve) => (release = resolve));
    return { answer, release: (caller: Caller | null) => release(caller) };
  }

  it('who is known goes on without waiting for it, and is asked for once', async () => {
    const { state, sessions } = setup();
    const authorizations = await Promise.all([2, 3].map((number) => bearer(id(number))));
    for (const authorization of authorizations) await sessions.identify(authorization);
    state.answer = hanging().answer;
    state.nowMs += CALLER_CACHE_MS;
    // The first waits for its patience, those that follow not at all.
    expect((await sessions.identify(authorizations[0])).caller).toEqual(callerOf(id(2)));
    const { requested } = state;
    for (let count = 0; count < 20; count += 1) {
      const [authorization, number] = [authorizations[count % 2], (count % 2) + 2];
      expect((await sessions.identify(authorization)).caller).toEqual(callerOf(id(number)));
    }
    expect(state.requested).toBe(requested + 1);
  });

  it('an answer that comes late counts for the next request', async () => {
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

  it('an answer that comes soon is waited for: a lost right never acts once more', async () => {
    const { state, codeOf } = setup();
    const authorization = await bearer(id(2));
    expect(await codeOf(authorization)).toBe('ok');
    state.answer = () => new Promise((resolve) => setTimeout(resolve, LOOKUP_PATIENCE_MS / 10, null));
    state.nowMs += OUTAGE_GRACE_MS;
    expect(await codeOf(authorization)).toBe('UNAUTHENTICATED');
  });

  it('it is waited for again once it has answered', async () => {
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

  it('nobody goes on for longer than OUTAGE_GRACE_MS', async () => {
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

it('remembers a bounded number of sessions: the least recently used one goes', async () => {
  // A key that signs fast enough for as many tokens: only the cache is of interest here.
  const requested: string[] = [];
  const sessions = createSessions({
    tokens: {
      sign: async () => '',
      verify: async (sessionId) => ({ userId: id(1), sessionId, tenantId: null, expiresAtSeconds: 0 }),
    },
    passports: { mint: async () => 'passport', verify: async () => undefined },
    fetchCaller: async (sessionId) => {
      requested.push(sessionId);
      return callerOf(sessionId);
    },
    nowMs: () => 0,
  });
  await sessions.identify('Bearer first');
  await sessions.identify('Bearer second');
  await sessions.identify('Bearer first');
  for (let number = 0; number < MAX_CACHED_SESSIONS - 1; number += 1)
    await sessions.identify(`Bearer s${number}`);
  requested.length = 0;
  await sessions.identify('Bearer first');
  await sessions.identify('Bearer second');
  expect(requested).toEqual(['second']);
});
