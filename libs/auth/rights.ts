/** Who may do what: the one table that every check, docs/permissions.md and the tests read. */

import type { Permission } from './caller.ts';

/** What an API key can be made for: the contract's ApiScope. */
export const API_SCOPES = [
  'BOOKINGS_READ',
  'BOOKINGS_WRITE',
  'BOOKINGS_OVERRIDE',
  'RESOURCES_WRITE',
  'USERS_READ',
  'USERS_WRITE',
  'SETTINGS_WRITE',
  'REPORTS_READ',
] as const;
export type ApiScope = (typeof API_SCOPES)[number];

type Holders = {
  /** For docs/permissions.md. */
  what: string;
  /** A user needs one of these; administrators and the platform need none. */
  permissions: readonly Permission[];
  /** An API key needs all of these. None: no key has the right. */
  scopes: readonly ApiScope[];
};

/** Each permission is a right of the same name. */
export const RIGHTS = {
  canBook: { what: 'Be the user of a booking', permissions: ['canBook'], scopes: [] },
  canReadBookings: {
    what: "Read everyone's bookings, series and holds",
    permissions: ['canManageBookings'],
    scopes: ['BOOKINGS_READ'],
  },
  canManageBookings: {
    what: 'Book, change, decide and cancel for everyone, after windows have closed too',
    permissions: ['canManageBookings'],
    scopes: ['BOOKINGS_WRITE'],
  },
  canOverrideRules: {
    what: 'Override rules with a reason',
    permissions: ['canManageBookings'],
    scopes: ['BOOKINGS_WRITE', 'BOOKINGS_OVERRIDE'],
  },
  canManageResources: {
    what: 'Change categories, resources, schedules and closures',
    permissions: ['canManageResources'],
    scopes: ['RESOURCES_WRITE'],
  },
  canReadUsers: {
    what: 'List users and read their contact data',
    permissions: ['canManageBookings', 'canManageUsers'],
    scopes: ['USERS_READ'],
  },
  canManageUsers: {
    what: 'Create, change and delete users who are no administrators',
    permissions: ['canManageUsers'],
    scopes: ['USERS_WRITE'],
  },
  canManageSettings: {
    what: 'Change settings, see and change webhooks',
    permissions: [],
    scopes: ['SETTINGS_WRITE'],
  },
  canReadReports: {
    what: 'Read reports',
    permissions: ['canManageBookings'],
    scopes: ['REPORTS_READ'],
  },
  canReadAuditTrail: { what: 'Read the audit trail', permissions: [], scopes: ['REPORTS_READ'] },
  canAdminister: {
    what: 'Change name, address and brand, administrators and API keys',
    permissions: [],
    scopes: [],
  },
} as const satisfies Record<string, Holders> & Record<Permission, Holders>;

export type Right = keyof typeof RIGHTS;

export const keyHasRight = (scopes: readonly ApiScope[], right: Right): boolean => {
  const needed: readonly ApiScope[] = RIGHTS[right].scopes;
  return needed.length > 0 && needed.every((scope) => scopes.includes(scope));
};
