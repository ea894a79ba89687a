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

describe('who books', () => {
  it.each([
    ['a user with canBook', person(), []],
    ['a user without canBook', person({ permissions: withoutCanBook }), ['USER_CANNOT_BOOK']],
    [
      'an administrator, whatever the permissions say',
      person({ userType: 'ADMIN', permissions: withoutCanBook }),
      [],
    ],
    ['an inactive administrator', person({ userType: 'ADMIN', isActive: false }), ['USER_CANNOT_BOOK']],
    ["nobody of this tenant's", undefined, ['NOT_FOUND']],
  ])('%s', (_, booker, codes) => expect(bookerRefusals(booker).map(({ code }) => code)).toEqual(codes));
});

describe('for whom', () => {
  it.each([
    ['an active client, who need not be able to book', person({ permissions: withoutCanBook }), []],
    ['an inactive client', person({ isActive: false }), ['INACTIVE']],
    ["nobody of this tenant's", undefined, ['NOT_FOUND']],
  ])('%s', (_, client, codes) => expect(clientRefusals(client).map(({ code }) => code)).toEqual(codes));
});

it('tenant, category and resource must each be active, and all that are not are named', () => {
  expect(inactiveRefusals({ tenant: true, category: true, resource: true })).toEqual([]);
  const keys = inactiveRefusals({ tenant: false, category: false, resource: false }).map(({ key }) => key);
  expect(keys).toEqual(['shared.tenantInactive', 'booking.categoryInactive', 'booking.resourceInactive']);
});
