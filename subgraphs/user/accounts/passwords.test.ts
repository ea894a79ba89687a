import { describe, expect, test } from 'vitest';
import { hashPassword, inTurn, isPassword, MOST_HASHES_AT_ONCE, MOST_WAITING } from './passwords.ts';

describe('inTurn', () => {
  test('runs as many at once as it may, refuses who would wait too long, and lets all others through', async () => {
    let running = 0;
    let most = 0;
    let release: () => void = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    const work = async () => {
      running += 1;
      most = Math.max(most, running);
      await released;
      running -= 1;
    };
    const accepted = MOST_HASHES_AT_ONCE + MOST_WAITING;
    const asked = Array.from({ length: accepted + 3 }, () => inTurn(work));
    const settled = Promise.allSettled(asked);
    await expect(asked.at(-1)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    release();
    const outcomes = await settled;
    expect(outcomes.filter((one) => one.status === 'fulfilled')).toHaveLength(accepted);
    expect(most).toBe(MOST_HASHES_AT_ONCE);
  });

  test('a turn that fails is handed on', async () => {
    const fail = () => inTurn(() => Promise.reject(new Error('no')));
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, fail));
    expect(outcomes.every((one) => one.status === 'rejected')).toBe(true);
    expect(await inTurn(async () => 'free')).toBe('free');
  });
});

describe('isPassword', () => {
  test('knows its own, no other, and nobody by no hash', async () => {
    const hash = await hashPassword('correct horse battery');
    expect(await isPassword('correct horse battery', hash)).toBe(true);
    expect(await isPassword('correct horse battery ', hash)).toBe(false);
    expect(await isPassword('correct horse battery', null)).toBe(false);
  });
});
