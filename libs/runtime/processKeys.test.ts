import { bundleOf, keyring } from '@libs/auth/keys';
import { expect, it } from 'vitest';
import { DEVELOPMENT_SECRET_KEY, EnvironmentError, readEnv } from './env.ts';
import { keysOf, usesOf } from './processKeys.ts';

const OWN_KEY = 'a secret key of this installation alone';

const start = (secretKey: string, previous: string[], ENVIRONMENT: string) =>
  keysOf(
    readEnv({}, { ENVIRONMENT, PROCESS_KEYS: bundleOf(keyring(secretKey, previous), usesOf('booking')) }),
  );

it('production refuses PROCESS_KEYS that everyone can derive, also among the earlier ones', () => {
  expect(() => start(OWN_KEY, [], 'production')).not.toThrow();
  for (const [key, previous] of [
    [DEVELOPMENT_SECRET_KEY, []],
    [OWN_KEY, [DEVELOPMENT_SECRET_KEY]],
  ] as const) {
    expect(() => start(key, [...previous], 'production')).toThrow(EnvironmentError);
    expect(() => start(key, [...previous], 'production')).toThrow('PROCESS_KEYS: ');
    expect(() => start(key, [...previous], 'development')).not.toThrow();
  }
});

it('production refuses the default among the earlier SECRET_KEYs too', () => {
  const given = { ENVIRONMENT: 'production', SECRET_KEY: OWN_KEY };
  expect(() => readEnv({}, given)).not.toThrow();
  expect(() => readEnv({}, { ...given, SECRET_KEY_PREVIOUS: DEVELOPMENT_SECRET_KEY })).toThrow(
    'SECRET_KEY: ',
  );
});
