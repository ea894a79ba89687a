import type { DateTimeInput } from '@libs/time/instants';
import type { DateTimeOutput } from '@libs/time/instants';
import type { Temporal } from 'temporal-polyfill';
import type { LocalTime } from '@libs/time/localTimes';
import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { TenantRow, WebhookRow, WebhookDeliveryRow, AuditEntryRow } from '@drizzle/tenant/tables';
import type { TenantSettings } from '@libs/directory/tenants';
import type { TenantPage } from './tenants/reads.ts';
import type { DeliveryPage } from './webhooks/reads.ts';
import type { AuditPage } from './audit/reads.ts';
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

/** Who made a change. */
export type AuditActor = {
  /** The id of the API key; null for other actors. */
  apiKeyId?: Maybe<Scalars['ID']['output']>;
  /** What kind of caller it was. */
  kind: AuditActorKind;
  /** Null if there is none or it is not a user. */
  user?: Maybe<User>;
};

/** Kinds of actors. */
export type AuditActorKind =
  /** A server, with an API key of the tenant. */
  | 'API_KEY'
  /** Somebody without a session. */
  | 'GUEST'
  /** A platform administrator. */
  | 'PLATFORM'
  /** A deadline, a cascade, an offer. */
  | 'SYSTEM'
  /** A user of the tenant. */
  | 'USER';

/** A page of audit entries. */
export type AuditConnection = {
  /** The entries, each with its cursor. */
  edges: Array<AuditEdge>;
  /** The entries. */
  nodes: Array<AuditEntry>;
  /** Where the page is in the list. */
  pageInfo: PageInfo;
};

/** An entry in a page. */
export type AuditEdge = {
  /** For `after`. */
  cursor: Scalars['String']['output'];
  /** The entry. */
  node: AuditEntry;
};

/**
 * A change and who made it: one entry for each event that a subgraph announces (every mutation that changes something announces one). Entries are
 * kept for 730 days (AUDIT_KEPT_DAYS), even after the outbox has purged the event, and after the deletion of the tenant. Free text (notes, answers,
 * reasons, names), addresses and other personal data are never kept here, only that they changed.
 */
export type AuditEntry = {
  /** 'booking.updated', 'resource.updated', 'user.created' … */
  action: Scalars['String']['output'];
  /** Who made the change. */
  actor: AuditActor;
  /** Each field's value before and after, in the form webhooks use: { start_time: { from: …, to: … } }. {} for a field whose value is not kept. */
  changes: Scalars['JSONObject']['output'];
  /** The event's id. */
  id: Scalars['ID']['output'];
  /** When it happened. */
  occurredAt: Scalars['DateTime']['output'];
  /** What changed: the id of the booking, resource, user, webhook … that the action names. */
  subjectId: Scalars['ID']['output'];
  /** The trace of the request that made the change, or of what caused it. */
  traceId: Scalars['String']['output'];
};

/** Entries of the audit trail that match every given field. */
export type AuditFilter = {
  /** Prefix of the action. */
  action?: InputMaybe<Scalars['String']['input']>;
  /** By this user or API key. */
  actorId?: InputMaybe<Scalars['ID']['input']>;
  /** Not before this instant. */
  from?: InputMaybe<Scalars['DateTime']['input']>;
  /** Entries about this booking, resource, user … . The order is then that of the subject's versions. */
  subjectId?: InputMaybe<Scalars['ID']['input']>;
  /** Before this instant. */
  to?: InputMaybe<Scalars['DateTime']['input']>;
};

export type Booking = {
  /** What was done to the booking, newest first. Staff only. An entry appears a moment after its change. */
  history: AuditConnection;
  id: Scalars['ID']['output'];
};


export type BookingHistoryArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
};

/** The new tenant. */
export type CreateTenantInput = {
  /** Host name of the tenant's frontend, unique and in lower case: 'academia-fit.com'. */
  domain: Scalars['String']['input'];
  /** Address of the frontend, for links in emails; see Tenant. Default: https and the domain. */
  frontendUrl?: InputMaybe<Scalars['URL']['input']>;
  /** The logo, for the tenant's frontend. */
  logoUrl?: InputMaybe<Scalars['URL']['input']>;
  /** 1 to 200 characters. */
  name: Scalars['String']['input'];
  /** The tenant's plan. */
  plan?: InputMaybe<TenantPlan>;
  /** The tenant's rules and labels. */
  settings?: InputMaybe<OrganizationSettingsInput>;
  /** The main color, for the tenant's frontend. */
  themePrimaryColor?: InputMaybe<Scalars['HexColorCode']['input']>;
};

/** The new webhook. */
export type CreateWebhookInput = {
  /** At least one. */
  events: Array<WebhookEvent>;
  /** Whether events are sent. */
  isActive?: InputMaybe<Scalars['Boolean']['input']>;
  /** Signs every request (see docs/webhooks.md). 'whsec_' followed by base64, as in Standard Webhooks, or any text; at most 200 characters. */
  secret?: InputMaybe<Scalars['String']['input']>;
  /** The tenant. By default the caller's; platform administrators, who have none, must name it. */
  tenantId?: InputMaybe<Scalars['ID']['input']>;
  /** Where events are sent. In production it must be https and public. */
  url: Scalars['URL']['input'];
};

/** The tenant's own words, for its frontend to show. */
export type CustomLabels = {
  /** For a booking, such as 'Appointment'. */
  bookingLabel: Scalars['String']['output'];
  /** For several resources, such as 'Courts'. */
  resourcePlural: Scalars['String']['output'];
  /** For one resource, such as 'Court'. */
  resourceSingular: Scalars['String']['output'];
  /** For a user, such as 'Patient'. */
  userLabel: Scalars['String']['output'];
};

/** Absent labels keep their text. */
export type CustomLabelsInput = {
  /** For a booking, such as 'Appointment'. */
  bookingLabel?: InputMaybe<Scalars['String']['input']>;
  /** For several resources, such as 'Courts'. */
  resourcePlural?: InputMaybe<Scalars['String']['input']>;
  /** For one resource, such as 'Court'. */
  resourceSingular?: InputMaybe<Scalars['String']['input']>;
  /** For a user, such as 'Patient'. */
  userLabel?: InputMaybe<Scalars['String']['input']>;
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
  /** Platform administrators only. */
  createTenant: TenantPayload;
  /** Administrators of the tenant only; at most 100 webhooks per tenant, or fewer by its plan (Tenant.limits). */
  createWebhook: WebhookPayload;
  /** Platform administrators only. The tenant's users, resources, categories and bookings are deleted soon afterward, by events. */
  deleteTenant: DeletePayload;
  /** Nothing more is sent to it. Requires an administrator. */
  deleteWebhook: DeletePayload;
  /** Sends a recorded delivery again. A pending delivery is sent at once; of a settled one, a new delivery of the same event is made. */
  redeliverWebhook: WebhookDeliveryPayload;
  /** Absent settings keep their value. Existing bookings stay. Requires an administrator. */
  updateOrganizationSettings: TenantPayload;
  /** Absent fields keep their value. Requires an administrator. Only platform administrators can change plan, isActive and limits. */
  updateTenant: TenantPayload;
  /** Absent fields keep their value. Requires an administrator. */
  updateWebhook: WebhookPayload;
};


export type MutationCreateTenantArgs = {
  input: CreateTenantInput;
};


export type MutationCreateWebhookArgs = {
  input: CreateWebhookInput;
};


export type MutationDeleteTenantArgs = {
  id: Scalars['ID']['input'];
};


export type MutationDeleteWebhookArgs = {
  id: Scalars['ID']['input'];
};


export type MutationRedeliverWebhookArgs = {
  deliveryId: Scalars['ID']['input'];
};


export type MutationUpdateOrganizationSettingsArgs = {
  input: OrganizationSettingsInput;
  tenantId?: InputMaybe<Scalars['ID']['input']>;
};


export type MutationUpdateTenantArgs = {
  input: UpdateTenantInput;
};


export type MutationUpdateWebhookArgs = {
  input: UpdateWebhookInput;
};

/** The direction of a list's order. */
export type OrderDirection =
  /** Earliest, or first in the alphabet, first. */
  | 'ASC'
  /** Latest, or last in the alphabet, first. */
  | 'DESC';

/** The tenant's scheduling rules and labels. Settings that were never set have their defaults. */
export type OrganizationSettings = {
  /** How many days ahead a booking may start, 1 to 730. Default 30. */
  advanceBookingDays: Scalars['Int']['output'];
  /** Hours after which a PENDING booking that nobody has decided on is REJECTED, 1 to 720; at its start at the latest. The deadline is fixed when the booking is made. Default null: never. */
  approvalHours?: Maybe<Scalars['Int']['output']>;
  /** Whether new bookings are CONFIRMED at once, or PENDING until somebody who manages bookings decides. Default false. */
  autoConfirm: Scalars['Boolean']['output'];
  /** The grid of bookings in minutes, 5 to 1440. A booking starts when the tenant's wall clock shows workingHoursStart plus a multiple of the interval: on both passes of an hour that repeats, and never at a time that the clock skips. It lasts a multiple of the interval in elapsed minutes, and ends by workingHoursEnd. An interval above 120 minutes counts by the wall clock instead: a booking runs from one point of the grid to a later one, however long that takes when the clock changes, and each interval between them counts in full. So with 1440 a slot is a local day, even if it has 23 or 25 hours, and no day leaves a hole or an overlap. Of an hour that repeats its first pass counts, and a point that the clock skips comes later by the length of the gap. Durations count the same way. Default 30. */
  bookingInterval: Scalars['Int']['output'];
  /** See bufferBeforeMinutes. */
  bufferAfterMinutes: Scalars['Int']['output'];
  /**
   * Minutes before its start and after its end (bufferAfterMinutes) during which a booking also occupies its resource, 0 to 480, not tied to
   * the grid. Default 0.
   *
   * Buffers of neighbors add up: between two bookings lie at least the earlier one's minutes after plus the later one's minutes before,
   * because clearing up and preparing are both work. For a single gap, set only one of the two. Buffers may lie outside working hours and
   * schedules, in closures, across midnight and in the past. A booking keeps the buffers that it was made or last moved with.
   */
  bufferBeforeMinutes: Scalars['Int']['output'];
  /** Free text, such as 'fitness'. Default 'general'. */
  businessType: Scalars['String']['output'];
  /** A booking's user can cancel it until this many hours before its start, 0 to 720. Default 24. */
  cancellationHours: Scalars['Int']['output'];
  /** Whether a CONFIRMED booking becomes COMPLETED at its end. Default false. */
  completeAutomatically: Scalars['Boolean']['output'];
  /** The tenant's own words. */
  customLabels: CustomLabels;
  /** How long a hold lasts, in minutes, 1 to 60. Default 10. */
  holdMinutes: Scalars['Int']['output'];
  /** Default 'pt-BR'. */
  locale: Scalars['String']['output'];
  /** Longest booking in minutes, a multiple of bookingInterval. Default null: as long as the hours allow. */
  maxDurationMinutes?: Maybe<Scalars['Int']['output']>;
  /** Shortest booking in minutes, a multiple of bookingInterval. Default null: one interval. Without durationMinutes, a slot is one interval or minDurationMinutes long, whichever is longer. For a duration that is not allowed there are no slots. */
  minDurationMinutes?: Maybe<Scalars['Int']['output']>;
  /** Elapsed minutes that must lie between now and a booking's start, 0 to 43,200; exactly that many is allowed. Applies to everyone; staff can override it. Default 0. */
  minimumNoticeMinutes: Scalars['Int']['output'];
  /**
   * Whether bookings may cross midnight. Default false: every range ends after it starts (INVALID) and no booking crosses midnight.
   *
   * If true, for the tenant's hours, special hours and its resources' schedules alike: a range whose end is at or before its start ends on the
   * next date (22:00 to 04:00; equal times are 24 hours), and a range that ends at 24:00 continues in a range of the next date that starts at
   * 00:00. A booking must lie in one range, continuations included; it may be as long as maxDurationMinutes allows, at most 31 days. A range
   * belongs to the date on which it starts: that date decides working day, override and season, and the grid counts from that date's
   * workingHoursStart. A slot is listed on the local date of its own start, so a date also lists the slots that start after midnight in the
   * range of the date before. Setting it back to false cancels nothing, and is refused (INVALID) while the tenant's own hours or special
   * hours cross midnight.
   */
  overnight: Scalars['Boolean']['output'];
  /** Hours before its start at which a CONFIRMED booking's people get a reminder by email: at most three values of 1 to 168, each counted once. A booking made after that point gets no such reminder. Default []. */
  reminderHours: Array<Scalars['Int']['output']>;
  /** Whether people may sign up by themselves. Default false. */
  selfSignUp: Scalars['Boolean']['output'];
  /** Whether users get an email when somebody signs in to their account from a device that none of their current sessions has. Default false. */
  signInEmails: Scalars['Boolean']['output'];
  /** Hours of certain dates in place of working days and hours. Default []. */
  specialHours: Array<SpecialHours>;
  /** Default 'America/Sao_Paulo'. */
  timezone: Scalars['TimeZone']['output'];
  /** Days on which bookings are taken. Default: all seven. */
  workingDays: Array<DayOfWeek>;
  /** Default 18:00:00. */
  workingHoursEnd: Scalars['LocalTime']['output'];
  /** Default 08:00:00. */
  workingHoursStart: Scalars['LocalTime']['output'];
};

/** Absent fields keep their values; in a new tenant they have their defaults. */
export type OrganizationSettingsInput = {
  /** How many days ahead a booking may start, 1 to 730. Default 30. */
  advanceBookingDays?: InputMaybe<Scalars['Int']['input']>;
  /** Hours after which a PENDING booking that nobody has decided on is REJECTED, 1 to 720; at its start at the latest. The deadline is fixed when the booking is made. Default null: never. Null returns to the default. */
  approvalHours?: InputMaybe<Scalars['Int']['input']>;
  /** Whether new bookings are CONFIRMED at once, or PENDING until somebody who manages bookings decides. Default false. */
  autoConfirm?: InputMaybe<Scalars['Boolean']['input']>;
  /** The grid of bookings in minutes, 5 to 1440. A booking starts when the tenant's wall clock shows workingHoursStart plus a multiple of the interval: on both passes of an hour that repeats, and never at a time that the clock skips. It lasts a multiple of the interval in elapsed minutes, and ends by workingHoursEnd. An interval above 120 minutes counts by the wall clock instead: a booking runs from one point of the grid to a later one, however long that takes when the clock changes, and each interval between them counts in full. So with 1440 a slot is a local day, even if it has 23 or 25 hours, and no day leaves a hole or an overlap. Of an hour that repeats its first pass counts, and a point that the clock skips comes later by the length of the gap. Durations count the same way. Default 30. */
  bookingInterval?: InputMaybe<Scalars['Int']['input']>;
  /** Minutes after its end during which a booking also occupies its resource, 0 to 480; see OrganizationSettings. Default 0. */
  bufferAfterMinutes?: InputMaybe<Scalars['Int']['input']>;
  /** Minutes before its start during which a booking also occupies its resource, 0 to 480; see OrganizationSettings. Default 0. */
  bufferBeforeMinutes?: InputMaybe<Scalars['Int']['input']>;
  /** Free text, such as 'fitness'. Default 'general'. */
  businessType?: InputMaybe<Scalars['String']['input']>;
  /** A booking's user can cancel it until this many hours before its start, 0 to 720. Default 24. */
  cancellationHours?: InputMaybe<Scalars['Int']['input']>;
  /** Whether a CONFIRMED booking becomes COMPLETED at its end. Default false. */
  completeAutomatically?: InputMaybe<Scalars['Boolean']['input']>;
  /** The tenant's own words. */
  customLabels?: InputMaybe<CustomLabelsInput>;
  /** How long a hold lasts, in minutes, 1 to 60. Default 10. */
  holdMinutes?: InputMaybe<Scalars['Int']['input']>;
  /** Default 'pt-BR'. */
  locale?: InputMaybe<Scalars['String']['input']>;
  /** Longest booking in minutes, a multiple of bookingInterval. Default null: as long as the hours allow. Null returns to the default. */
  maxDurationMinutes?: InputMaybe<Scalars['Int']['input']>;
  /** Shortest booking in minutes, a multiple of bookingInterval. Default null: one interval. Without durationMinutes, a slot is one interval or minDurationMinutes long, whichever is longer. For a duration that is not allowed there are no slots. Null returns to the default. */
  minDurationMinutes?: InputMaybe<Scalars['Int']['input']>;
  /** Elapsed minutes that must lie between now and a booking's start, 0 to 43,200; exactly that many is allowed. Applies to everyone; staff can override it. Default 0. */
  minimumNoticeMinutes?: InputMaybe<Scalars['Int']['input']>;
  /** Whether bookings may cross midnight; see OrganizationSettings. Default false. */
  overnight?: InputMaybe<Scalars['Boolean']['input']>;
  /** Hours before its start at which a CONFIRMED booking's people get a reminder by email: at most three values of 1 to 168, each counted once. A booking made after that point gets no such reminder. Default []. */
  reminderHours?: InputMaybe<Array<Scalars['Int']['input']>>;
  /** Whether people may sign up by themselves. Default false. */
  selfSignUp?: InputMaybe<Scalars['Boolean']['input']>;
  /** Whether users get an email when somebody signs in to their account from a device that none of their current sessions has. Default false. */
  signInEmails?: InputMaybe<Scalars['Boolean']['input']>;
  /** Hours of certain dates in place of working days and hours. Replaces all. Default []. */
  specialHours?: InputMaybe<Array<SpecialHoursInput>>;
  /** Default 'America/Sao_Paulo'. */
  timezone?: InputMaybe<Scalars['TimeZone']['input']>;
  /** Days on which bookings are taken. Default: all seven. */
  workingDays?: InputMaybe<Array<DayOfWeek>>;
  /** Default 18:00:00. */
  workingHoursEnd?: InputMaybe<Scalars['LocalTime']['input']>;
  /** Default 08:00:00. */
  workingHoursStart?: InputMaybe<Scalars['LocalTime']['input']>;
};

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

export type Query = {
  /** Newest first. Administrators only. An entry appears a moment after its change. */
  auditTrail: AuditConnection;
  /** For the user subgraph: { items, next }, what a person did, and the cursor to continue after, or null. */
  internalAuditOfPerson?: Maybe<Scalars['JSONObject']['output']>;
  /** Null if there is none, or the caller may not see it. */
  tenant?: Maybe<Tenant>;
  /** Public: a white-label frontend finds its brand, labels and rules by its host name. Null if no active tenant has the domain. */
  tenantByDomain?: Maybe<Tenant>;
  /** Platform administrators only. */
  tenants: TenantConnection;
};


export type QueryAuditTrailArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<AuditFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  tenantId?: InputMaybe<Scalars['ID']['input']>;
};


export type QueryInternalAuditOfPersonArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  tenantId: Scalars['ID']['input'];
  userId: Scalars['ID']['input'];
};


export type QueryTenantArgs = {
  id: Scalars['ID']['input'];
};


export type QueryTenantByDomainArgs = {
  domain: Scalars['String']['input'];
};


export type QueryTenantsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<TenantFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
};

/**
 * Replaces working days and hours on each date from `from` to `to` (inclusive, at most 92 days). Without ranges, nothing is open on those
 * dates. It can open a day that is not a working day. A booking must lie within one of the ranges; the grid still counts from
 * workingHoursStart. At most 366 entries (TOO_MANY). Ranges of one entry must not overlap, nor must entries (INVALID).
 */
export type SpecialHours = {
  /** The first date. */
  from: Scalars['LocalDate']['output'];
  /** What the occasion is called, such as 'Carnaval'. */
  name?: Maybe<Scalars['String']['output']>;
  /** When the tenant is open on each of the dates; []: never. */
  ranges: Array<TimeRange>;
  /** The last date. */
  to: Scalars['LocalDate']['output'];
};

/**
 * Replaces working days and hours on each date from `from` to `to` (inclusive, at most 92 days). Without ranges, nothing is open on those
 * dates. It can open a day that is not a working day. A booking must lie within one of the ranges; the grid still counts from
 * workingHoursStart. At most 366 entries (TOO_MANY). Ranges of one entry must not overlap, nor must entries (INVALID).
 */
export type SpecialHoursInput = {
  /** The first date. */
  from: Scalars['LocalDate']['input'];
  /** What the occasion is called, such as 'Carnaval'; 1 to 200 characters. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** When the tenant is open on each of the dates, in whole minutes, at most 48 ranges; []: never. */
  ranges: Array<TimeRangeInput>;
  /** The last date; not before the first. */
  to: Scalars['LocalDate']['input'];
};

/** An organization that uses the platform under its own brand. */
export type Tenant = {
  /** When it was made. */
  createdAt: Scalars['DateTime']['output'];
  /** Host name of the tenant's frontend, unique and in lower case: 'academia-fit.com'. */
  domain: Scalars['String']['output'];
  /**
   * Address of the frontend, for links in emails: '<frontendUrl>?action=RESET_PASSWORD&token=…'. A query string in the address is kept. Actions that
   * emails have today: RESET_PASSWORD, VERIFY_EMAIL, ACCEPT_INVITATION, EXPORT_TENANT. CONFIRM_BOOKING, BOOKING and OFFER are reserved for
   * emails to come. Links are never built from a request's headers. Default: https and the domain.
   */
  frontendUrl: Scalars['URL']['output'];
  /** A UUID. */
  id: Scalars['ID']['output'];
  /** Whether the tenant takes bookings and its users can sign in. */
  isActive: Scalars['Boolean']['output'];
  /** How much the tenant may have: by its plan, unless the platform has set other limits. */
  limits: TenantLimits;
  /** The logo, for the tenant's frontend. */
  logoUrl?: Maybe<Scalars['URL']['output']>;
  /** 1 to 200 characters. */
  name: Scalars['String']['output'];
  /** The tenant's plan. */
  plan: TenantPlan;
  /** The tenant's rules and labels. */
  settings: OrganizationSettings;
  /** The main color, for the tenant's frontend. */
  themePrimaryColor?: Maybe<Scalars['HexColorCode']['output']>;
  /** When it last changed. */
  updatedAt: Scalars['DateTime']['output'];
  /** Administrators of the tenant only. */
  webhooks: Array<Webhook>;
};

/** A page of tenants. */
export type TenantConnection = {
  /** The items with their cursors. */
  edges: Array<TenantEdge>;
  /** The items. */
  nodes: Array<Tenant>;
  /** Where the page is in the list. */
  pageInfo: PageInfo;
  /** How many items the whole list has. */
  totalCount: Scalars['Int']['output'];
};

/** A tenant of a page, with its cursor. */
export type TenantEdge = {
  /** The item's place in the list, for `after`. */
  cursor: Scalars['String']['output'];
  /** The item. */
  node: Tenant;
};

/** Tenants that match every given field; absent and null fields match all. */
export type TenantFilter = {
  /** Only active, or only inactive tenants. */
  isActive?: InputMaybe<Scalars['Boolean']['input']>;
  /** Tenants with this plan. */
  plan?: InputMaybe<TenantPlan>;
  /** Part of the name or domain, without regard to case. */
  search?: InputMaybe<Scalars['String']['input']>;
};

/**
 * How much of each kind a tenant may have; what would exceed it is refused with TOO_MANY. After a change to a smaller plan, a tenant
 * keeps what exceeds the limit but cannot add more.
 */
export type TenantLimits = {
  /** API keys, inactive ones included. BASIC: 2, PROFESSIONAL: 20, ENTERPRISE: 50. */
  apiKeys: Scalars['Int']['output'];
  /** Resource categories, inactive ones included. BASIC: 20, PROFESSIONAL: 100, ENTERPRISE: 1,000. */
  categories: Scalars['Int']['output'];
  /** Resources, inactive ones included. BASIC: 50, PROFESSIONAL: 500, ENTERPRISE: 10,000. */
  resources: Scalars['Int']['output'];
  /** Users, inactive ones and administrators included. BASIC: 2,000, PROFESSIONAL: 50,000, ENTERPRISE: 1,000,000. */
  users: Scalars['Int']['output'];
  /** Webhooks, inactive ones included. BASIC: 10, PROFESSIONAL: 50, ENTERPRISE: 100. */
  webhooks: Scalars['Int']['output'];
};

/** Absent limits keep their value, null returns to that of the plan. */
export type TenantLimitsInput = {
  /** API keys, 0 to 50. */
  apiKeys?: InputMaybe<Scalars['Int']['input']>;
  /** Resource categories, 0 to 100,000. */
  categories?: InputMaybe<Scalars['Int']['input']>;
  /** Resources, 0 to 1,000,000. */
  resources?: InputMaybe<Scalars['Int']['input']>;
  /** Users, 0 to 10,000,000. */
  users?: InputMaybe<Scalars['Int']['input']>;
  /** Webhooks, 0 to 100. */
  webhooks?: InputMaybe<Scalars['Int']['input']>;
};

/** The result, or the reasons for the refusal. */
export type TenantPayload = {
  /** The tenant as it is now; null if the change was refused. */
  tenant?: Maybe<Tenant>;
  /** Why nothing was changed; [] if it was done. */
  userErrors: Array<UserError>;
};

/** What a tenant pays for. */
export type TenantPlan =
  /** The default. */
  | 'BASIC'
  /** For large tenants. */
  | 'ENTERPRISE'
  /** For growing tenants. */
  | 'PROFESSIONAL';

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
export type UpdateTenantInput = {
  /** Host name of the tenant's frontend, unique and in lower case: 'academia-fit.com'. */
  domain?: InputMaybe<Scalars['String']['input']>;
  /** Address of the frontend, for links in emails; see Tenant. Null returns to the default: https and the domain. */
  frontendUrl?: InputMaybe<Scalars['URL']['input']>;
  /** The id of the record. */
  id: Scalars['ID']['input'];
  /** Whether the tenant takes bookings and its users can sign in. */
  isActive?: InputMaybe<Scalars['Boolean']['input']>;
  /** Limits in place of the plan's; null returns all to the plan's. Platform administrators only. */
  limits?: InputMaybe<TenantLimitsInput>;
  /** The logo, for the tenant's frontend. Null removes it. */
  logoUrl?: InputMaybe<Scalars['URL']['input']>;
  /** 1 to 200 characters. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** The tenant's plan. */
  plan?: InputMaybe<TenantPlan>;
  /** The main color, for the tenant's frontend. Null removes it. */
  themePrimaryColor?: InputMaybe<Scalars['HexColorCode']['input']>;
};

/** Absent fields keep their values. */
export type UpdateWebhookInput = {
  /** The events to send from now on. */
  events?: InputMaybe<Array<WebhookEvent>>;
  /** The id of the record. */
  id: Scalars['ID']['input'];
  /** True also resumes a webhook that was disabled after failures. */
  isActive?: InputMaybe<Scalars['Boolean']['input']>;
  /** A new secret. The previous one signs as well for 24 hours. Null: requests are no longer signed. */
  secret?: InputMaybe<Scalars['String']['input']>;
  /** Where events are sent from now on. */
  url?: InputMaybe<Scalars['URL']['input']>;
};

export type User = {
  id: Scalars['ID']['output'];
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

/** An endpoint of the tenant that receives its booking events by HTTP POST. */
export type Webhook = {
  /** When it was made. */
  createdAt: Scalars['DateTime']['output'];
  /** Newest first. */
  deliveries: WebhookDeliveryConnection;
  /** The events that are sent. */
  events: Array<WebhookEvent>;
  /** Whether requests are signed. The secret itself is never shown after it was set. */
  hasSecret: Scalars['Boolean']['output'];
  /** A UUID. */
  id: Scalars['ID']['output'];
  /** While false, nothing is sent and no events are recorded. Pending deliveries continue once it is true again. */
  isActive: Scalars['Boolean']['output'];
  /** An https address on the public internet; http only for localhost, and not in production. */
  url: Scalars['URL']['output'];
};


/** An endpoint of the tenant that receives its booking events by HTTP POST. */
export type WebhookDeliveriesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  status?: InputMaybe<WebhookDeliveryStatus>;
};

/** One event on its way to one webhook. */
export type WebhookDelivery = {
  /** Number of attempts. */
  attempts: Scalars['Int']['output'];
  /** When it was made. */
  createdAt: Scalars['DateTime']['output'];
  /** Why the last attempt failed. */
  error?: Maybe<Scalars['String']['output']>;
  /** The event that is sent. */
  event: WebhookEvent;
  /** The same for every attempt and redelivery of one event, so that receivers can drop repeats. Sent as the header webhook-id. */
  eventId: Scalars['ID']['output'];
  /** A UUID. */
  id: Scalars['ID']['output'];
  /** When it was last tried. */
  lastAttemptAt?: Maybe<Scalars['DateTime']['output']>;
  /** When it is tried next; null once it has succeeded or failed. */
  nextAttemptAt?: Maybe<Scalars['DateTime']['output']>;
  /** The HTTP status of the last attempt; null if there was no response. */
  responseStatus?: Maybe<Scalars['Int']['output']>;
  /** Its current status. */
  status: WebhookDeliveryStatus;
};

/** A page of deliveries. */
export type WebhookDeliveryConnection = {
  /** The items with their cursors. */
  edges: Array<WebhookDeliveryEdge>;
  /** The items. */
  nodes: Array<WebhookDelivery>;
  /** Where the page is in the list. */
  pageInfo: PageInfo;
};

/** A delivery of a page, with its cursor. */
export type WebhookDeliveryEdge = {
  /** The item's place in the list, for `after`. */
  cursor: Scalars['String']['output'];
  /** The item. */
  node: WebhookDelivery;
};

/** The result, or the reasons for the refusal. */
export type WebhookDeliveryPayload = {
  /** The delivery; null if it was refused. */
  delivery?: Maybe<WebhookDelivery>;
  /** Why nothing was changed; [] if it was done. */
  userErrors: Array<UserError>;
};

/** Where a delivery stands. */
export type WebhookDeliveryStatus =
  /** All attempts failed. */
  | 'FAILED'
  /** Waiting for its next attempt, or being sent. */
  | 'PENDING'
  /** The endpoint answered with a status from 200 to 299. */
  | 'SUCCEEDED';

/** Events of bookings that a webhook can receive. */
export type WebhookEvent =
  /** booking.cancelled */
  | 'BOOKING_CANCELLED'
  /** booking.created */
  | 'BOOKING_CREATED'
  /** booking.reminder: lets a tenant send its own SMS or chat messages. */
  | 'BOOKING_REMINDER'
  /** booking.status_changed */
  | 'BOOKING_STATUS_CHANGED'
  /** booking.updated */
  | 'BOOKING_UPDATED';

/** The result, or the reasons for the refusal. */
export type WebhookPayload = {
  /** Why nothing was changed; [] if it was done. */
  userErrors: Array<UserError>;
  /** The webhook as it is now; null if the change was refused. */
  webhook?: Maybe<Webhook>;
};



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
  Booking: Booking;
  Tenant: Tenant;
};

/** Mapping of federation reference types */
export type FederationReferenceTypes = {
  Booking:
    ( { __typename: 'Booking' }
    & GraphQLRecursivePick<FederationTypes['Booking'], {"id":true}> );
  Tenant:
    ( { __typename: 'Tenant' }
    & GraphQLRecursivePick<FederationTypes['Tenant'], {"id":true}> );
};


/** Mapping of interface types */
export type ResolversInterfaceTypes<_RefType extends Record<string, unknown>> = {
  UserError: ( InputError );
};

/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  AuditActor: ResolverTypeWrapper<AuditEntryRow>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  AuditActorKind: AuditActorKind;
  AuditConnection: ResolverTypeWrapper<AuditPage>;
  AuditEdge: ResolverTypeWrapper<Omit<AuditEdge, 'node'> & { node: ResolversTypes['AuditEntry'] }>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  AuditEntry: ResolverTypeWrapper<AuditEntryRow>;
  AuditFilter: AuditFilter;
  Booking: ResolverTypeWrapper<{ id: string }>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  CreateTenantInput: CreateTenantInput;
  CreateWebhookInput: CreateWebhookInput;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  CustomLabels: ResolverTypeWrapper<CustomLabels>;
  CustomLabelsInput: CustomLabelsInput;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  DayOfWeek: DayOfWeek;
  DeletePayload: ResolverTypeWrapper<Omit<DeletePayload, 'userErrors'> & { userErrors: Array<ResolversTypes['UserError']> }>;
  EmailAddress: ResolverTypeWrapper<Scalars['EmailAddress']['output']>;
  HexColorCode: ResolverTypeWrapper<Scalars['HexColorCode']['output']>;
  InputError: ResolverTypeWrapper<InputError>;
  JSONObject: ResolverTypeWrapper<Scalars['JSONObject']['output']>;
  LocalDate: ResolverTypeWrapper<Scalars['LocalDate']['output']>;
  LocalTime: ResolverTypeWrapper<Scalars['LocalTime']['output']>;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  OrderDirection: OrderDirection;
  OrganizationSettings: ResolverTypeWrapper<TenantSettings>;
  OrganizationSettingsInput: OrganizationSettingsInput;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  SpecialHours: ResolverTypeWrapper<SpecialHours>;
  SpecialHoursInput: SpecialHoursInput;
  Tenant: ResolverTypeWrapper<TenantRow>;
  TenantConnection: ResolverTypeWrapper<TenantPage>;
  TenantEdge: ResolverTypeWrapper<Omit<TenantEdge, 'node'> & { node: ResolversTypes['Tenant'] }>;
  TenantFilter: TenantFilter;
  TenantLimits: ResolverTypeWrapper<TenantLimits>;
  TenantLimitsInput: TenantLimitsInput;
  TenantPayload: ResolverTypeWrapper<Omit<TenantPayload, 'tenant' | 'userErrors'> & { tenant?: Maybe<ResolversTypes['Tenant']>, userErrors: Array<ResolversTypes['UserError']> }>;
  TenantPlan: TenantPlan;
  TimeRange: ResolverTypeWrapper<TimeRange>;
  TimeRangeInput: TimeRangeInput;
  TimeZone: ResolverTypeWrapper<Scalars['TimeZone']['output']>;
  URL: ResolverTypeWrapper<Scalars['URL']['output']>;
  UpdateTenantInput: UpdateTenantInput;
  UpdateWebhookInput: UpdateWebhookInput;
  User: ResolverTypeWrapper<{ id: string }>;
  UserError: ResolverTypeWrapper<ResolversInterfaceTypes<ResolversTypes>['UserError']>;
  UserErrorCode: UserErrorCode;
  Webhook: ResolverTypeWrapper<WebhookRow>;
  WebhookDelivery: ResolverTypeWrapper<WebhookDeliveryRow>;
  WebhookDeliveryConnection: ResolverTypeWrapper<DeliveryPage>;
  WebhookDeliveryEdge: ResolverTypeWrapper<Omit<WebhookDeliveryEdge, 'node'> & { node: ResolversTypes['WebhookDelivery'] }>;
  WebhookDeliveryPayload: ResolverTypeWrapper<Omit<WebhookDeliveryPayload, 'delivery' | 'userErrors'> & { delivery?: Maybe<ResolversTypes['WebhookDelivery']>, userErrors: Array<ResolversTypes['UserError']> }>;
  WebhookDeliveryStatus: WebhookDeliveryStatus;
  WebhookEvent: WebhookEvent;
  WebhookPayload: ResolverTypeWrapper<Omit<WebhookPayload, 'userErrors' | 'webhook'> & { userErrors: Array<ResolversTypes['UserError']>, webhook?: Maybe<ResolversTypes['Webhook']> }>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  AuditActor: AuditEntryRow;
  ID: Scalars['ID']['output'];
  AuditConnection: AuditPage;
  AuditEdge: Omit<AuditEdge, 'node'> & { node: ResolversParentTypes['AuditEntry'] };
  String: Scalars['String']['output'];
  AuditEntry: AuditEntryRow;
  AuditFilter: AuditFilter;
  Booking: { id: string };
  Int: Scalars['Int']['output'];
  CreateTenantInput: CreateTenantInput;
  CreateWebhookInput: CreateWebhookInput;
  Boolean: Scalars['Boolean']['output'];
  CustomLabels: CustomLabels;
  CustomLabelsInput: CustomLabelsInput;
  DateTime: Scalars['DateTime']['output'];
  DeletePayload: Omit<DeletePayload, 'userErrors'> & { userErrors: Array<ResolversParentTypes['UserError']> };
  EmailAddress: Scalars['EmailAddress']['output'];
  HexColorCode: Scalars['HexColorCode']['output'];
  InputError: InputError;
  JSONObject: Scalars['JSONObject']['output'];
  LocalDate: Scalars['LocalDate']['output'];
  LocalTime: Scalars['LocalTime']['output'];
  Mutation: Record<PropertyKey, never>;
  OrganizationSettings: TenantSettings;
  OrganizationSettingsInput: OrganizationSettingsInput;
  PageInfo: PageInfo;
  Query: Record<PropertyKey, never>;
  SpecialHours: SpecialHours;
  SpecialHoursInput: SpecialHoursInput;
  Tenant: TenantRow;
  TenantConnection: TenantPage;
  TenantEdge: Omit<TenantEdge, 'node'> & { node: ResolversParentTypes['Tenant'] };
  TenantFilter: TenantFilter;
  TenantLimits: TenantLimits;
  TenantLimitsInput: TenantLimitsInput;
  TenantPayload: Omit<TenantPayload, 'tenant' | 'userErrors'> & { tenant?: Maybe<ResolversParentTypes['Tenant']>, userErrors: Array<ResolversParentTypes['UserError']> };
  TimeRange: TimeRange;
  TimeRangeInput: TimeRangeInput;
  TimeZone: Scalars['TimeZone']['output'];
  URL: Scalars['URL']['output'];
  UpdateTenantInput: UpdateTenantInput;
  UpdateWebhookInput: UpdateWebhookInput;
  User: { id: string };
  UserError: ResolversInterfaceTypes<ResolversParentTypes>['UserError'];
  Webhook: WebhookRow;
  WebhookDelivery: WebhookDeliveryRow;
  WebhookDeliveryConnection: DeliveryPage;
  WebhookDeliveryEdge: Omit<WebhookDeliveryEdge, 'node'> & { node: ResolversParentTypes['WebhookDelivery'] };
  WebhookDeliveryPayload: Omit<WebhookDeliveryPayload, 'delivery' | 'userErrors'> & { delivery?: Maybe<ResolversParentTypes['WebhookDelivery']>, userErrors: Array<ResolversParentTypes['UserError']> };
  WebhookPayload: Omit<WebhookPayload, 'userErrors' | 'webhook'> & { userErrors: Array<ResolversParentTypes['UserError']>, webhook?: Maybe<ResolversParentTypes['Webhook']> };
};

export type AuditActorResolvers<ContextType = Context, ParentType extends ResolversParentTypes['AuditActor'] = ResolversParentTypes['AuditActor']> = {
  apiKeyId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['AuditActorKind'], ParentType, ContextType>;
  user?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
};

export type AuditConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['AuditConnection'] = ResolversParentTypes['AuditConnection']> = {
  edges?: Resolver<Array<ResolversTypes['AuditEdge']>, ParentType, ContextType>;
  nodes?: Resolver<Array<ResolversTypes['AuditEntry']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type AuditEdgeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['AuditEdge'] = ResolversParentTypes['AuditEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['AuditEntry'], ParentType, ContextType>;
};

export type AuditEntryResolvers<ContextType = Context, ParentType extends ResolversParentTypes['AuditEntry'] = ResolversParentTypes['AuditEntry']> = {
  action?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  actor?: Resolver<ResolversTypes['AuditActor'], ParentType, ContextType>;
  changes?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  occurredAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  subjectId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  traceId?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type BookingResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Booking'] = ResolversParentTypes['Booking'], FederationReferenceType extends FederationReferenceTypes['Booking'] = FederationReferenceTypes['Booking']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Booking']> | FederationReferenceType, FederationReferenceType, ContextType>;
  history?: Resolver<ResolversTypes['AuditConnection'], ParentType, ContextType, RequireFields<BookingHistoryArgs, 'first'>>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type CustomLabelsResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CustomLabels'] = ResolversParentTypes['CustomLabels']> = {
  bookingLabel?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  resourcePlural?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  resourceSingular?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  userLabel?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export type DeletePayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['DeletePayload'] = ResolversParentTypes['DeletePayload']> = {
  deletedId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export interface EmailAddressScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['EmailAddress'], any> {
  name: 'EmailAddress';
}

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
  createTenant?: Resolver<ResolversTypes['TenantPayload'], ParentType, ContextType, RequireFields<MutationCreateTenantArgs, 'input'>>;
  createWebhook?: Resolver<ResolversTypes['WebhookPayload'], ParentType, ContextType, RequireFields<MutationCreateWebhookArgs, 'input'>>;
  deleteTenant?: Resolver<ResolversTypes['DeletePayload'], ParentType, ContextType, RequireFields<MutationDeleteTenantArgs, 'id'>>;
  deleteWebhook?: Resolver<ResolversTypes['DeletePayload'], ParentType, ContextType, RequireFields<MutationDeleteWebhookArgs, 'id'>>;
  redeliverWebhook?: Resolver<ResolversTypes['WebhookDeliveryPayload'], ParentType, ContextType, RequireFields<MutationRedeliverWebhookArgs, 'deliveryId'>>;
  updateOrganizationSettings?: Resolver<ResolversTypes['TenantPayload'], ParentType, ContextType, RequireFields<MutationUpdateOrganizationSettingsArgs, 'input'>>;
  updateTenant?: Resolver<ResolversTypes['TenantPayload'], ParentType, ContextType, RequireFields<MutationUpdateTenantArgs, 'input'>>;
  updateWebhook?: Resolver<ResolversTypes['WebhookPayload'], ParentType, ContextType, RequireFields<MutationUpdateWebhookArgs, 'input'>>;
};

export type OrganizationSettingsResolvers<ContextType = Context, ParentType extends ResolversParentTypes['OrganizationSettings'] = ResolversParentTypes['OrganizationSettings']> = {
  advanceBookingDays?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  approvalHours?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  autoConfirm?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  bookingInterval?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  bufferAfterMinutes?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  bufferBeforeMinutes?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  businessType?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  cancellationHours?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  completeAutomatically?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  customLabels?: Resolver<ResolversTypes['CustomLabels'], ParentType, ContextType>;
  holdMinutes?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  locale?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  maxDurationMinutes?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  minDurationMinutes?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  minimumNoticeMinutes?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  overnight?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  reminderHours?: Resolver<Array<ResolversTypes['Int']>, ParentType, ContextType>;
  selfSignUp?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  signInEmails?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  specialHours?: Resolver<Array<ResolversTypes['SpecialHours']>, ParentType, ContextType>;
  timezone?: Resolver<ResolversTypes['TimeZone'], ParentType, ContextType>;
  workingDays?: Resolver<Array<ResolversTypes['DayOfWeek']>, ParentType, ContextType>;
  workingHoursEnd?: Resolver<ResolversTypes['LocalTime'], ParentType, ContextType>;
  workingHoursStart?: Resolver<ResolversTypes['LocalTime'], ParentType, ContextType>;
};

export type PageInfoResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type QueryResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  auditTrail?: Resolver<ResolversTypes['AuditConnection'], ParentType, ContextType, RequireFields<QueryAuditTrailArgs, 'first'>>;
  internalAuditOfPerson?: Resolver<Maybe<ResolversTypes['JSONObject']>, ParentType, ContextType, RequireFields<QueryInternalAuditOfPersonArgs, 'tenantId' | 'userId'>>;
  tenant?: Resolver<Maybe<ResolversTypes['Tenant']>, ParentType, ContextType, RequireFields<QueryTenantArgs, 'id'>>;
  tenantByDomain?: Resolver<Maybe<ResolversTypes['Tenant']>, ParentType, ContextType, RequireFields<QueryTenantByDomainArgs, 'domain'>>;
  tenants?: Resolver<ResolversTypes['TenantConnection'], ParentType, ContextType, RequireFields<QueryTenantsArgs, 'first'>>;
};

export type SpecialHoursResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SpecialHours'] = ResolversParentTypes['SpecialHours']> = {
  from?: Resolver<ResolversTypes['LocalDate'], ParentType, ContextType>;
  name?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  ranges?: Resolver<Array<ResolversTypes['TimeRange']>, ParentType, ContextType>;
  to?: Resolver<ResolversTypes['LocalDate'], ParentType, ContextType>;
};

export type TenantResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Tenant'] = ResolversParentTypes['Tenant'], FederationReferenceType extends FederationReferenceTypes['Tenant'] = FederationReferenceTypes['Tenant']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Tenant']> | FederationReferenceType, FederationReferenceType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  domain?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  frontendUrl?: Resolver<ResolversTypes['URL'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  isActive?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  limits?: Resolver<ResolversTypes['TenantLimits'], ParentType, ContextType>;
  logoUrl?: Resolver<Maybe<ResolversTypes['URL']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  plan?: Resolver<ResolversTypes['TenantPlan'], ParentType, ContextType>;
  settings?: Resolver<ResolversTypes['OrganizationSettings'], ParentType, ContextType>;
  themePrimaryColor?: Resolver<Maybe<ResolversTypes['HexColorCode']>, ParentType, ContextType>;
  updatedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  webhooks?: Resolver<Array<ResolversTypes['Webhook']>, ParentType, ContextType>;
};

export type TenantConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TenantConnection'] = ResolversParentTypes['TenantConnection']> = {
  edges?: Resolver<Array<ResolversTypes['TenantEdge']>, ParentType, ContextType>;
  nodes?: Resolver<Array<ResolversTypes['Tenant']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type TenantEdgeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TenantEdge'] = ResolversParentTypes['TenantEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Tenant'], ParentType, ContextType>;
};

export type TenantLimitsResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TenantLimits'] = ResolversParentTypes['TenantLimits']> = {
  apiKeys?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  categories?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  resources?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  users?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  webhooks?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type TenantPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['TenantPayload'] = ResolversParentTypes['TenantPayload']> = {
  tenant?: Resolver<Maybe<ResolversTypes['Tenant']>, ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
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

export type UserResolvers<ContextType = Context, ParentType extends ResolversParentTypes['User'] = ResolversParentTypes['User']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type UserErrorResolvers<ContextType = Context, ParentType extends ResolversParentTypes['UserError'] = ResolversParentTypes['UserError']> = {
  __resolveType: TypeResolveFn<'InputError', ParentType, ContextType>;
};

export type WebhookResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Webhook'] = ResolversParentTypes['Webhook']> = {
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  deliveries?: Resolver<ResolversTypes['WebhookDeliveryConnection'], ParentType, ContextType, RequireFields<WebhookDeliveriesArgs, 'first'>>;
  events?: Resolver<Array<ResolversTypes['WebhookEvent']>, ParentType, ContextType>;
  hasSecret?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  isActive?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  url?: Resolver<ResolversTypes['URL'], ParentType, ContextType>;
};

export type WebhookDeliveryResolvers<ContextType = Context, ParentType extends ResolversParentTypes['WebhookDelivery'] = ResolversParentTypes['WebhookDelivery']> = {
  attempts?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  error?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  event?: Resolver<ResolversTypes['WebhookEvent'], ParentType, ContextType>;
  eventId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  lastAttemptAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  nextAttemptAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  responseStatus?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  status?: Resolver<ResolversTypes['WebhookDeliveryStatus'], ParentType, ContextType>;
};

export type WebhookDeliveryConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['WebhookDeliveryConnection'] = ResolversParentTypes['WebhookDeliveryConnection']> = {
  edges?: Resolver<Array<ResolversTypes['WebhookDeliveryEdge']>, ParentType, ContextType>;
  nodes?: Resolver<Array<ResolversTypes['WebhookDelivery']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
};

export type WebhookDeliveryEdgeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['WebhookDeliveryEdge'] = ResolversParentTypes['WebhookDeliveryEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['WebhookDelivery'], ParentType, ContextType>;
};

export type WebhookDeliveryPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['WebhookDeliveryPayload'] = ResolversParentTypes['WebhookDeliveryPayload']> = {
  delivery?: Resolver<Maybe<ResolversTypes['WebhookDelivery']>, ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type WebhookPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['WebhookPayload'] = ResolversParentTypes['WebhookPayload']> = {
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
  webhook?: Resolver<Maybe<ResolversTypes['Webhook']>, ParentType, ContextType>;
};

export type Resolvers<ContextType = Context> = {
  AuditActor?: AuditActorResolvers<ContextType>;
  AuditConnection?: AuditConnectionResolvers<ContextType>;
  AuditEdge?: AuditEdgeResolvers<ContextType>;
  AuditEntry?: AuditEntryResolvers<ContextType>;
  Booking?: BookingResolvers<ContextType>;
  CustomLabels?: CustomLabelsResolvers<ContextType>;
  DateTime?: GraphQLScalarType;
  DeletePayload?: DeletePayloadResolvers<ContextType>;
  EmailAddress?: GraphQLScalarType;
  HexColorCode?: GraphQLScalarType;
  InputError?: InputErrorResolvers<ContextType>;
  JSONObject?: GraphQLScalarType;
  LocalDate?: GraphQLScalarType;
  LocalTime?: GraphQLScalarType;
  Mutation?: MutationResolvers<ContextType>;
  OrganizationSettings?: OrganizationSettingsResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  SpecialHours?: SpecialHoursResolvers<ContextType>;
  Tenant?: TenantResolvers<ContextType>;
  TenantConnection?: TenantConnectionResolvers<ContextType>;
  TenantEdge?: TenantEdgeResolvers<ContextType>;
  TenantLimits?: TenantLimitsResolvers<ContextType>;
  TenantPayload?: TenantPayloadResolvers<ContextType>;
  TimeRange?: TimeRangeResolvers<ContextType>;
  TimeZone?: GraphQLScalarType;
  URL?: GraphQLScalarType;
  User?: UserResolvers<ContextType>;
  UserError?: UserErrorResolvers<ContextType>;
  Webhook?: WebhookResolvers<ContextType>;
  WebhookDelivery?: WebhookDeliveryResolvers<ContextType>;
  WebhookDeliveryConnection?: WebhookDeliveryConnectionResolvers<ContextType>;
  WebhookDeliveryEdge?: WebhookDeliveryEdgeResolvers<ContextType>;
  WebhookDeliveryPayload?: WebhookDeliveryPayloadResolvers<ContextType>;
  WebhookPayload?: WebhookPayloadResolvers<ContextType>;
};

