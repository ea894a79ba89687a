import { describe, expect, it } from 'vitest';
import { ALL_PERMISSIONS, type Caller } from '@libs/auth/caller';
import { canBookFor, canChange, canRead, onlyBookingsOf } from './access.ts';

type TenantUser = Extract<Caller, { kind: 'user' }>;
const NO_PERMISSIONS = {
  canBook: false,
  canManageBookings: false,
  canManageResources: false,
  canManageUsers: false,
};
const user = (userId: string, more: Partial<TenantUser> = {}): TenantUser => ({
  kind: 'user',
  userId,
  tenantId: 'tenant-a' as TenantUser['tenantId'],
  userType: 'USER',
  permissions: { ...ALL_PERMISSIONS, canManageBookings: false },
  sessionId: 's',
  ...more,
});
const elsewhere = 'tenant-b' as TenantUser['tenantId'];
const booking = { tenantId: 'tenant-a', userId: 'maker', clientId: 'client' };

const callers: Record<string, Caller> = {
  maker: user('maker'),
  client: user('client'),
  other: user('other'),
  'manager of bookings': user('clerk', { permissions: { ...NO_PERMISSIONS, canManageBookings: true } }),
  administrator: user('boss', { userType: 'ADMIN', permissions: NO_PERMISSIONS }),
  platform: { kind: 'platform', userId: 'p', sessionId: 's' },
  'administrator elsewhere': user('boss', { userType: 'ADMIN', tenantId: elsewhere }),
  'same id elsewhere': user('maker', { tenantId: elsewhere }),
  anonymous: { kind: 'anonymous' },
  service: { kind: 'service', name: 'user' },
};

describe('access to a booking', () => {
  it.each([
    ['maker', true, true, false],
    ['client', true, true, false],
    ['other', false, false, false],
    ['manager of bookings', true, true, true],
    ['administrator', true, true, true],
    ['platform', true, true, true],
    ['administrator elsewhere', false, false, true],
    ['same id elsewhere', false, false, false],
    ['anonymous', false, false, false],
    ['service', true, false, false],
  ])(
    'is decided for %s: read %s, change %s, book for another user %s',
    (name, read, change, bookForAnother) => {
      const caller = callers[name]!;
      expect([canRead(booking, caller), canChange(booking, caller), canBookFor('somebody', caller)]).toEqual([
        read,
        change,
        bookForAnother,
      ]);
    },
  );

  it('lets every user book for oneself', () => {
    expect(canBookFor('maker', user('maker'))).toBe(true);
  });

  it("limits a user's lists to their own bookings, unless they manage bookings", () => {
    expect(onlyBookingsOf(user('maker'))).toBe('maker');
    for (const name of ['manager of bookings', 'administrator', 'platform']) {
      expect(onlyBookingsOf(callers[name]!)).toBeUndefined();
    }
  });
});
