import { expect, it, vi } from 'vitest';
import { MAX_VERIFIED_TOKENS, verifiedTokens } from './verifiedTokens.ts';

const SECOND_MS = 1_000;

function setup() {
  let nowMs = 0;
  const verify = vi.fn(async (token: string) =>
    token.startsWith('forged') ? undefined : { content: `caller of ${token}`, expiresAtSeconds: 60 },
  );
  return { verify, check: verifiedTokens(verify, () => nowMs), passTo: (ms: number) => (nowMs = ms) };
}

it('checks a valid token once until it expires, and then again', async () => {
  const { verify, check, passTo } = setup();
  expect([await check('a'), await check('a')]).toEqual(['caller of a', 'caller of a']);
  passTo(60 * SECOND_MS - 1);
  await check('a');
  expect(verify).toHaveBeenCalledTimes(1);
  passTo(60 * SECOND_MS);
  verify.mockResolvedValueOnce(undefined);
  expect(await check('a')).toBeUndefined();
  expect(verify).toHaveBeenCalledTimes(2);
});

it('checks an invalid token every time', async () => {
  const { verify, check } = setup();
  expect([await check('forged'), await check('forged')]).toEqual([undefined, undefined]);
  expect(verify).toHaveBeenCalledTimes(2);
});

it('remembers a limited number of tokens', async () => {
  const { verify, check } = setup();
  for (let number = 0; number <= MAX_VERIFIED_TOKENS; number += 1) await check(`token ${number}`);
  await check(`token ${MAX_VERIFIED_TOKENS}`);
  expect(verify).toHaveBeenCalledTimes(MAX_VERIFIED_TOKENS + 1);
  await check('token 0');
  expect(verify).toHaveBeenCalledTimes(MAX_VERIFIED_TOKENS + 2);
});
