import type { Permissions, TenantUser } from '@libs/auth/caller';
import type { TenantId } from '@libs/auth/tenantId';
import { describe, expect, it } from 'vitest';
import { changeOfRights, scopeOf } from './sharingScope.ts';

const NONE = { canBook: true, canManageBookings: false, canManageResources: false, canManageUsers: false };
const user = (userId: string, more: Partial<TenantUser> = {}, permissions: Partial<Permissions> = {}) =>
  ({
    kind: 'user',
    userId,
    tenantId: 'ours' as TenantId,
    userType: 'USER',
    sessionId: `session of ${userId}`,
    ...more,
    permissions: { ...NONE, ...permissions },
  }) satisfies TenantUser;
const admin = (userId: string, more: Partial<TenantUser> = {}) =>
  user(userId, { userType: 'ADMIN', ...more });
const manager = (userId: string, permissions: Partial<Permissions> = {}) =>
  user(userId, {}, { canManageBookings: true, ...permissions });

const shares = (one: TenantUser, other: TenantUser, field = 'bookingChanged') =>
  scopeOf(one, field) === scopeOf(other, field);

describe('changes of bookings', () => {
  it.each([
    ['administrators of one tenant', admin('a'), admin('b'), true],
    ['administrators of two tenants', admin('a'), admin('b', { tenantId: 'theirs' as TenantId }), false],
    ['managers with equal permissions', manager('a'), manager('b'), true],
    ['managers with other permissions', manager('a'), manager('b', { canManageUsers: true }), false],
    ['an administrator and a manager', admin('a'), manager('b'), false],
    ['two users', user('a'), user('b'), false],
    ['one user twice', user('a'), user('a', { sessionId: 'of another device' }), true],
  ])('of %s are shared: $3', (_who, one, other, expected) => expect(shares(one, other)).toBe(expected));
});

describe('other fields', () => {
  it('are shared between connections of one user only', () => {
    expect(shares(admin('a'), admin('b'), 'anythingElse')).toBe(false);
    expect(shares(admin('a'), admin('a'), 'anythingElse')).toBe(true);
  });
});

describe('a change of rights', () => {
  it.each([
    ['of nothing', user('a'), user('a'), 'none'],
    ['of the session only', user('a'), user('a', { sessionId: 'another' }), 'none'],
    ['that adds a permission', user('a'), manager('a'), 'gained'],
    ['to administrator', manager('a'), admin('a'), 'gained'],
    ['that removes a permission', manager('a'), user('a'), 'lost'],
    [
      'that removes one permission and adds another',
      manager('a'),
      user('a', {}, { canManageUsers: true }),
      'lost',
    ],
    [
      'from administrator to user with all permissions',
      admin('a'),
      manager('a', { canManageResources: true, canManageUsers: true }),
      'lost',
    ],
  ])('%s is $3', (_what, before, now, expected) => expect(changeOfRights(before, now)).toBe(expected));
});
