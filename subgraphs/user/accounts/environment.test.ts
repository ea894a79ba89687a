import { describe, expect, test } from 'vitest';
import { DEVELOPMENT_ADMINISTRATOR, namedAdministrator } from './environment.ts';

const EMAIL = 'root@vaga.example';
const PASSWORD = 'a password for production';

describe('development', () => {
  test('has defaults for absent variables', () => {
    expect(namedAdministrator({ ENVIRONMENT: 'development' })).toEqual(DEVELOPMENT_ADMINISTRATOR);
    expect(namedAdministrator({ ENVIRONMENT: 'development', PLATFORM_ADMIN_EMAIL: EMAIL })).toEqual({
      email: EMAIL,
      password: DEVELOPMENT_ADMINISTRATOR.password,
    });
  });

  test.each([
    ['short', 'eleven char'],
    ['of white space only', ' '.repeat(12)],
  ])('also refuses a password that is %s', (_, password) => {
    expect(() =>
      namedAdministrator({ ENVIRONMENT: 'development', PLATFORM_ADMIN_PASSWORD: password }),
    ).toThrow('PLATFORM_ADMIN_PASSWORD');
  });
});

describe('production', () => {
  const named = (variables: { PLATFORM_ADMIN_EMAIL?: string; PLATFORM_ADMIN_PASSWORD?: string }) =>
    namedAdministrator({ ENVIRONMENT: 'production', ...variables });

  test('names nobody by default', () => {
    expect(named({})).toBeUndefined();
  });

  test('names an administrator with both variables', () => {
    expect(named({ PLATFORM_ADMIN_EMAIL: EMAIL, PLATFORM_ADMIN_PASSWORD: PASSWORD })).toEqual({
      email: EMAIL,
      password: PASSWORD,
    });
  });

  test.each([
    ['one without the other', { PLATFORM_ADMIN_EMAIL: EMAIL }],
    ['the other without the one', { PLATFORM_ADMIN_PASSWORD: PASSWORD }],
    ['a short password', { PLATFORM_ADMIN_EMAIL: EMAIL, PLATFORM_ADMIN_PASSWORD: 'eleven char' }],
    [
      "development's password",
      { PLATFORM_ADMIN_EMAIL: EMAIL, PLATFORM_ADMIN_PASSWORD: DEVELOPMENT_ADMINISTRATOR.password },
    ],
  ])('refuses %s, without disclosing the password', (_, variables) => {
    expect(() => named(variables)).toThrow(
      /^The environment is not usable:\n {2}PLATFORM_ADMIN_(?!.*eleven)/,
    );
  });
});
