import { expect, test } from 'vitest';
import { isCommonPassword } from './commonPasswords.ts';
import { DEVELOPMENT_ADMINISTRATOR } from './environment.ts';
import { newPasswordRefusals } from './newPassword.ts';

test.each([
  'administrator',
  'ADMINISTRATOR',
  'qwerty123456',
  'password1234',
  'Password!2027',
  '123!password#',
  '123456789012',
  'passwordpassword',
  'abc123abc123abc123',
  'aaaaaaaaaaaa',
  '111111111111',
  '0'.repeat(13),
  'senha1234567',
  'brasil202620',
])('%s is common', (password) => {
  expect(isCommonPassword(password)).toBe(true);
});

test.each([
  DEVELOPMENT_ADMINISTRATOR.password,
  'uma-senha-comprida',
  'a-password-of-some-length',
  'academia-fit-demo',
  'platform-administrator',
  'correct horse battery',
  'cachorro na chuva',
  '9f3k2-0c7xq-71',
  '😀'.repeat(12),
])('%s is not', (password) => {
  expect(isCommonPassword(password)).toBe(false);
});

test('is one reason for a refusal, and only of a password that is otherwise fine', () => {
  const field = ['input', 'password'];
  expect(newPasswordRefusals('administrator', field)).toMatchObject([
    { code: 'INVALID', key: 'user.passwordCommon', field },
  ]);
  expect(newPasswordRefusals('password', field)).toMatchObject([{ key: 'user.passwordTooShort' }]);
  expect(newPasswordRefusals(null, field)).toEqual([]);
});
