import { describe, expect, it } from 'vitest';
import { ALL_PERMISSIONS } from '@libs/auth/caller';
import { bookerRefusals, clientRefusals, inactiveRefusals, type Person } from './eligibility.ts';

const person = (more: Partial<Person> = {}): Person => ({
  isActive: true,
  userType: 'USER',
  permissions: ALL_PERMISSIONS,
  ...more,
});
const withoutCanBook = { ...ALL_PERMISSIONS, canBook: false };

describe('the booker', () => {
  it.each([
    ['a user with canBook', person(), []],
    ['a user without canBook', person({ permissions: withoutCanBook }), ['USER_CANNOT_BOOK']],
    [
      'an administrator, whatever the permissions say',
      person({ userType: 'ADMIN', permissions: withoutCanBook }),
      [],
    ],
    ['an inactive administrator', person({ userType: 'ADMIN', isActive: false }), ['USER_CANNOT_BOOK']],
    ['a user of another tenant', undefined, ['NOT_FOUND']],
  ])('is checked: %s', (_, booker, codes) =>
    expect(bookerRefusals(booker).map(({ code }) => code)).toEqual(codes),
  );
});

describe('the client', () => {
  it.each([
    ['an active client, who need not be able to book', person({ permissions: withoutCanBook }), []],
    ['an inactive client', person({ isActive: false }), ['INACTIVE']],
    ['a user of another tenant', undefined, ['NOT_FOUND']],
  ])('is checked: %s', (_, client, codes) =>
    expect(clientRefusals(client).map(({ code }) => code)).toEqual(codes),
  );
});

it('reports each of tenant, category and resource that is inactive', () => {
  expect(inactiveRefusals({ tenant: true, category: true, resource: true })).toEqual([]);
  const keys = inactiveRefusals({ tenant: false, category: false, resource: false }).map(({ key }) => key);
  expect(keys).toEqual(['shared.tenantInactive', 'booking.categoryInactive', 'booking.resourceInactive']);
});
