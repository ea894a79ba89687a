import { describe, expect, test } from 'vitest';
import { hashPassword, isPassword } from './passwords.ts';

describe('isPassword', () => {
  test('knows its own, no other, and nobody by no hash', async () => {
    const hash = await hashPassword(null, 'correct horse battery');
    expect(await isPassword('correct horse battery', hash)).toBe(true);
    expect(await isPassword('correct horse battery ', hash)).toBe(false);
    expect(await isPassword('correct horse battery', null)).toBe(false);
  });
});
