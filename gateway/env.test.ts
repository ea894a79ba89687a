import { describe, expect, it } from 'vitest';
import { readGatewayEnv } from './env.ts';

const production = { ENVIRONMENT: 'production', SECRET_KEY: 'k'.repeat(40) };

describe('the gateway’s environment', () => {
  it('allows any origin in development, and only the listed ones in production', () => {
    expect(readGatewayEnv({}).cors).toEqual({ origins: ['*'], allowsCredentials: false, maxAgeSeconds: 600 });
    const named = {
      CORS_ORIGINS: 'https://a.example, https://b.example:8443',
      CORS_ALLOW_CREDENTIALS: 'true',
      CORS_MAX_AGE: '60',
    };
    expect(readGatewayEnv({ ...production, ...named }).cors).toEqual({
      origins: ['https://a.example', 'https://b.example:8443'],
      allowsCredentials: true,
      maxAgeSeconds: 60,
    });
  });

  it.each([
    ['production without origins', production, 'CORS_ORIGINS'],
    ['an origin with a path', { CORS_ORIGINS: 'https://a.example/' }, 'CORS_ORIGINS'],
    ['an origin without a scheme', { CORS_ORIGINS: 'a.example' }, 'CORS_ORIGINS'],
    [
      'credentials with any origin',
      { CORS_ORIGINS: '*', CORS_ALLOW_CREDENTIALS: 'true' },
      'CORS_ALLOW_CREDENTIALS',
    ],
    [
      'credentials with the default origins of development',
      { CORS_ALLOW_CREDENTIALS: 'true' },
      'CORS_ALLOW_CREDENTIALS',
    ],
    ['a port out of range', { GATEWAY_PORT: '70000' }, 'GATEWAY_PORT'],
    ['a proxy with a malformed network', { TRUSTED_PROXIES: '10.0.0.0/33' }, 'TRUSTED_PROXIES'],
    ['a host name as proxy', { TRUSTED_PROXIES: 'proxy.local' }, 'TRUSTED_PROXIES'],
  ])('refuses %s, and names the variable', (_name, variables, variable) => {
    expect(() => readGatewayEnv(variables)).toThrow(variable);
  });
});

it('allows fewer sign-ins per minute in production', () => {
  const { signInsPerMinute } = readGatewayEnv({ ...production, CORS_ORIGINS: 'https://a.example' });
  expect(signInsPerMinute).toBeLessThan(readGatewayEnv({}).signInsPerMinute);
  expect(readGatewayEnv({ SIGN_INS_PER_MINUTE: '7' }).signInsPerMinute).toBe(7);
});

it('accepts proxies by address and by network', () => {
  expect(readGatewayEnv({ TRUSTED_PROXIES: '10.0.0.0/8, fd00::/8, ::1' }).TRUSTED_PROXIES).toEqual([
    '10.0.0.0/8',
    'fd00::/8',
    '::1',
  ]);
});
