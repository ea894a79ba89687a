/** Who may use which field of the API. `docs/permissions.md` is written from this and `RIGHTS`, and tests call every field by it. */
import { PERMISSIONS, type Permission } from '@libs/auth/caller';
import { API_SCOPES, keyHasRight, RIGHTS, type ApiScope, type Right } from '@libs/auth/rights';

/** What a root field requires; with `own`, users need no right for what is theirs. */
export type Access =
  | { needs: 'nothing' | 'identity' | 'session' | 'platform' }
  | { needs: 'right'; right: Right; own?: true };

const nothing: Access = { needs: 'nothing' };
const platform: Access = { needs: 'platform' };
const right = (name: Right): Access => ({ needs: 'right', right: name });
const ownOr = (name: Right): Access => ({ needs: 'right', right: name, own: true });

export const ROOT_FIELDS: Readonly<Record<'Query' | 'Mutation' | 'Subscription', Record<string, Access>>> = {
  Query: {
    me: nothing,
    tenant: { needs: 'identity' },
    tenantByDomain: nothing,
    tenants: platform,
    user: ownOr('canReadUsers'),
    users: right('canReadUsers'),
    resourceCategory: nothing,
    resourceCategories: nothing,
    resource: nothing,
    resources: nothing,
    closures: nothing,
    booking: ownOr('canReadBookings'),
    bookings: ownOr('canReadBookings'),
    hold: ownOr('canReadBookings'),
    auditTrail: right('canReadAuditTrail'),
  },
  Mutation: {
    signIn: nothing,
    refreshSession: nothing,
    signOut: nothing,
    changePassword: { needs: 'session' },
    endSession: { needs: 'session' },
    requestPasswordReset: nothing,
    resetPassword: nothing,
    signUp: nothing,
    requestEmailVerification: nothing,
    verifyEmail: nothing,
    acceptInvitation: nothing,
    createTenant: platform,
    updateTenant: right('canAdminister'),
    deleteTenant: platform,
    updateOrganizationSettings: right('canManageSettings'),
    createWebhook: right('canManageSettings'),
    updateWebhook: right('canManageSettings'),
    deleteWebhook: right('canManageSettings'),
    redeliverWebhook: right('canManageSettings'),
    createApiKey: right('canAdminister'),
    updateApiKey: right('canAdminister'),
    deleteApiKey: right('canAdminister'),
    createUser: right('canManageUsers'),
    updateUser: ownOr('canManageUsers'),
    deleteUser: right('canManageUsers'),
    inviteUser: right('canManageUsers'),
    exportPersonalData: ownOr('canAdminister'),
    erasePersonalData: ownOr('canAdminister'),
    exportTenant: right('canAdminister'),
    createResourceCategory: right('canManageResources'),
    updateResourceCategory: right('canManageResources'),
    deleteResourceCategory: right('canManageResources'),
    createResource: right('canManageResources'),
    updateResource: right('canManageResources'),
    deleteResource: right('canManageResources'),
    createClosures: right('canManageResources'),
    updateClosure: right('canManageResources'),
    deleteClosure: right('canManageResources'),
    importHolidays: right('canManageResources'),
    createBooking: ownOr('canManageBookings'),
    updateBooking: ownOr('canManageBookings'),
    cancelBooking: ownOr('canManageBookings'),
    changeBookingStatus: right('canManageBookings'),
    createHold: ownOr('canManageBookings'),
    confirmHold: ownOr('canManageBookings'),
    releaseHold: ownOr('canManageBookings'),
    updateBookingSeries: ownOr('canManageBookings'),
    extendBookingSeries: ownOr('canManageBookings'),
    cancelBookingSeries: ownOr('canManageBookings'),
  },
  Subscription: { bookingChanged: ownOr('canReadBookings'), availabilityChanged: nothing },
};

/** `user`: without any permission to manage. */
export const HOLDERS = [
  'anonymous',
  'user',
  ...PERMISSIONS,
  'administrator',
  'platform',
  ...API_SCOPES,
] as const;
export type Holder = (typeof HOLDERS)[number];

const isPermission = (holder: Holder): holder is Permission => PERMISSIONS.some((one) => one === holder);
const isScope = (holder: Holder): holder is ApiScope => API_SCOPES.some((one) => one === holder);

/** The scopes of a key for what `scope` allows: it may require another. */
export const scopesWith = (scope: ApiScope): ApiScope[] =>
  scope === 'BOOKINGS_OVERRIDE' ? ['BOOKINGS_WRITE', scope] : [scope];

export type MayUse = 'yes' | 'own' | 'no';

const yesIf = (condition: boolean): MayUse => (condition ? 'yes' : 'no');

export function hasRight(holder: Holder, name: Right): boolean {
  if (holder === 'administrator' || holder === 'platform') return true;
  if (isScope(holder)) return keyHasRight(scopesWith(holder), name);
  const sufficient: readonly Permission[] = RIGHTS[name].permissions;
  return isPermission(holder) && sufficient.includes(holder);
}

export function mayUse(holder: Holder, access: Access): MayUse {
  switch (access.needs) {
    case 'nothing':
      return 'yes';
    case 'identity':
      return yesIf(holder !== 'anonymous');
    case 'session':
      return yesIf(holder !== 'anonymous' && !isScope(holder));
    case 'platform':
      return yesIf(holder === 'platform');
    case 'right':
      if (hasRight(holder, access.right)) return 'yes';
      return access.own && (holder === 'user' || isPermission(holder)) ? 'own' : 'no';
  }
}

const MARKS: Record<MayUse, string> = { yes: '●', own: '○', no: ' ' };

/** Scopes in short columns: 'BOOKINGS READ' breaks into two lines. */
const title = (holder: Holder): string =>
  isScope(holder) || isPermission(holder) ? `\`${holder}\`` : holder;

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const tableOf = (holders: readonly Holder[], rows: readonly (readonly [string, (one: Holder) => MayUse])[]) =>
  [
    row(['', ...holders.map(title)]),
    row(['---', ...holders.map(() => ':-:')]),
    ...rows.map(([name, of]) => row([name, ...holders.map((one) => MARKS[of(one)])])),
  ].join('\n');

const PEOPLE = HOLDERS.filter((one) => !isScope(one) && one !== 'canBook');

/** The text of docs/permissions.md. */
export function permissionsDocument(): string {
  const rights = Object.entries(RIGHTS).map(
    ([name, { what }]) => [what, (one: Holder) => yesIf(hasRight(one, name as Right))] as const,
  );
  const fields = Object.entries(ROOT_FIELDS).flatMap(([type, all]) =>
    Object.entries(all).map(
      ([name, access]) => [`${type}.${name}`, (one: Holder) => mayUse(one, access)] as const,
    ),
  );
  return `# Who may do what

Written by \`npm run permissions\` from \`libs/auth/rights.ts\`, the table that every check of the code reads, and
\`scripts/check/permissionTable.ts\`, by which the tests call every field as every caller (\`gateway/e2e/tenancy.e2e.test.ts\`).

● may · ○ may, with what is theirs: their own account, and the bookings that they made or that are for them. A user without any permission
has the column *user*; each permission adds to it; administrators have all. An API key has the columns of its scopes, and nothing of its own;
\`BOOKINGS_OVERRIDE\` includes \`BOOKINGS_WRITE\`, which it requires. Everyone but the platform acts within one tenant.

## Rights of people

${tableOf(
  HOLDERS.filter((one) => !isScope(one) && one !== 'anonymous'),
  rights,
)}

## Rights of API keys

${tableOf(API_SCOPES, rights)}

## Fields of the API: people

${tableOf(PEOPLE, fields)}

## Fields of the API: API keys

${tableOf(API_SCOPES, fields)}

## Beyond the tables

- \`me\` is null for API keys, which are no users. Their bookings name a user (\`userId\`), have the source \`API_KEY\`, and need no session.
- Nobody gives another user more permissions than they have; only administrators change administrators.
- With the e-mail address comes the account, since a new password can be requested for it: nobody but administrators changes that of another user who has a
  permission that they lack.
- API keys set no passwords, permissions or types of users, and change the e-mail address of no user who has more than \`canBook\`.
- Closures that cancel bookings require \`canManageBookings\` (\`BOOKINGS_WRITE\`) too.
- Everyone in the tenant sees other users' names; contact data requires the right to read users.
`;
}
