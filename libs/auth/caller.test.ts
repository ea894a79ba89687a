import { administratorOf, newTenantId, platformAdministrator, userOf } from '@libs/testing/contexts';
import { newId } from '@libs/db/ids';
import { describe, expect, it } from 'vitest';
import {
  ANONYMOUS,
  can,
  DENIED_SESSION,
  idOfCaller,
  isAdministrator,
  isKnown,
  PERMISSIONS,
  requireAdministrator,
  requireKnownCaller,
  requirePermission,
  requirePlatformAdministrator,
  requireService,
  requireSession,
  requireUserOr,
  tenantIdOf,
  type Caller,
} from './caller.ts';
import { API_SCOPES, RIGHTS, type ApiScope, type Right } from './rights.ts';

const tenantId = newTenantId();
const keyWith = (...scopes: ApiScope[]): Caller => ({ kind: 'apiKey', apiKeyId: newId(), tenantId, scopes });
const callers = {
  anonymous: ANONYMOUS,
  denied: DENIED_SESSION,
  service: { kind: 'service', name: 'booking' },
  user: userOf(tenantId),
  administrator: administratorOf(tenantId),
  platform: platformAdministrator(),
  key: keyWith(...API_SCOPES),
} as const satisfies Record<string, Caller>;
type Name = keyof typeof callers;
const names = Object.keys(callers) as Name[];
const rights = Object.keys(RIGHTS) as Right[];

/** By caller: 'ok' or the code. */
function outcomes(check: (caller: Caller) => unknown): Record<Name, unknown> {
  const outcomeOf = (caller: Caller) => {
    try {
      check(caller);
      return 'ok';
    } catch (error) {
      return (error as { code: unknown }).code;
    }
  };
  return Object.fromEntries(names.map((name) => [name, outcomeOf(callers[name])])) as Record<Name, unknown>;
}
const [UNAUTHENTICATED, FORBIDDEN] = ['UNAUTHENTICATED', 'FORBIDDEN'];
const strangers = { anonymous: UNAUTHENTICATED, denied: UNAUTHENTICATED, service: FORBIDDEN };
const all = { user: 'ok', administrator: 'ok', platform: 'ok', key: 'ok' };

describe('a check refuses all others:', () => {
  it.each<[string, (caller: Caller) => unknown, Record<Name, unknown>]>([
    ['a known caller', requireKnownCaller, { ...strangers, ...all }],
    ['a session', requireSession, { ...strangers, ...all, key: FORBIDDEN }],
    ['an administrator', requireAdministrator, { ...strangers, ...all, user: FORBIDDEN, key: FORBIDDEN }],
    [
      'a platform administrator',
      requirePlatformAdministrator,
      { ...strangers, ...all, user: FORBIDDEN, administrator: FORBIDDEN, key: FORBIDDEN },
    ],
    [
      'a service',
      requireService,
      Object.fromEntries(names.map((name) => [name, name === 'service' ? 'ok' : FORBIDDEN])) as Record<
        Name,
        unknown
      >,
    ],
    [
      'who may manage resources',
      (caller) => requirePermission(caller, 'canManageResources'),
      { ...strangers, ...all, user: FORBIDDEN },
    ],
    [
      'a user, or a key with a right',
      (caller) => requireUserOr(caller, 'canBook'),
      { ...strangers, ...all, key: FORBIDDEN },
    ],
  ])('%s', (_, check, expected) => {
    expect(outcomes(check)).toEqual(expected);
  });
});

describe('a right', () => {
  it.each(rights)('%s belongs to administrators, and to nobody without a session or key', (right) => {
    const having = names.filter((name) => can(callers[name], right));
    expect(having).toEqual(expect.arrayContaining(['administrator', 'platform']));
    for (const name of ['anonymous', 'denied', 'service'] as const) expect(having).not.toContain(name);
  });

  it.each(rights)('%s needs one of its permissions, and all of its scopes', (right) => {
    const { permissions, scopes } = RIGHTS[right] as {
      permissions: readonly string[];
      scopes: readonly ApiScope[];
    };
    for (const permission of PERMISSIONS) {
      const none = { canBook: false };
      expect(can(userOf(tenantId, { ...none, [permission]: true }), right)).toBe(
        permissions.includes(permission),
      );
    }
    expect(can(keyWith(...scopes), right)).toBe(scopes.length > 0);
    for (const missing of scopes)
      expect(can(keyWith(...API_SCOPES.filter((scope) => scope !== missing)), right)).toBe(false);
  });
});

it('a caller has a tenant, an id and administers as its kind says', () => {
  const { user, administrator, platform, key } = callers;
  expect(names.filter((name) => isAdministrator(callers[name]))).toEqual(['administrator', 'platform']);
  expect(names.filter((name) => isKnown(callers[name]))).toEqual([
    'user',
    'administrator',
    'platform',
    'key',
  ]);
  expect(names.filter((name) => tenantIdOf(callers[name]) === tenantId)).toEqual([
    'user',
    'administrator',
    'key',
  ]);
  expect(tenantIdOf(platform)).toBeUndefined();
  for (const one of [user, administrator, platform]) {
    if (!isKnown(one) || one.kind === 'apiKey') throw new Error('a user');
    expect(idOfCaller(one)).toBe(one.userId);
  }
  if (key.kind !== 'apiKey') throw new Error('a key');
  expect(idOfCaller(key)).toBe(key.apiKeyId);
});
