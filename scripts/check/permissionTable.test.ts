import { readFileSync } from 'node:fs';
import { can, PERMISSIONS, type Caller, type Permissions } from '@libs/auth/caller';
import { API_SCOPES, RIGHTS, type Right } from '@libs/auth/rights';
import type { TenantId } from '@libs/auth/tenantId';
import { buildSchema, type GraphQLObjectType } from 'graphql';
import { describe, expect, it, test } from 'vitest';
import {
  HOLDERS,
  hasRight,
  permissionsDocument,
  ROOT_FIELDS,
  scopesWith,
  type Holder,
} from './permissionTable.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const schema = buildSchema(read('../../gateway/schema.graphql'));

test('docs/permissions.md is current; `npm run permissions` writes it', () => {
  expect(read('../../docs/permissions.md')).toBe(permissionsDocument());
});

test.each(['Query', 'Mutation', 'Subscription'] as const)('has every field of %s', (type) => {
  const root = schema.getType(type) as GraphQLObjectType;
  expect(Object.keys(ROOT_FIELDS[type]).sort()).toEqual(Object.keys(root.getFields()).sort());
});

const NONE = Object.fromEntries(PERMISSIONS.map((one) => [one, false])) as Permissions;
const tenantId = 'tenant' as TenantId;
const user = (userType: 'ADMIN' | 'USER', permissions: Permissions): Caller => ({
  kind: 'user',
  userId: 'user',
  tenantId,
  userType,
  permissions,
  sessionId: 'session',
});

function callerOf(holder: Holder): Caller {
  if (holder === 'anonymous') return { kind: 'anonymous' };
  if (holder === 'platform') return { kind: 'platform', userId: 'platform', sessionId: 'session' };
  if (holder === 'administrator') return user('ADMIN', NONE);
  const scope = API_SCOPES.find((one) => one === holder);
  if (scope) return { kind: 'apiKey', apiKeyId: 'key', tenantId, scopes: scopesWith(scope) };
  const permission = PERMISSIONS.find((one) => one === holder);
  return user('USER', { ...NONE, ...(permission && { [permission]: true }) });
}

describe('a right', () => {
  it.each(Object.keys(RIGHTS) as Right[])('%s is had by exactly those whom the table names', (right) => {
    for (const holder of HOLDERS) {
      expect([holder, can(callerOf(holder), right)]).toEqual([holder, hasRight(holder, right)]);
    }
  });

  it('is had by no service', () => {
    for (const right of Object.keys(RIGHTS) as Right[])
      expect(can({ kind: 'service', name: 'booking' }, right)).toBe(false);
  });

  it('of administration is had by no API key, whatever its scopes', () => {
    const key: Caller = { kind: 'apiKey', apiKeyId: 'key', tenantId, scopes: API_SCOPES };
    expect((Object.keys(RIGHTS) as Right[]).filter((right) => !can(key, right))).toEqual([
      'canBook',
      'canAdminister',
    ]);
  });

  it('to override needs both scopes', () => {
    const key = (...scopes: (typeof API_SCOPES)[number][]): Caller => ({
      ...{ kind: 'apiKey', apiKeyId: 'key', tenantId },
      scopes,
    });
    expect(can(key('BOOKINGS_OVERRIDE'), 'canOverrideRules')).toBe(false);
    expect(can(key('BOOKINGS_WRITE'), 'canOverrideRules')).toBe(false);
    expect(can(key('BOOKINGS_WRITE', 'BOOKINGS_OVERRIDE'), 'canOverrideRules')).toBe(true);
  });
});
