import type { UserRow } from '@drizzle/user/tables';
import type { Caller, Permissions } from '@libs/auth/caller';
import { systemClock } from '@libs/time/clock';
import { administratorOf, newTenantId, platformAdministrator, userOf } from '@libs/testing/contexts';
import { describe, expect, test } from 'vitest';
import type { UpdateUserInput } from '../generated.ts';
import {
  canSeeUser,
  assertCanCreateUser,
  assertCanDeleteUser,
  assertCanDeleteUserRow,
  assertCanUpdateUser,
  assertCanUpdateUserRow,
  seenBy,
} from './access.ts';

const tenantId = newTenantId();
const now = systemClock.now();
const row = (given: Partial<UserRow> = {}): UserRow => ({
  id: '01890000-0000-7000-8000-000000000001',
  tenantId,
  name: 'João',
  email: 'joao@academia.example',
  phone: '1',
  userType: 'USER',
  canBook: true,
  canManageBookings: false,
  canManageResources: false,
  canManageUsers: false,
  metadata: { a: 1 },
  emailVerifiedAt: now,
  invitedAt: null,
  awaitsVerification: false,
  isActive: true,
  createdAt: now,
  updatedAt: now,
  deletedAt: null,
  erasedAt: null,
  ...given,
});
const user = (permissions: Partial<Permissions> = {}) => userOf(tenantId, permissions);
const self = userOf(tenantId, {}, row().id);

const CALLERS: Record<string, Caller> = {
  anonymous: { kind: 'anonymous' },
  'plain user': user(),
  self,
  'manager of resources': user({ canManageResources: true }),
  'manager of bookings': user({ canManageBookings: true }),
  'manager of users': user({ canManageUsers: true }),
  administrator: administratorOf(tenantId),
  platform: platformAdministrator(),
  service: { kind: 'service', name: 'booking' },
};
type Answer = 'yes' | 'UNAUTHENTICATED' | 'FORBIDDEN';
function answer(ask: () => void): Answer {
  try {
    ask();
    return 'yes';
  } catch (error) {
    return (error as { code: Answer }).code;
  }
}
const input = { name: 'X', email: 'x@academia.example' };
const update = (change: Partial<UpdateUserInput>, of: UserRow) => (caller: Caller) => {
  assertCanUpdateUser(caller, { id: of.id, ...change });
  assertCanUpdateUserRow(caller, of, { id: of.id, ...change });
};

/** Results in the order of CALLERS: y yes, u UNAUTHENTICATED, f FORBIDDEN. */
const TABLE: [string, string, (caller: Caller) => void][] = [
  ['create a USER', 'uffffyyyf', (caller) => assertCanCreateUser(caller, input)],
  ['create an ADMIN', 'ufffffyyf', (caller) => assertCanCreateUser(caller, { ...input, userType: 'ADMIN' })],
  [
    'create who manages bookings',
    'ufffffyyf',
    (caller) => assertCanCreateUser(caller, { ...input, permissions: { canManageBookings: true } }),
  ],
  ['rename a USER', 'ufyffyyyf', update({ name: 'X' }, row())],
  ['give a USER another address', 'ufyffyyyf', update({ email: 'x@academia.example' }, row())],
  [
    'give who manages users another address',
    'ufyffyyyf',
    update({ email: 'x@academia.example' }, row({ canManageUsers: true })),
  ],
  [
    'give who manages bookings another address',
    'ufyfffyyf',
    update({ email: 'x@academia.example' }, row({ canManageBookings: true })),
  ],
  [
    'change who manages bookings otherwise',
    'ufyffyyyf',
    update({ name: 'X', email: row().email! }, row({ canManageBookings: true })),
  ],
  ['turn a USER off', 'uffffyyyf', update({ isActive: false }, row())],
  ['make a USER an ADMIN', 'ufffffyyf', update({ userType: 'ADMIN' }, row())],
  ['let a USER manage bookings', 'ufffffyyf', update({ permissions: { canManageBookings: true } }, row())],
  ['let a USER manage users', 'uffffyyyf', update({ permissions: { canManageUsers: true } }, row())],
  ['keep a USER from booking', 'uffffyyyf', update({ permissions: { canBook: false } }, row())],
  ['turn an ADMIN off', 'ufffffyyf', update({ isActive: false }, row({ userType: 'ADMIN' }))],
  [
    'delete a USER',
    'uffffyyyf',
    (caller) => {
      assertCanDeleteUser(caller);
      assertCanDeleteUserRow(caller, row());
    },
  ],
  [
    'delete an ADMIN',
    'ufffffyyf',
    (caller) => {
      assertCanDeleteUser(caller);
      assertCanDeleteUserRow(caller, row({ userType: 'ADMIN' }));
    },
  ],
];

describe('only the listed callers may', () => {
  test.each(TABLE)('%s', (_, marks, ask) => {
    const word: Record<string, Answer> = { y: 'yes', u: 'UNAUTHENTICATED', f: 'FORBIDDEN' };
    const expected = Object.keys(CALLERS).map((name, index) => [name, word[marks[index]!]]);
    const found = Object.entries(CALLERS).map(([name, caller]) => [name, answer(() => ask(caller))]);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
  });

  test('see every field of a user', () => {
    const sees = Object.entries(CALLERS).filter(([, caller]) => canSeeUser(caller, row()));
    expect(sees.map(([name]) => name)).toEqual([
      'self',
      'manager of bookings',
      'manager of users',
      'administrator',
      'platform',
      'service',
    ]);
  });
});

test('who manages users and cannot book changes the address of nobody who can', () => {
  const manager = user({ canManageUsers: true, canBook: false });
  const change = (canBook: boolean) =>
    answer(() => update({ email: 'x@academia.example' }, row({ canBook }))(manager));
  expect([change(true), change(false)]).toEqual(['FORBIDDEN', 'yes']);
});

describe('seenBy', () => {
  test('hides contact data from other users, and the user from other tenants', () => {
    expect(seenBy(user(), row())).toEqual({
      ...row(),
      emailVerifiedAt: null,
      email: null,
      phone: null,
      metadata: {},
    });
    expect(seenBy(self, row())).toEqual(row());
    expect(seenBy(administratorOf(newTenantId()), row())).toBeUndefined();
  });
});
