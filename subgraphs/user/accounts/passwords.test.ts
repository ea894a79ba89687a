import { describe, expect, test } from 'vitest';
import { hashPassword, isPassword } from './passwords.ts';

describe('isPassword', () => {
  test('accepts the right password only, and none without a hash', async () => {
    const hash = await hashPassword(null, 'correct horse battery');
    expect(await isPassword('correct horse battery', hash)).toBe(true);
    expect(await isPassword('correct horse battery ', hash)).toBe(false);
    expect(await isPassword('correct horse battery', null)).toBe(false);
  });
});
