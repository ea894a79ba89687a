import type { DateTimeInput } from '@libs/time/instants';
import type { DateTimeOutput } from '@libs/time/instants';
import type { Temporal } from 'temporal-polyfill';
import type { LocalTime } from '@libs/time/localTimes';
import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { UserRow, ApiKeyRow, SessionRow } from '@drizzle/user/tables';
import type { UserPage, TenantReference } from './users/reads.ts';
import type { IssuedSession } from './sessions/issueTokens.ts';
import type { Context } from './context.ts';
export type Maybe<T> = T | null | undefined;
export type InputMaybe<T> = T | null | undefined;
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** An instant. Output: RFC 3339 in UTC with milliseconds ('2025-12-05T14:00:00.000Z'). Input: with Z or an offset, that instant; without, a wall-clock time in the tenant's time zone. A time that the clock skips is moved forward by the gap, and of a time that comes twice the earlier instant is taken (Temporal's 'compatible'). */
  DateTime: { input: DateTimeInput; output: DateTimeOutput; }
  /** An e-mail address of at most 254 characters (RFC 5321). Compared without regard to case. */
  EmailAddress: { input: string; output: string; }
  /** '#RGB' or '#RRGGBB'. */
  HexColorCode: { input: string; output: string; }
  /** A JSON object of at most 10,000 characters and 16 levels. */
  JSONObject: { input: Record<string, unknown>; output: Record<string, unknown>; }
  /** A calendar date, 'YYYY-MM-DD'. */
  LocalDate: { input: Temporal.PlainDate; output: Temporal.PlainDate; }
  /** A wall-clock time: 'HH:MM' or 'HH:MM:SS' as input, 'HH:MM:SS' as output. '24:00:00', the end of a day, is allowed only as an end. */
  LocalTime: { input: LocalTime; output: LocalTime; }
  /** An IANA time zone name, such as 'America/Sao_Paulo'. */
  TimeZone: { input: string; output: string; }
  /** An http or https URL of at most 2,048 characters. */
  URL: { input: string; output: string; }
  _FieldSet: { input: string; output: string; }
};

/** What an invited user says of themselves. */
export type AcceptInvitationInput = {
  /** 1 to 200 characters. Absent or null: as the inviter wrote it. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** 12 to 200 characters, and not one of the common ones. */
  password: Scalars['String']['input'];
  /** Free text. Absent or null: as the inviter wrote it. */
  phone?: InputMaybe<Scalars['String']['input']>;
  /** The token of the email's link. */
  token: Scalars['String']['input'];
};

/** A session that has not ended, as its user sees it. */
export type ActiveSession = {
  /** When it was started. */
  createdAt: Scalars['DateTime']['output'];
  /** What signed in, such as 'Firefox, Windows', as its User-Agent says; null if it had none. */
  device?: Maybe<Scalars['String']['output']>;
  /** For endSession. */
  id: Scalars['ID']['output'];
  /** Whether the request belongs to it. */
  isCurrent: Scalars['Boolean']['output'];
  /** When it was last used, to the minute. */
  lastUsedAt: Scalars['DateTime']['output'];
};

/**
 * A secret with which a tenant's server calls as itself: 'Authorization: Bearer vaga_<8 characters>_<32 characters><6 of checksum>'. It may do
 * what its scopes name and nothing else, is never an administrator, and books in the name of a user (userId is required, as for the platform).
 * At most 50 per tenant (TOO_MANY). A deactivated or deleted key stops working within 2 seconds. Only administrators with a session can create
 * and see keys.
 */
export type ApiKey = {
  /** When it was made. */
  createdAt: Scalars['DateTime']['output'];
  /** Who made it; null: a platform administrator. */
  createdBy?: Maybe<User>;
  /** When it stops working; null: never. */
  expiresAt?: Maybe<Scalars['DateTime']['output']>;
  /** A UUID. */
  id: Scalars['ID']['output'];
  /** Whether it works, until expiresAt. */
  isActive: Scalars['Boolean']['output'];
  /** To the minute. */
  lastUsedAt?: Maybe<Scalars['DateTime']['output']>;
  /** 1 to 200 characters. */
  name: Scalars['String']['output'];
  /** Its first part, to tell keys apart: 'vaga_Ab3dE6gH'. */
  prefix: Scalars['String']['output'];
  /** What it may do. */
  scopes: Array<ApiScope>;
};

/** The result, or the reasons for the refusal. */
export type ApiKeyPayload = {
  /** The key as it is now; null if the change was refused. */
  apiKey?: Maybe<ApiKey>;
  /** The whole key, shown this once. */
  secret?: Maybe<Scalars['String']['output']>;
  /** Why nothing was changed; [] if it was done. */
  userErrors: Array<UserError>;
};

/** What an API key may do. */
export type ApiScope =
  /** Override rules with a reason. Requires BOOKINGS_WRITE. */
  | 'BOOKINGS_OVERRIDE'
  /** Read everyone's bookings, series, holds and waitlist entries. */
  | 'BOOKINGS_READ'
  /** Create, change, decide on and cancel them. */
  | 'BOOKINGS_WRITE'
  /** Reports and the audit trail. */
  | 'REPORTS_READ'
  /** Categories, resources, schedules, closures and calendars. */
  | 'RESOURCES_WRITE'
  /** Settings, limits and webhooks. */
  | 'SETTINGS_WRITE'
  /** Users and their contact data. */
  | 'USERS_READ'
  /** Users and their groups, but no administrators, permissions or passwords. */
  | 'USERS_WRITE';

/** The caller's passwords. */
export type ChangePasswordInput = {
  /** The current password. */
  currentPassword: Scalars['String']['input'];
  /** 12 to 200 characters, and not one of the common ones. */
  newPassword: Scalars['String']['input'];
};

/** The new key. Its scopes cannot be changed afterwards. */
export type CreateApiKeyInput = {
  /** In the future. By default it does not expire. */
  expiresAt?: InputMaybe<Scalars['DateTime']['input']>;
  /** 1 to 200 characters. */
  name: Scalars['String']['input'];
  /** At least one. */
  scopes: Array<ApiScope>;
  /** The tenant. By default the caller's; platform administrators, who have none, must name it. */
  tenantId?: InputMaybe<Scalars['ID']['input']>;
};

/** The new user. */
export type CreateUserInput = {
  /** Unique within the tenant, regardless of case; null once the user is deleted. */
  email: Scalars['EmailAddress']['input'];
  /** Sends an invitation by email, valid for 7 days, with which they set their password. Excludes `password` (INVALID). TOO_MANY if the address got three emails with links from the tenant within an hour; if other tenants sent some of them, no email is sent and the response does not reveal it. Default false. */
  invite?: InputMaybe<Scalars['Boolean']['input']>;
  /** Data of the frontend about the user; never interpreted. */
  metadata?: InputMaybe<Scalars['JSONObject']['input']>;
  /** 1 to 200 characters. */
  name: Scalars['String']['input'];
  /** At least 12 characters, and not one of the common passwords. Without a password the user cannot sign in. */
  password?: InputMaybe<Scalars['String']['input']>;
  /** What the user may do. */
  permissions?: InputMaybe<UserPermissionsInput>;
  /** Free text. */
  phone?: InputMaybe<Scalars['String']['input']>;
  /** The tenant. By default the caller's; platform administrators, who have none, must name it. */
  tenantId?: InputMaybe<Scalars['ID']['input']>;
  /** The user's role in the tenant. */
  userType?: InputMaybe<UserType>;
};

/** A day of the week. */
export type DayOfWeek =
  /** Friday. */
  | 'FRIDAY'
  /** Monday. */
  | 'MONDAY'
  /** Saturday. */
  | 'SATURDAY'
  /** Sunday. */
  | 'SUNDAY'
  /** Thursday. */
  | 'THURSDAY'
  /** Tuesday. */
  | 'TUESDAY'
  /** Wednesday. */
  | 'WEDNESDAY';

/** The result of a deletion. */
export type DeletePayload = {
  /** The id of what was deleted. */
  deletedId?: Maybe<Scalars['ID']['output']>;
  /** Why nothing was changed; [] if it was done. */
  userErrors: Array<UserError>;
};

/** The result, or the reasons for the refusal. */
export type DonePayload = {
  /** Whether it was done. */
  done: Scalars['Boolean']['output'];
  /** Why nothing was changed; [] if it was done. */
  userErrors: Array<UserError>;
};

/** The export that was accepted, or why none was. */
export type ExportTenantPayload = {
  /** Null if it was refused. */
  tenantExport?: Maybe<TenantExport>;
  /** Why nothing is exported; [] if it was accepted. */
  userErrors: Array<UserError>;
};

/** A value of the input is the reason. */
export type InputError = UserError & {
  /** A machine-readable code. */
  code: UserErrorCode;
  /** The path of the input; null if no single field is the cause. */
  field?: Maybe<Array<Scalars['String']['output']>>;
  /** A human-readable message. */
  message: Scalars['String']['output'];
};

export type Mutation = {
  /** Sets the user's password and starts a session. TOKEN_INVALID if the token is wrong, used or too old. */
  acceptInvitation: SessionPayload;
  /** Ends the caller's other sessions. A wrong current password is INVALID_CREDENTIALS. */
  changePassword: UserPayload;
  /** Administrators of the tenant only. */
  createApiKey: ApiKeyPayload;
  /** Requires canManageUsers; nobody grants more than they have. */
  createUser: UserPayload;
  /** The key stops working within 2 seconds. Administrators of the tenant only. */
  deleteApiKey: DeletePayload;
  /** The user's personal data is erased. Their pending and confirmed bookings that have not ended are cancelled soon afterward, by events; those that they made for others stay. */
  deleteUser: DeletePayload;
  /** Ends one of the caller's sessions. NOT_FOUND if the caller has no such session. */
  endSession: DeletePayload;
  /**
   * Deletes the user as deleteUser does, if they are not deleted yet, and soon afterward erases, by events, what was written in bookings for them
   * (notes, metadata, reasons), with its copies in webhook deliveries and e-mails. The bookings themselves stay, for a deleted user. What remains
   * elsewhere, and how long, is in docs/security.md. Cannot be undone. Requires an administrator, or the user themself.
   */
  erasePersonalData: DeletePayload;
  /**
   * Everything that is kept about a user of the tenant: the account, sessions, e-mails, the bookings and holds that they made or that are for them, and
   * what they did (the audit trail). Bookings that they made for others omit the text written in them. Requires an administrator, or the user
   * themself. More than one in a request is QUERY_TOO_COMPLEX; too many at once are SERVICE_UNAVAILABLE. A deleted account no longer has a name or addresses (NOT_FOUND if its data was erased).
   */
  exportPersonalData: PersonalDataPayload;
  /**
   * Sends a link by e-mail to an export of all of the tenant's data: every row, without passwords, secrets and their hashes, as JSON
   * Lines. It leads to the tenant's frontendUrl, with action=EXPORT_TENANT and a token, which POST /exports of the API answers with the data, for a
   * day, while the recipient is an administrator of the tenant. Requires an administrator, who gets the e-mail; if the platform asks, all active
   * administrators of the tenant get one each. Refuses NOT_FOUND (no such tenant, or no administrator to write to), INACTIVE (tenant), and TOO_MANY:
   * an address gets at most three e-mails with links an hour from the tenant. If other tenants sent some of them, no e-mail is sent and the response does not reveal it.
   */
  exportTenant: ExportTenantPayload;
  /** Sends the invitation again to a user who has not accepted it; it ends the one before. Also invites a user without a password. INVALID for a user with a password, TOO_MANY if the address got three emails with links from the tenant within an hour; if other tenants sent some of them, no email is sent, the response does not reveal it, and the invitation before stays valid. Requires canManageUsers. */
  inviteUser: UserPayload;
  /** Continues a session with new tokens. Any token sent with the request is ignored. */
  refreshSession: SessionPayload;
  /** Sends the email again, until the address is verified. Always true. After a repeated sign-up, the email leads to a new password. */
  requestEmailVerification: Scalars['Boolean']['output'];
  /** Always true. Without a domain, nothing is sent: the password of a platform administrator is changed in the environment. */
  requestPasswordReset: Scalars['Boolean']['output'];
  /** Does not sign in: the user then signs in with the new password. All of the user's sessions end. TOKEN_INVALID if the token is wrong, used or too old. */
  resetPassword: DonePayload;
  /** Starts a session. Any token sent with the request is ignored. INACTIVE, after the right password, until a user who has signed up has verified the address. */
  signIn: SessionPayload;
  /** Ends the session that the refresh token belongs to. */
  signOut: Scalars['Boolean']['output'];
  /** The user can sign in once the address is verified. If the address is already taken, an email to it says so; the answer does not. If it is taken by a sign-up that is not verified yet, that sign-up's password and links end, and the email leads to a new password instead, as requestPasswordReset does: nobody knows which of the two is the owner's. FORBIDDEN if the tenant does not have selfSignUp. A user who has not verified the address 7 days after the sign-up is deleted. */
  signUp: SignUpPayload;
  /** Administrators of the tenant only. */
  updateApiKey: ApiKeyPayload;
  /** Users change their own name, e-mail address, phone and metadata; canManageUsers changes others. Only administrators change administrators, and nobody grants more than they have, or changes the e-mail address of another user who has a permission that they lack (FORBIDDEN). */
  updateUser: UserPayload;
  /** TOKEN_INVALID if the token is wrong, used or too old, or somebody has signed up with the address again since. */
  verifyEmail: DonePayload;
};


export type MutationAcceptInvitationArgs = {
  input: AcceptInvitationInput;
};


export type MutationChangePasswordArgs = {
  input: ChangePasswordInput;
};


export type MutationCreateApiKeyArgs = {
  input: CreateApiKeyInput;
};


export type MutationCreateUserArgs = {
  input: CreateUserInput;
};


export type MutationDeleteApiKeyArgs = {
  id: Scalars['ID']['input'];
};


export type MutationDeleteUserArgs = {
  id: Scalars['ID']['input'];
};


export type MutationEndSessionArgs = {
  id: Scalars['ID']['input'];
};


export type MutationErasePersonalDataArgs = {
  userId: Scalars['ID']['input'];
};


export type MutationExportPersonalDataArgs = {
  userId: Scalars['ID']['input'];
};


export type MutationExportTenantArgs = {
  tenantId?: InputMaybe<Scalars['ID']['input']>;
};


export type MutationInviteUserArgs = {
  id: Scalars['ID']['input'];
};


export type MutationRefreshSessionArgs = {
  refreshToken: Scalars['String']['input'];
};


export type MutationRequestEmailVerificationArgs = {
  domain: Scalars['String']['input'];
  email: Scalars['EmailAddress']['input'];
};


export type MutationRequestPasswordResetArgs = {
  domain?: InputMaybe<Scalars['String']['input']>;
  email: Scalars['EmailAddress']['input'];
};


export type MutationResetPasswordArgs = {
  input: ResetPasswordInput;
};


export type MutationSignInArgs = {
  input: SignInInput;
};


export type MutationSignOutArgs = {
  refreshToken: Scalars['String']['input'];
};


export type MutationSignUpArgs = {
  input: SignUpInput;
};


export type MutationUpdateApiKeyArgs = {
  input: UpdateApiKeyInput;
};


export type MutationUpdateUserArgs = {
  input: UpdateUserInput;
};


export type MutationVerifyEmailArgs = {
  token: Scalars['String']['input'];
};

/** The direction of a list's order. */
export type OrderDirection =
  /** Earliest, or first in the alphabet, first. */
  | 'ASC'
  /** Latest, or last in the alphabet, first. */
  | 'DESC';

/** Where a page is in its list (Relay's cursor connections). */
export type PageInfo = {
  /** Cursor of the page's last item, for `after`; null for an empty page. */
  endCursor?: Maybe<Scalars['String']['output']>;
  /** Whether items follow this page. */
  hasNextPage: Scalars['Boolean']['output'];
  /** Whether items precede this page. */
  hasPreviousPage: Scalars['Boolean']['output'];
  /** Cursor of the page's first item; null for an empty page. */
  startCursor?: Maybe<Scalars['String']['output']>;
};

/** A person's data, gathered from everywhere. */
export type PersonalDataPayload = {
  /** { exportedAt, account, sessions, emails, bookings, holds, actions }; null if it was refused. */
  personalData?: Maybe<Scalars['JSONObject']['output']>;
  /** Why nothing was gathered; [] if it was done. */
  userErrors: Array<UserError>;
};

export type Query = {
  /** For the gateway and the other subgraphs: the current caller of an API key by its SHA-256 hash in hex; null if it does not work (any longer). */
  internalApiKeyCaller?: Maybe<Scalars['JSONObject']['output']>;
  /** For the gateway and the other subgraphs: the current caller of a session; null once the session has ended. */
  internalCaller?: Maybe<Scalars['JSONObject']['output']>;
  /** For the gateway: returns the tenant to export by the token of an e-mail's link, and records the export; null if the token does not work. */
  internalOpenExport?: Maybe<Scalars['ID']['output']>;
  /** The caller's own user; null for platform administrators and without a session. */
  me?: Maybe<User>;
  /** Null if there is none, or the caller may not see it. Requires a session. */
  user?: Maybe<User>;
  /** In order of creation. Requires canManageUsers or canManageBookings. */
  users: UserConnection;
};


export type QueryInternalApiKeyCallerArgs = {
  keyHash: Scalars['String']['input'];
};


export type QueryInternalCallerArgs = {
  sessionId: Scalars['ID']['input'];
};


export type QueryInternalOpenExportArgs = {
  token: Scalars['String']['input'];
};


export type QueryUserArgs = {
  id: Scalars['ID']['input'];
};


export type QueryUsersArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<UserFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<UserOrder>;
  tenantId?: InputMaybe<Scalars['ID']['input']>;
};

/**
 * Tokens in emails have 256 random bits and work once and for one purpose: for an hour to reset a password, for a day to verify an address,
 * for 7 days to accept an invitation. They become invalid when the password or address they are for changes, or the user is deleted or
 * deactivated.
 *
 * A request for such an email answers true, at equal cost, whether or not the user exists. An address gets at most three an hour; further
 * requests send none. A new password ends all of the user's sessions.
 */
export type ResetPasswordInput = {
  /** 12 to 200 characters, and not one of the common ones. */
  newPassword: Scalars['String']['input'];
  /** The token of the email's link. */
  token: Scalars['String']['input'];
};

/** A session. Send its access token as 'Authorization: Bearer …'. */
export type Session = {
  /** For the header 'Authorization: Bearer …' until expiresAt. */
  accessToken: Scalars['String']['output'];
  /** When the access token expires. */
  expiresAt: Scalars['DateTime']['output'];
  /** Works once: each refresh returns a new one, and using an old one again ends the whole session. A session ends 90 days after its sign-in at the latest (SESSION_EXPIRE_DAYS). */
  refreshToken: Scalars['String']['output'];
  /** The user who signed in; null for a platform administrator. */
  user?: Maybe<User>;
};

/** The result, or the reasons for the refusal. */
export type SessionPayload = {
  /** The new session; null if it was refused. */
  session?: Maybe<Session>;
  /** Why nothing was changed; [] if it was done. */
  userErrors: Array<UserError>;
};

/** `domain` names the tenant; without it, a platform administrator signs in. */
export type SignInInput = {
  /** The tenant's domain. */
  domain?: InputMaybe<Scalars['String']['input']>;
  /** The user's e-mail address. */
  email: Scalars['EmailAddress']['input'];
  /** The user's password. */
  password: Scalars['String']['input'];
};

/** The new user. */
export type SignUpInput = {
  /** The tenant's domain. NOT_FOUND if no active tenant has it. */
  domain: Scalars['String']['input'];
  /** The address that the verification is sent to. */
  email: Scalars['EmailAddress']['input'];
  /** 1 to 200 characters. */
  name: Scalars['String']['input'];
  /** 12 to 200 characters, and not one of the common ones. */
  password: Scalars['String']['input'];
  /** Free text. */
  phone?: InputMaybe<Scalars['String']['input']>;
};

/** Whether an email is on its way, or why not. */
export type SignUpPayload = {
  /** True if nothing is wrong with the input, whoever has the address. */
  emailSent: Scalars['Boolean']['output'];
  /** Why no email was sent; [] if it was. */
  userErrors: Array<UserError>;
};

export type Tenant = {
  /** Newest first. Administrators of the tenant only. */
  apiKeys: Array<ApiKey>;
  id: Scalars['ID']['output'];
  /** In order of creation. Requires canManageUsers or canManageBookings. */
  users: UserConnection;
};


export type TenantUsersArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<UserFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<UserOrder>;
};

/** An export of all of a tenant's data, announced by an e-mail with a link. */
export type TenantExport = {
  /** The number of administrators who get the e-mail, if their addresses did not get too many from others. */
  emails: Scalars['Int']['output'];
  /** How long its link works, in hours, counted from when it is sent. */
  linkHours: Scalars['Int']['output'];
  /** When it was asked for. */
  requestedAt: Scalars['DateTime']['output'];
  /** The tenant. */
  tenant: Tenant;
};

/** Part of a day, in the tenant's time zone. Where the tenant is open overnight, an end at or before the start is on the next date: 22:00 to 04:00; equal times are 24 hours. */
export type TimeRange = {
  /** When it ends; 24:00:00 is the end of the day. */
  end: Scalars['LocalTime']['output'];
  /** When it starts. */
  start: Scalars['LocalTime']['output'];
};

/** Part of a day, in the tenant's time zone. */
export type TimeRangeInput = {
  /** When it ends: after its start, or with `overnight` also on the next date; 24:00 is the end of the day. */
  end: Scalars['LocalTime']['input'];
  /** When it starts. */
  start: Scalars['LocalTime']['input'];
};

/** What to change. Absent fields keep their value. */
export type UpdateApiKeyInput = {
  /** The id of the record. */
  id: Scalars['ID']['input'];
  /** False: it stops working within 2 seconds. True: it works again. */
  isActive?: InputMaybe<Scalars['Boolean']['input']>;
  /** 1 to 200 characters. */
  name?: InputMaybe<Scalars['String']['input']>;
};

/** What to change. Absent fields keep their value. */
export type UpdateUserInput = {
  /** The caller's password, required to change one's own e-mail address (else INVALID_CREDENTIALS). Every change of an address is announced to the old address by e-mail. */
  currentPassword?: InputMaybe<Scalars['String']['input']>;
  /** Unique within the tenant, regardless of case; null once the user is deleted. */
  email?: InputMaybe<Scalars['EmailAddress']['input']>;
  /** The id of the record. */
  id: Scalars['ID']['input'];
  /** Whether the user can sign in and be booked for. */
  isActive?: InputMaybe<Scalars['Boolean']['input']>;
  /** Data of the frontend about the user; never interpreted. */
  metadata?: InputMaybe<Scalars['JSONObject']['input']>;
  /** 1 to 200 characters. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** What the user may do. */
  permissions?: InputMaybe<UserPermissionsInput>;
  /** Free text. Null removes it. */
  phone?: InputMaybe<Scalars['String']['input']>;
  /** The user's role in the tenant. */
  userType?: InputMaybe<UserType>;
};

/** A person of a tenant. Users see themselves; those who manage users, or bookings, see others. */
export type User = {
  /** When it was made. */
  createdAt: Scalars['DateTime']['output'];
  /** Unique within the tenant, regardless of case; null once the user is deleted. */
  email?: Maybe<Scalars['EmailAddress']['output']>;
  /** When the user last proved that the email address is theirs; null after the address changes, and for callers who do not see the address. */
  emailVerifiedAt?: Maybe<Scalars['DateTime']['output']>;
  /** A UUID. */
  id: Scalars['ID']['output'];
  /** Whether the user can sign in and be booked for. */
  isActive: Scalars['Boolean']['output'];
  /** Whether an invitation was sent and has not been accepted. */
  isInvited: Scalars['Boolean']['output'];
  /** Data of the frontend about the user; never interpreted. */
  metadata: Scalars['JSONObject']['output'];
  /** 1 to 200 characters. */
  name: Scalars['String']['output'];
  /** What the user may do. */
  permissions: UserPermissions;
  /** Free text. */
  phone?: Maybe<Scalars['String']['output']>;
  /** The user's sessions, last used first, at most 100; null for others than the user. */
  sessions?: Maybe<Array<ActiveSession>>;
  /** The tenant of the user. */
  tenant: Tenant;
  /** When it last changed. */
  updatedAt: Scalars['DateTime']['output'];
  /** The user's role in the tenant. */
  userType: UserType;
};

/** A page of users. */
export type UserConnection = {
  /** The items with their cursors. */
  edges: Array<UserEdge>;
  /** The items. */
  nodes: Array<User>;
  /** Where the page is in the list. */
  pageInfo: PageInfo;
  /** How many items the whole list has. */
  totalCount: Scalars['Int']['output'];
};

/** A user of a page, with its cursor. */
export type UserEdge = {
  /** The item's place in the list, for `after`. */
  cursor: Scalars['String']['output'];
  /** The item. */
  node: User;
};

/** A reason why a mutation was refused. Several may be reported at once. */
export type UserError = {
  /** A machine-readable code. */
  code: UserErrorCode;
  /** The path of the input, such as ['input', 'endTime']; null if no single field is the cause. */
  field?: Maybe<Array<Scalars['String']['output']>>;
  /** A human-readable message, in the language of Accept-Language, else of the tenant's locale (pt-BR or en). */
  message: Scalars['String']['output'];
};

/** Why a mutation was refused. */
export type UserErrorCode =
  /** A record with this unique value exists. */
  | 'ALREADY_EXISTS'
  /** Less than cancellationHours are left before the start. */
  | 'CANCELLATION_WINDOW_CLOSED'
  /** More seats than the resource has in total. Fewer seats left than asked for is CONFLICT. */
  | 'CAPACITY_EXCEEDED'
  /** A closure covers part of the time. */
  | 'CLOSED'
  /** Another booking occupies the resource at that time. */
  | 'CONFLICT'
  /** Shorter than minDurationMinutes or longer than maxDurationMinutes. */
  | 'DURATION_NOT_ALLOWED'
  /** The hold expired or was released. */
  | 'HOLD_EXPIRED'
  /** The idempotency key was used before with other input. */
  | 'IDEMPOTENCY_MISMATCH'
  /** The tenant, user, category, resource or webhook is inactive or deleted, or the user who signs in has not verified the address of their sign-up. */
  | 'INACTIVE'
  /** A value that the domain refuses: a malformed time zone, an end before its start, an e-mail address that is taken … */
  | 'INVALID'
  /** The e-mail address, password or token is not right. */
  | 'INVALID_CREDENTIALS'
  /** The new status cannot follow the current one. */
  | 'INVALID_TRANSITION'
  /** The time has begun. */
  | 'IN_THE_PAST'
  /** Other records still refer to it. */
  | 'IN_USE'
  /** There is no such record, or the caller may not see it. */
  | 'NOT_FOUND'
  /** The start or the duration is not on the tenant's booking interval. */
  | 'NOT_ON_INTERVAL'
  /** The time is not within the tenant's working hours of a working day. */
  | 'OUTSIDE_WORKING_HOURS'
  /** The resource's own weekly schedule does not cover the whole time. */
  | 'RESOURCE_UNAVAILABLE'
  /** The link or code is wrong, used, or too old. */
  | 'TOKEN_INVALID'
  /** The start is more than advanceBookingDays ahead. */
  | 'TOO_FAR_IN_ADVANCE'
  /** The maximum number already exists: holds per person, closures … */
  | 'TOO_MANY'
  /** The series would have more than 365 occurrences. */
  | 'TOO_MANY_OCCURRENCES'
  /** The start is less than minimumNoticeMinutes from now. A start before now is IN_THE_PAST alone. */
  | 'TOO_SHORT_NOTICE'
  /** The user may not book: inactive, or without canBook. */
  | 'USER_CANNOT_BOOK'
  /** The record has changed since the version that the caller named. */
  | 'VERSION_MISMATCH';

/** All conditions apply. */
export type UserFilter = {
  /** Only active, or only inactive users. */
  isActive?: InputMaybe<Scalars['Boolean']['input']>;
  /** Part of the name or e-mail address, regardless of case. */
  search?: InputMaybe<Scalars['String']['input']>;
  /** Users of this type. */
  userType?: InputMaybe<UserType>;
};

/** The order of a list of users. */
export type UserOrder = {
  /** Earliest or latest first; for names, A to Z or Z to A. */
  direction?: OrderDirection;
  /** The value to sort by. */
  field?: UserOrderField;
};

/** What a list of users can be ordered by. */
export type UserOrderField =
  /** By when they were made. */
  | 'CREATED_AT'
  /** Alphabetically by name, ignoring case and accents unless names are otherwise equal. */
  | 'NAME';

/** The result, or the reasons for the refusal. */
export type UserPayload = {
  /** The user as it is now; null if the change was refused. */
  user?: Maybe<User>;
  /** Why nothing was changed; [] if it was done. */
  userErrors: Array<UserError>;
};

/** What a user of type USER may do. An ADMIN may do all of it. */
export type UserPermissions = {
  /** Default true. */
  canBook: Scalars['Boolean']['output'];
  /** Read, change and cancel other users' bookings, and decide on pending ones. Default false. */
  canManageBookings: Scalars['Boolean']['output'];
  /** Default false. */
  canManageResources: Scalars['Boolean']['output'];
  /** Default false. */
  canManageUsers: Scalars['Boolean']['output'];
};

/** Absent permissions keep their value. */
export type UserPermissionsInput = {
  /** Default true. */
  canBook?: InputMaybe<Scalars['Boolean']['input']>;
  /** Read, change and cancel other users' bookings, and decide on pending ones. Default false. */
  canManageBookings?: InputMaybe<Scalars['Boolean']['input']>;
  /** Default false. */
  canManageResources?: InputMaybe<Scalars['Boolean']['input']>;
  /** Default false. */
  canManageUsers?: InputMaybe<Scalars['Boolean']['input']>;
};

/** The user's role in the tenant. */
export type UserType =
  /** Administers the tenant; has every permission. */
  | 'ADMIN'
  /** Has the permissions that were granted. */
  | 'USER';



export type ResolverTypeWrapper<T> = Promise<T> | T;

export type ReferenceResolver<TResult, TReference, TContext> = (
      reference: TReference,
      context: TContext,
      info: GraphQLResolveInfo
    ) => Promise<TResult> | TResult;

      type ScalarCheck<T, S> = S extends true ? T : NullableCheck<T, S>;
      type NullableCheck<T, S> = Maybe<T> extends T ? Maybe<ListCheck<NonNullable<T>, S>> : ListCheck<T, S>;
      type ListCheck<T, S> = T extends (infer U)[] ? NullableCheck<U, S>[] : GraphQLRecursivePick<T, S>;
      export type GraphQLRecursivePick<T, S> = { [K in keyof T & keyof S]: ScalarCheck<T[K], S[K]> };
    

export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = Record<PropertyKey, never>, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

/** Mapping of federation types */
export type FederationTypes = {
  Tenant: Tenant;
  User: User;
};

/** Mapping of federation reference types */
export type FederationReferenceTypes = {
  Tenant:
    ( { __typename: 'Tenant' }
    & GraphQLRecursivePick<FederationTypes['Tenant'], {"id":true}> );
  User:
    ( { __typename: 'User' }
    & GraphQLRecursivePick<FederationTypes['User'], {"id":true}> );
};


/** Mapping of interface types */
export type ResolversInterfaceTypes<_RefType extends Record<string, unknown>> = {
  UserError: ( InputError );
};

/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  AcceptInvitationInput: AcceptInvitationInput;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  ActiveSession: ResolverTypeWrapper<SessionRow>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  ApiKey: ResolverTypeWrapper<ApiKeyRow>;
  ApiKeyPayload: ResolverTypeWrapper<Omit<ApiKeyPayload, 'apiKey' | 'userErrors'> & { apiKey?: Maybe<ResolversTypes['ApiKey']>, userErrors: Array<ResolversTypes['UserError']> }>;
  ApiScope: ApiScope;
  ChangePasswordInput: ChangePasswordInput;
  CreateApiKeyInput: CreateApiKeyInput;
  CreateUserInput: CreateUserInput;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  DayOfWeek: DayOfWeek;
  DeletePayload: ResolverTypeWrapper<Omit<DeletePayload, 'userErrors'> & { userErrors: Array<ResolversTypes['UserError']> }>;
  DonePayload: ResolverTypeWrapper<Omit<DonePayload, 'userErrors'> & { userErrors: Array<ResolversTypes['UserError']> }>;
  EmailAddress: ResolverTypeWrapper<Scalars['EmailAddress']['output']>;
  ExportTenantPayload: ResolverTypeWrapper<Omit<ExportTenantPayload, 'tenantExport' | 'userErrors'> & { tenantExport?: Maybe<ResolversTypes['TenantExport']>, userErrors: Array<ResolversTypes['UserError']> }>;
  HexColorCode: ResolverTypeWrapper<Scalars['HexColorCode']['output']>;
  InputError: ResolverTypeWrapper<InputError>;
  JSONObject: ResolverTypeWrapper<Scalars['JSONObject']['output']>;
  LocalDate: ResolverTypeWrapper<Scalars['LocalDate']['output']>;
  LocalTime: ResolverTypeWrapper<Scalars['LocalTime']['output']>;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  OrderDirection: OrderDirection;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  PersonalDataPayload: ResolverTypeWrapper<Omit<PersonalDataPayload, 'userErrors'> & { userErrors: Array<ResolversTypes['UserError']> }>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  ResetPasswordInput: ResetPasswordInput;
  Session: ResolverTypeWrapper<IssuedSession>;
  SessionPayload: ResolverTypeWrapper<Omit<SessionPayload, 'session' | 'userErrors'> & { session?: Maybe<ResolversTypes['Session']>, userErrors: Array<ResolversTypes['UserError']> }>;
  SignInInput: SignInInput;
  SignUpInput: SignUpInput;
  SignUpPayload: ResolverTypeWrapper<Omit<SignUpPayload, 'userErrors'> & { userErrors: Array<ResolversTypes['UserError']> }>;
  Tenant: ResolverTypeWrapper<TenantReference>;
  TenantExport: ResolverTypeWrapper<Omit<TenantExport, 'tenant'> & { tenant: ResolversTypes['Tenant'] }>;
  TimeRange: ResolverTypeWrapper<TimeRange>;
  TimeRangeInput: TimeRangeInput;
  TimeZone: ResolverTypeWrapper<Scalars['TimeZone']['output']>;
  URL: ResolverTypeWrapper<Scalars['URL']['output']>;
  UpdateApiKeyInput: UpdateApiKeyInput;
  UpdateUserInput: UpdateUserInput;
  User: ResolverTypeWrapper<UserRow>;
  UserConnection: ResolverTypeWrapper<UserPage>;
  UserEdge: ResolverTypeWrapper<Omit<UserEdge, 'node'> & { node: ResolversTypes['User'] }>;
  UserError: ResolverTypeWrapper<ResolversInterfaceTypes<ResolversTypes>['UserError']>;
  UserErrorCode: UserErrorCode;
  UserFilter: UserFilter;
  UserOrder: UserOrder;
  UserOrderField: UserOrderField;
  UserPayload: ResolverTypeWrapper<Omit<UserPayload, 'user' | 'userErrors'> & { user?: Maybe<ResolversTypes['User']>, userErrors: Array<ResolversTypes['UserError']> }>;
  UserPermissions: ResolverTypeWrapper<UserPermissions>;
  UserPermissionsInput: UserPermissionsInput;
  UserType: UserType;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  AcceptInvitationInput: AcceptInvitationInput;
  String: Scalars['String']['output'];
  ActiveSession: SessionRow;
  ID: Scalars['ID']['output'];
  Boolean: Scalars['Boolean']['output'];
  ApiKey: ApiKeyRow;
  ApiKeyPayload: Omit<ApiKeyPayload, 'apiKey' | 'userErrors'> & { apiKey?: Maybe<ResolversParentTypes['ApiKey']>, userErrors: Array<ResolversParentTypes['UserError']> };
  ChangePasswordInput: ChangePasswordInput;
  CreateApiKeyInput: CreateApiKeyInput;
  CreateUserInput: CreateUserInput;
  DateTime: Scalars['DateTime']['output'];
  DeletePayload: Omit<DeletePayload, 'userErrors'> & { userErrors: Array<ResolversParentTypes['UserError']> };
  DonePayload: Omit<DonePayload, 'userErrors'> & { userErrors: Array<ResolversParentTypes['UserError']> };
  EmailAddress: Scalars['EmailAddress']['output'];
  ExportTenantPayload: Omit<ExportTenantPayload, 'tenantExport' | 'userErrors'> & { tenantExport?: Maybe<ResolversParentTypes['TenantExport']>, userErrors: Array<ResolversParentTypes['UserError']> };
  HexColorCode: Scalars['HexColorCode']['output'];
  InputError: InputError;
  JSONObject: Scalars['JSONObject']['output'];
  LocalDate: Scalars['LocalDate']['output'];
  LocalTime: Scalars['LocalTime']['output'];
  Mutation: Record<PropertyKey, never>;
  PageInfo: PageInfo;
  PersonalDataPayload: Omit<PersonalDataPayload, 'userErrors'> & { userErrors: Array<ResolversParentTypes['UserError']> };
  Query: Record<PropertyKey, never>;
  Int: Scalars['Int']['output'];
  ResetPasswordInput: ResetPasswordInput;
  Session: IssuedSession;
  SessionPayload: Omit<SessionPayload, 'session' | 'userErrors'> & { session?: Maybe<ResolversParentTypes['Session']>, userErrors: Array<ResolversParentTypes['UserError']> };
  SignInInput: SignInInput;
  SignUpInput: SignUpInput;
  SignUpPayload: Omit<SignUpPayload, 'userErrors'> & { userErrors: Array<ResolversParentTypes['UserError']> };
  Tenant: TenantReference;
  TenantExport: Omit<TenantExport, 'tenant'> & { tenant: ResolversParentTypes['Tenant'] };
  TimeRange: TimeRange;
  TimeRangeInput: TimeRangeInput;
  TimeZone: Scalars['TimeZone']['output'];
  URL: Scalars['URL']['output'];
  UpdateApiKeyInput: UpdateApiKeyInput;
  UpdateUserInput: UpdateUserInput;
  User: UserRow;
  UserConnection: UserPage;
  UserEdge: Omit<UserEdge, 'node'> & { node: ResolversParentTypes['User'] };
  UserError: ResolversInterfaceTypes<ResolversParentTypes>['UserError'];
  UserFilter: UserFilter;
  UserOrder: UserOrder;
  UserPayload: Omit<UserPayload, 'user' | 'userErrors'> & { user?: Maybe<ResolversParentTypes['User']>, userErrors: Array<ResolversParentTypes['UserError']> };
  UserPermissions: UserPermissions;
  UserPermissionsInput: UserPermissionsInput;
};

export type ActiveSessionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ActiveSession'] = ResolversParentTypes['ActiveSession']> = {
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  device?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  isCurrent?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  lastUsedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type ApiKeyResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ApiKey'] = ResolversParentTypes['ApiKey']> = {
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  createdBy?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
  expiresAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  isActive?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  lastUsedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  prefix?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  scopes?: Resolver<Array<ResolversTypes['ApiScope']>, ParentType, ContextType>;
};

export type ApiKeyPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ApiKeyPayload'] = ResolversParentTypes['ApiKeyPayload']> = {
  apiKey?: Resolver<Maybe<ResolversTypes['ApiKey']>, ParentType, ContextType>;
  secret?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export type DeletePayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['DeletePayload'] = ResolversParentTypes['DeletePayload']> = {
  deletedId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type DonePayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['DonePayload'] = ResolversParentTypes['DonePayload']> = {
  done?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export interface EmailAddressScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['EmailAddress'], any> {
  name: 'EmailAddress';
}

export type ExportTenantPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ExportTenantPayload'] = ResolversParentTypes['ExportTenantPayload']> = {
  tenantExport?: Resolver<Maybe<ResolversTypes['TenantExport']>, ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export interface HexColorCodeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['HexColorCode'], any> {
  name: 'HexColorCode';
}

export type InputErrorResolvers<ContextType = Context, ParentType extends ResolversParentTypes['InputError'] = ResolversParentTypes['InputError']> = {
  code?: Resolver<ResolversTypes['UserErrorCode'], ParentType, ContextType>;
  field?: Resolver<Maybe<Array<ResolversTypes['String']>>, ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export interface JsonObjectScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['JSONObject'], any> {
  name: 'JSONObject';
}

export interface LocalDateScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['LocalDate'], any> {
  name: 'LocalDate';
}

export interface LocalTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['LocalTime'], any> {
  name: 'LocalTime';
}

export type MutationResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  acceptInvitation?: Resolver<ResolversTypes['SessionPayload'], ParentType, ContextType, RequireFields<MutationAcceptInvitationArgs, 'input'>>;
  changePassword?: Resolver<ResolversTypes['UserPayload'], ParentType, ContextType, RequireFields<MutationChangePasswordArgs, 'input'>>;
  createApiKey?: Resolver<ResolversTypes['ApiKeyPayload'], ParentType, ContextType, RequireFields<MutationCreateApiKeyArgs, 'input'>>;
  createUser?: Resolver<ResolversTypes['UserPayload'], ParentType, ContextType, RequireFields<MutationCreateUserArgs, 'input'>>;
  deleteApiKey?: Resolver<ResolversTypes['DeletePayload'], ParentType, ContextType, RequireFields<MutationDeleteApiKeyArgs, 'id'>>;
  deleteUser?: Resolver<ResolversTypes['DeletePayload'], ParentType, ContextType, RequireFields<MutationDeleteUserArgs, 'id'>>;
  endSession?: Resolver<ResolversTypes['DeletePayload'], ParentType, ContextType, RequireFields<MutationEndSessionArgs, 'id'>>;
  erasePersonalData?: Resolver<ResolversTypes['DeletePayload'], ParentType, ContextType, RequireFields<MutationErasePersonalDataArgs, 'userId'>>;
  exportPersonalData?: Resolver<ResolversTypes['PersonalDataPayload'], ParentType, ContextType, RequireFields<MutationExportPersonalDataArgs, 'userId'>>;
  exportTenant?: Resolver<ResolversTypes['ExportTenantPayload'], ParentType, ContextType, Partial<MutationExportTenantArgs>>;
  inviteUser?: Resolver<ResolversTypes['UserPayload'], ParentType, ContextType, RequireFields<MutationInviteUserArgs, 'id'>>;
  refreshSession?: Resolver<ResolversTypes['SessionPayload'], ParentType, ContextType, RequireFields<MutationRefreshSessionArgs, 'refreshToken'>>;
  requestEmailVerification?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType, RequireFields<MutationRequestEmailVerificationArgs, 'domain' | 'email'>>;
  requestPasswordReset?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType, RequireFields<MutationRequestPasswordResetArgs, 'email'>>;
  resetPassword?: Resolver<ResolversTypes['DonePayload'], ParentType, ContextType, RequireFields<MutationResetPasswordArgs, 'input'>>;
  signIn?: Resolver<ResolversTypes['SessionPayload'], ParentType, ContextType, RequireFields<MutationSignInArgs, 'input'>>;
  signOut?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType, RequireFields<MutationSignOutArgs, 'refreshToken'>>;
  signUp?: Resolver<ResolversTypes['SignUpPayload'], ParentType, ContextType, RequireFields<MutationSignUpArgs, 'input'>>;
  updateApiKey?: Resolver<ResolversTypes['ApiKeyPayload'], ParentType, ContextType, RequireFields<MutationUpdateApiKeyArgs, 'input'>>;
  updateUser?: Resolver<ResolversTypes['UserPayload'], ParentType, ContextType, RequireFields<MutationUpdateUserArgs, 'input'>>;
  verifyEmail?: Resolver<ResolversTypes['DonePayload'], ParentType, ContextType, RequireFields<MutationVerifyEmailArgs, 'token'>>;
};

export type PageInfoResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type PersonalDataPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PersonalDataPayload'] = ResolversParentTypes['PersonalDataPayload']> = {
  personalData?: Resolver<Maybe<ResolversTypes['JSONObject']>, ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type QueryResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  internalApiKeyCaller?: Resolver<Maybe<ResolversTypes['JSONObject']>, ParentType, ContextType, RequireFields<QueryInternalApiKeyCallerArgs, 'keyHash'>>;
  internalCaller?: Resolver<Maybe<ResolversTypes['JSONObject']>, ParentType, ContextType, RequireFields<QueryInternalCallerArgs, 'sessionId'>>;
  internalOpenExport?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType, RequireFields<QueryInternalOpenExportArgs, 'token'>>;
  me?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
  user?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType, RequireFields<QueryUserArgs, 'id'>>;
  users?: Resolver<ResolversTypes['UserConnection'], ParentType, ContextType, RequireFields<QueryUsersArgs, 'first'>>;
};

export type SessionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Session'] = ResolversParentTypes['Session']> = {
  accessToken?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  expiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  refreshToken?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  user?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
};

export type SessionPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SessionPayload'] = ResolversParentTypes['SessionPayload']> = {
  session?: Resolver<Maybe<ResolversTypes['Session']>, ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type SignUpPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SignUpPayload'] = ResolversParentTypes['SignUpPayload']> = {
  emailSent?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type TenantResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Tenant'] = ResolversParentTypes['Tenant'], FederationReferenceType extends FederationReferenceTypes['Tenant'] = FederationReferenceTypes['Tenant']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Tenant']> | FederationReferenceType, FederationReferenceType, ContextType>;
  apiKeys?: Resolver<Array<ResolversTypes['ApiKey']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  users?: Resolver<ResolversTypes['UserConnection'], ParentType, ContextType, RequireFields<TenantUsersArgs, 'first'>>;
};

export type TenantExportResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TenantExport'] = ResolversParentTypes['TenantExport']> = {
  emails?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  linkHours?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  requestedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  tenant?: Resolver<ResolversTypes['Tenant'], ParentType, ContextType>;
};

export type TimeRangeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TimeRange'] = ResolversParentTypes['TimeRange']> = {
  end?: Resolver<ResolversTypes['LocalTime'], ParentType, ContextType>;
  start?: Resolver<ResolversTypes['LocalTime'], ParentType, ContextType>;
};

export interface TimeZoneScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['TimeZone'], any> {
  name: 'TimeZone';
}

export interface UrlScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['URL'], any> {
  name: 'URL';
}

export type UserResolvers<ContextType = Context, ParentType extends ResolversParentTypes['User'] = ResolversParentTypes['User'], FederationReferenceType extends FederationReferenceTypes['User'] = FederationReferenceTypes['User']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['User']> | FederationReferenceType, FederationReferenceType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  email?: Resolver<Maybe<ResolversTypes['EmailAddress']>, ParentType, ContextType>;
  emailVerifiedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  isActive?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  isInvited?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  metadata?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  permissions?: Resolver<ResolversTypes['UserPermissions'], ParentType, ContextType>;
  phone?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  sessions?: Resolver<Maybe<Array<ResolversTypes['ActiveSession']>>, ParentType, ContextType>;
  tenant?: Resolver<ResolversTypes['Tenant'], ParentType, ContextType>;
  updatedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  userType?: Resolver<ResolversTypes['UserType'], ParentType, ContextType>;
};

export type UserConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['UserConnection'] = ResolversParentTypes['UserConnection']> = {
  edges?: Resolver<Array<ResolversTypes['UserEdge']>, ParentType, ContextType>;
  nodes?: Resolver<Array<ResolversTypes['User']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type UserEdgeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['UserEdge'] = ResolversParentTypes['UserEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
};

export type UserErrorResolvers<ContextType = Context, ParentType extends ResolversParentTypes['UserError'] = ResolversParentTypes['UserError']> = {
  __resolveType: TypeResolveFn<'InputError', ParentType, ContextType>;
};

export type UserPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['UserPayload'] = ResolversParentTypes['UserPayload']> = {
  user?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type UserPermissionsResolvers<ContextType = Context, ParentType extends ResolversParentTypes['UserPermissions'] = ResolversParentTypes['UserPermissions']> = {
  canBook?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  canManageBookings?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  canManageResources?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  canManageUsers?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
};

export type Resolvers<ContextType = Context> = {
  ActiveSession?: ActiveSessionResolvers<ContextType>;
  ApiKey?: ApiKeyResolvers<ContextType>;
  ApiKeyPayload?: ApiKeyPayloadResolvers<ContextType>;
  DateTime?: GraphQLScalarType;
  DeletePayload?: DeletePayloadResolvers<ContextType>;
  DonePayload?: DonePayloadResolvers<ContextType>;
  EmailAddress?: GraphQLScalarType;
  ExportTenantPayload?: ExportTenantPayloadResolvers<ContextType>;
  HexColorCode?: GraphQLScalarType;
  InputError?: InputErrorResolvers<ContextType>;
  JSONObject?: GraphQLScalarType;
  LocalDate?: GraphQLScalarType;
  LocalTime?: GraphQLScalarType;
  Mutation?: MutationResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  PersonalDataPayload?: PersonalDataPayloadResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  Session?: SessionResolvers<ContextType>;
  SessionPayload?: SessionPayloadResolvers<ContextType>;
  SignUpPayload?: SignUpPayloadResolvers<ContextType>;
  Tenant?: TenantResolvers<ContextType>;
  TenantExport?: TenantExportResolvers<ContextType>;
  TimeRange?: TimeRangeResolvers<ContextType>;
  TimeZone?: GraphQLScalarType;
  URL?: GraphQLScalarType;
  User?: UserResolvers<ContextType>;
  UserConnection?: UserConnectionResolvers<ContextType>;
  UserEdge?: UserEdgeResolvers<ContextType>;
  UserError?: UserErrorResolvers<ContextType>;
  UserPayload?: UserPayloadResolvers<ContextType>;
  UserPermissions?: UserPermissionsResolvers<ContextType>;
};

