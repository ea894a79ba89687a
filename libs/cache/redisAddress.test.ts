import { describe, expect, it } from 'vitest';
import { clusterOptions, hostsOf, isRedisUrl, sentinelOptions } from './redisAddress.ts';

describe('sentinelOptions', () => {
  it('reads sentinels, the name of the primary, credentials and a database', () => {
    expect(
      sentinelOptions(
        'redis+sentinel://app:p%40ss@a.example:26380,b.example/primary/3?sentinelPassword=s%2Ft',
      ),
    ).toEqual({
      sentinels: [
        { host: 'a.example', port: 26_380 },
        { host: 'b.example', port: 26_379 },
      ],
      name: 'primary',
      username: 'app',
      password: 'p@ss',
      sentinelPassword: 's/t',
      db: 3,
    });
  });

  it('takes a password without a user, and IPv6 addresses', () => {
    expect(sentinelOptions('redis+sentinel://:secret@[::1]:26379/p')).toEqual({
      sentinels: [{ host: '::1', port: 26_379 }],
      name: 'p',
      password: 'secret',
    });
  });

  it('uses TLS to sentinels and servers with rediss', () => {
    expect(sentinelOptions('rediss+sentinel://a/p')).toMatchObject({
      tls: {},
      sentinelTLS: {},
      enableTLSForSentinelMode: true,
    });
  });

  it('leaves an address of Redis itself to the driver', () => {
    expect(sentinelOptions('redis://a:6379/2')).toBeUndefined();
  });
});

describe('clusterOptions', () => {
  it('reads nodes and credentials, and gives every key the hash tag', () => {
    expect(clusterOptions('rediss+cluster://app:p%40ss@a.example:6380,b.example')).toMatchObject({
      clusterNodes: [
        { host: 'a.example', port: 6_380 },
        { host: 'b.example', port: 6_379 },
      ],
      username: 'app',
      password: 'p@ss',
      keyPrefix: '{vaga}',
      tls: {},
    });
  });

  it('leaves other addresses alone', () => {
    expect(clusterOptions('redis+sentinel://a/p')).toBeUndefined();
    expect(clusterOptions('redis://a')).toBeUndefined();
  });
});

it.each([
  'redis+cluster://',
  'redis+cluster://a,/',
  'redis+cluster://a/1',
  'redis+sentinel://a',
  'redis+sentinel:///p',
  'redis+sentinel://a,/p',
  'redis+sentinel://a:port/p',
  'redis://',
  'http://a',
  '',
])('%j is no address', (url) => {
  expect(isRedisUrl(url)).toBe(false);
});

it('names the hosts of every form', () => {
  expect(hostsOf('rediss://u:p@a.example')).toEqual([{ host: 'a.example', port: 6_379 }]);
  expect(hostsOf('redis+sentinel://a,b:1/p')?.map(({ host }) => host)).toEqual(['a', 'b']);
  expect(hostsOf('redis+cluster://a,b:1')).toEqual([
    { host: 'a', port: 6_379 },
    { host: 'b', port: 1 },
  ]);
});
