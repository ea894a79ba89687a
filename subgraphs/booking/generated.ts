import type { DateTimeInput } from '@libs/time/instants';
import type { DateTimeOutput } from '@libs/time/instants';
import type { Temporal } from 'temporal-polyfill';
import type { LocalTime } from '@libs/time/localTimes';
import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { BookingRow, SeriesRow, HoldRow, ClosureRow } from '@drizzle/booking/tables';
import type { BookingPage, ShownOverride, Reference } from './bookings/reads.ts';
import type { LeftOutOccurrence } from './bookings/skipConflicts.ts';
import type { AvailableDay, ClosurePage } from './closures/reads.ts';
import type { SlotTime } from './scheduling/slots.ts';
import type { SlotRun } from './scheduling/freeRanges.ts';
import type { Change } from './changes/readChanges.ts';
import type { ChangedDays } from './availability/live/availabilityFeed.ts';
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

/** Whole days, as they are when the event is sent; a later event for a day replaces an earlier one. */
export type AvailabilityChange = {
  /** The days that changed, by date. */
  days: Array<AvailabilityDay>;
  /** The resource. */
  resource: Resource;
};

/** Which availability to watch. At most 50 resources of one tenant and 14 days; more is BAD_USER_INPUT. durationMinutes and seats as in Resource.availability. */
export type AvailabilityChangedInput = {
  /** Length of the slots in minutes; default: as in Resource.availability. */
  durationMinutes?: InputMaybe<Scalars['Int']['input']>;
  /** The first local date. */
  from: Scalars['LocalDate']['input'];
  /** The resources, at least one. */
  resourceIds: Array<Scalars['ID']['input']>;
  /** Seats that must be left. */
  seats?: InputMaybe<Scalars['Int']['input']>;
  /** The tenant of the resources; by default the first one's. */
  tenantId?: InputMaybe<Scalars['ID']['input']>;
  /** The last local date. */
  to: Scalars['LocalDate']['input'];
};

/** The slots of one local date. */
export type AvailabilityDay = {
  /** How many of them can be booked: the slots with available true. */
  availableCount: Scalars['Int']['output'];
  /** Closures that cover any part of the day for this resource, by date. One request may ask for at most 20,000, over all resources and days (else QUERY_TOO_COMPLEX). */
  closures: Array<Closure>;
  /** The date in the tenant's time zone. */
  date: Scalars['LocalDate']['output'];
  /**
   * The available slots in compact form, by start, for calendars that do not need every slot. [] where none is available.
   *
   * slotCount, availableCount and freeRanges come from the same rules as `slots`, at the same moment and for the same durationMinutes and
   * seats, and always agree with them, whether or not `slots` is selected.
   */
  freeRanges: Array<FreeRange>;
  /** How many slots the day has, available or not: the length of `slots`. */
  slotCount: Scalars['Int']['output'];
  /** By start. */
  slots: Array<Slot>;
  /** The tenant's time zone. */
  timezone: Scalars['TimeZone']['output'];
};

/** A resource that a booking occupies. */
export type BookedResource = {
  /** The resource. */
  resource: Resource;
  /** The seats that were asked for. */
  seats: Scalars['Int']['output'];
};

/** A time at a resource, for a person. Readable by its user and client, and by those who manage bookings. */
export type Booking = {
  /** End of that time; with several resources, the latest. */
  blockedEnd: Scalars['DateTime']['output'];
  /** Start of the time it keeps from others, buffers included; with several resources, the earliest. */
  blockedStart: Scalars['DateTime']['output'];
  /** Whether the caller may cancel the booking now. Depends on its status, the tenant's cancellation window (which does not bind administrators) and the caller's permissions. */
  canCancel: Scalars['Boolean']['output'];
  /** From this instant on, only staff can cancel or move it. */
  cancellableUntil: Scalars['DateTime']['output'];
  /** The reason given when the booking was cancelled. */
  cancellationReason?: Maybe<Scalars['String']['output']>;
  /** The user who cancelled the booking; null if the platform did, or if it was cancelled because its resource or user was deleted. */
  cancelledBy?: Maybe<User>;
  /** Why the caller cannot cancel it; null if canCancel is true. */
  cannotCancelReason?: Maybe<UserErrorCode>;
  /** The user whom the booking is for; by default the one who made it. */
  client: User;
  /** When it was made. */
  createdAt: Scalars['DateTime']['output'];
  /** When it is REJECTED unless somebody decides; null: never, or it has been decided. */
  decisionDeadline?: Maybe<Scalars['DateTime']['output']>;
  /** The reason given for rejecting it. */
  decisionReason?: Maybe<Scalars['String']['output']>;
  /** When the booking ends. */
  endTime: Scalars['DateTime']['output'];
  /** A UUID. */
  id: Scalars['ID']['output'];
  /** Whether it was moved individually, away from its series' rule. */
  isException: Scalars['Boolean']['output'];
  /** endTime likewise. */
  localEnd: Scalars['String']['output'];
  /** startTime in the tenant's time zone, with its UTC offset: '2025-12-05T11:00:00-03:00'. */
  localStart: Scalars['String']['output'];
  /** Data that frontends keep with it, at most 10,000 characters. Webhooks carry it as metadata. Default {}. */
  metadata: Scalars['JSONObject']['output'];
  /** Text for the people of the booking. */
  notes?: Maybe<Scalars['String']['output']>;
  /** The rules that were overridden when it was made or last moved. For staff only; null for others. */
  override?: Maybe<BookingOverride>;
  /** The resource that is booked. */
  resource: Resource;
  /** Everything it occupies, `resource` first. */
  resources: Array<BookedResource>;
  /** People it is for, and seats it occupies if the resource is shared (SHARED, SESSION). Default 1. */
  seats: Scalars['Int']['output'];
  /** The series that the booking belongs to; null for a single booking. */
  series?: Maybe<BookingSeries>;
  /** Where it came from. */
  source: BookingSource;
  /** When the booking starts. */
  startTime: Scalars['DateTime']['output'];
  /** The current status. */
  status: BookingStatus;
  /** The tenant of the booking. */
  tenant: Tenant;
  /** When it last changed. */
  updatedAt: Scalars['DateTime']['output'];
  /** The user who made the booking. */
  user: User;
  /** Increases by one with every change. */
  version: Scalars['Int']['output'];
};

/** A change of one booking. */
export type BookingChange = {
  /** The booking as it is when the change is sent, which may be newer than the change. */
  booking: Booking;
  /** The change's position among the tenant's changes. Subscribe with `after: cursor` to miss nothing in between. */
  cursor: Scalars['String']['output'];
  /** The event's id, the same as in webhooks. */
  id: Scalars['ID']['output'];
  /** When it happened. */
  occurredAt: Scalars['DateTime']['output'];
  /** What happened. */
  type: BookingChangeType;
};

/** Changes that match every given field. A change that moves a booking matches both its old and its new resource. */
export type BookingChangeFilter = {
  /** Changes of bookings of this resource. */
  resourceId?: InputMaybe<Scalars['ID']['input']>;
  /** Required for platform administrators. */
  tenantId?: InputMaybe<Scalars['ID']['input']>;
  /** Changes of these types. */
  types?: InputMaybe<Array<BookingChangeType>>;
  /** Changes of bookings that the user made, and of bookings for the user. */
  userId?: InputMaybe<Scalars['ID']['input']>;
};

/** What happened to a booking. */
export type BookingChangeType =
  /** It was cancelled. */
  | 'CANCELLED'
  /** It was made. */
  | 'CREATED'
  /** Its status changed, other than to CANCELLED. */
  | 'STATUS_CHANGED'
  /** Its time, resource, client or notes changed, or its other resources, seats or metadata. */
  | 'UPDATED';

/** The time of a booking that is in the way. */
export type BookingConflict = {
  /** Its id, which the caller may or may not be allowed to read. */
  bookingId: Scalars['ID']['output'];
  /** When it ends. */
  endTime: Scalars['DateTime']['output'];
  /** The resource that it occupies. */
  resource: Resource;
  /** When it starts. */
  startTime: Scalars['DateTime']['output'];
};

/** The requested time overlaps bookings or holds that occupy the resource, and leaves too few seats. Times that only touch do not overlap. */
export type BookingConflictError = UserError & {
  /** A machine-readable code. */
  code: UserErrorCode;
  /** The conflicting bookings of all occurrences, by start; at most 100. A caller who may not read a booking still sees its id and times here, but nothing else about it. */
  conflicts: Array<BookingConflict>;
  /** The path of the input; null if no single field is the cause. */
  field?: Maybe<Array<Scalars['String']['output']>>;
  /** Holds in the way, by start, at most 100. Where only holds are in the way, `conflicts` is empty. */
  holds: Array<HeldTime>;
  /** A human-readable message. */
  message: Scalars['String']['output'];
  /** Seats left for the whole time; 0 for a resource that is booked as a whole. For a series, those of its fullest occurrence. */
  remainingSeats: Scalars['Int']['output'];
  /** The resource that is taken. A booking of several resources gets one error for each that is. */
  resource?: Maybe<Resource>;
};

/** A page of bookings. */
export type BookingConnection = {
  /** The items with their cursors. */
  edges: Array<BookingEdge>;
  /** The items. */
  nodes: Array<Booking>;
  /** Where the page is in the list. */
  pageInfo: PageInfo;
  /** How many items the whole list has. */
  totalCount: Scalars['Int']['output'];
};

/** A booking of a page, with its cursor. */
export type BookingEdge = {
  /** The item's place in the list, for `after`. */
  cursor: Scalars['String']['output'];
  /** The item. */
  node: Booking;
};

/** Bookings that match every given field. `from` and `to` select bookings that overlap [from, to). */
export type BookingFilter = {
  /** Bookings whose resource is in this category. */
  categoryId?: InputMaybe<Scalars['ID']['input']>;
  /** Bookings that are for this user. */
  clientId?: InputMaybe<Scalars['ID']['input']>;
  /** Bookings that end after this instant. */
  from?: InputMaybe<Scalars['DateTime']['input']>;
  /** Bookings of this resource, including as an additional resource. */
  resourceId?: InputMaybe<Scalars['ID']['input']>;
  /** Bookings whose notes contain this text, without regard to case. */
  search?: InputMaybe<Scalars['String']['input']>;
  /** Bookings of this series. */
  seriesId?: InputMaybe<Scalars['ID']['input']>;
  /** Bookings that came from one of these. */
  source?: InputMaybe<Array<BookingSource>>;
  /** Bookings in one of these statuses. */
  status?: InputMaybe<Array<BookingStatus>>;
  /** Bookings that start before this instant. */
  to?: InputMaybe<Scalars['DateTime']['input']>;
  /** Bookings that this user made. */
  userId?: InputMaybe<Scalars['ID']['input']>;
};

/** The order of a list of bookings. */
export type BookingOrder = {
  /** Earliest or latest first. */
  direction?: OrderDirection;
  /** The value to sort by. */
  field?: BookingOrderField;
};

/** What a list of bookings can be ordered by. */
export type BookingOrderField =
  /** By when they were made. */
  | 'CREATED_AT'
  /** By start. */
  | 'START_TIME';

/** What staff overrode, and why. */
export type BookingOverride = {
  /** When. */
  at: Scalars['DateTime']['output'];
  /** Who did it; null: a platform administrator. */
  by?: Maybe<User>;
  /** The reason given. */
  reason: Scalars['String']['output'];
  /** The rules that the booking actually broke. */
  rules: Array<OverridableRule>;
};

/** Overrides the named rules. Naming a rule that is not broken does no harm; rules that are not named still apply. The overridden rules are recorded in Booking.override and in the event. Requires canManageBookings, else FORBIDDEN. */
export type BookingOverrideInput = {
  /** Why, in 1 to 500 characters. */
  reason: Scalars['String']['input'];
  /** Which rules. */
  rules: Array<OverridableRule>;
};

/** The result, or the reasons for the refusal. */
export type BookingPayload = {
  /** The booking as it is now; null if the change was refused. */
  booking?: Maybe<Booking>;
  /** Why nothing was changed; [] if it was done. */
  userErrors: Array<UserError>;
};

/** The requested time breaks a booking rule. In a series, one error for each occurrence that breaks a rule, or in whose class the client already is (ALREADY_EXISTS). */
export type BookingRuleError = UserError & {
  /** A machine-readable code. */
  code: UserErrorCode;
  /** End of that occurrence. */
  endTime: Scalars['DateTime']['output'];
  /** The path of the input; null if no single field is the cause. */
  field?: Maybe<Array<Scalars['String']['output']>>;
  /** A human-readable message. */
  message: Scalars['String']['output'];
  /** The resource whose rule is broken; null: the tenant's rule. */
  resource?: Maybe<Resource>;
  /** The occurrence that breaks the rule. */
  startTime: Scalars['DateTime']['output'];
};

/** The bookings that were made by one recurrence rule. */
export type BookingSeries = {
  /** By start; only those that the caller may read. */
  bookings: BookingConnection;
  /** A UUID. */
  id: Scalars['ID']['output'];
  /** The series that continues it after a split. */
  next?: Maybe<BookingSeries>;
  /** The series that this one was split from. */
  previous?: Maybe<BookingSeries>;
  /** The rule that the series was made by. */
  recurrence: Recurrence;
};


/** The bookings that were made by one recurrence rule. */
export type BookingSeriesBookingsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<BookingOrder>;
};

/** The result, or the reasons for the refusal. */
export type BookingSeriesPayload = {
  /** All that were changed or made, by start. */
  bookings: Array<Booking>;
  /** The series as it is now; after a split, the new one. Null if the change was refused. */
  series?: Maybe<BookingSeries>;
  /** By start: the occurrences that could not be moved or booked (SKIP). */
  skipped: Array<SkippedOccurrence>;
  /** Why nothing was changed; [] if it was done. */
  userErrors: Array<UserError>;
};

/** Where a booking came from. Staff are users with canManageBookings; administrators have every permission. */
export type BookingSource =
  /** Made by a tenant's server. */
  | 'API_KEY'
  /** Made without an account. */
  | 'GUEST'
  /** Made by a platform administrator. */
  | 'PLATFORM'
  /** Made by staff. */
  | 'STAFF'
  /** Made by a user without canManageBookings. */
  | 'USER'
  /** Made from the waitlist. */
  | 'WAITLIST';

/** PENDING, CONFIRMED and COMPLETED bookings occupy their resource. PENDING can become CONFIRMED, REJECTED or CANCELLED; CONFIRMED can become COMPLETED or NO_SHOW, both only once the booking has begun (else INVALID_TRANSITION), or CANCELLED. All other statuses are final. */
export type BookingStatus =
  /** Given up before its end. */
  | 'CANCELLED'
  /** Took place. */
  | 'COMPLETED'
  /** Agreed. */
  | 'CONFIRMED'
  /** Nobody came. */
  | 'NO_SHOW'
  /** Waits for a decision. It occupies its resource. */
  | 'PENDING'
  /** Declined while it was PENDING. */
  | 'REJECTED';

/** Which booking to cancel. */
export type CancelBookingInput = {
  /** As in UpdateBookingInput. */
  expectedVersion?: InputMaybe<Scalars['Int']['input']>;
  /** The id of the record. */
  id: Scalars['ID']['input'];
  /** Shown as cancellationReason and sent to the people of the booking. */
  reason?: InputMaybe<Scalars['String']['input']>;
};

/** Cancels the bookings of the series that start at or after `from` (default: now) and occupy their resource. */
export type CancelBookingSeriesInput = {
  /** Only occurrences on these local dates, at most 365. */
  dates?: InputMaybe<Array<Scalars['LocalDate']['input']>>;
  /** The first start to cancel; default: now. */
  from?: InputMaybe<Scalars['DateTime']['input']>;
  /** Shown as cancellationReason. */
  reason?: InputMaybe<Scalars['String']['input']>;
  /** The series. */
  seriesId: Scalars['ID']['input'];
};

/** The result, or the reasons for the refusal. */
export type CancelBookingSeriesPayload = {
  /** The bookings that were cancelled, by start. */
  bookings: Array<Booking>;
  /** Why nothing was changed; [] if it was done. */
  userErrors: Array<UserError>;
};

/** Which status a booking gets. */
export type ChangeBookingStatusInput = {
  /** As in UpdateBookingInput. */
  expectedVersion?: InputMaybe<Scalars['Int']['input']>;
  /** The id of the record. */
  id: Scalars['ID']['input'];
  /** Shown to the booking's people when it is REJECTED or CANCELLED. */
  reason?: InputMaybe<Scalars['String']['input']>;
  /** CANCELLED has the rules of cancelBooking. */
  status: BookingStatus;
};

/**
 * A time in which nothing may be booked: a holiday, maintenance, a private party. It applies to the whole tenant, or to the named resources
 * and categories. Public, including its name.
 *
 * It covers the dates from `from` to `to` (inclusive): whole days, or on each of them the time from startTime (default 00:00) to endTime
 * (default 24:00), by the tenant's wall clock (Temporal's 'compatible'; it follows a change of the tenant's zone).
 *
 * No booking may overlap it (CLOSED); buffers may. It takes precedence over special hours, seasons and overrides. Slots in it are still
 * listed, as unavailable (CLOSED). It is checked in the booking's own transaction: of a closure and a booking made at the same moment, one
 * sees the other.
 */
export type Closure = {
  /** The categories whose resources it closes, at most 500. */
  categories?: Maybe<Array<ResourceCategory>>;
  /** When it was made. */
  createdAt: Scalars['DateTime']['output'];
  /** When it ends on each date; null: at 24:00. */
  endTime?: Maybe<Scalars['LocalTime']['output']>;
  /** The first date. */
  from: Scalars['LocalDate']['output'];
  /** A UUID. */
  id: Scalars['ID']['output'];
  /** 1 to 200 characters. */
  name: Scalars['String']['output'];
  /** The resources that it closes, at most 500. If resources and categories are both null, it closes everything. */
  resources?: Maybe<Array<Resource>>;
  /** When it begins on each date; null: at 00:00. */
  startTime?: Maybe<Scalars['LocalTime']['output']>;
  /** The tenant of the closure. */
  tenant: Tenant;
  /** The last date. */
  to: Scalars['LocalDate']['output'];
  /** When it last changed. */
  updatedAt: Scalars['DateTime']['output'];
};

/** A page of closures. */
export type ClosureConnection = {
  /** The items with their cursors. */
  edges: Array<ClosureEdge>;
  /** The items. */
  nodes: Array<Closure>;
  /** Where the page is in the list. */
  pageInfo: PageInfo;
  /** How many items the whole list has. */
  totalCount: Scalars['Int']['output'];
};

/** An item of a page of closures. */
export type ClosureEdge = {
  /** The item's place, for `after` and `before`. */
  cursor: Scalars['String']['output'];
  /** The item. */
  node: Closure;
};

/** Effect of a closure on the bookings it overlaps: those that occupy what it closes, at their own time without buffers, and have not ended. */
export type ClosureEffect =
  /** Those that are PENDING or CONFIRMED and have not ended are cancelled in the same transaction, with the closure's name as the reason. Holds are released. */
  | 'CANCEL'
  /** They stay as they are and can be changed and cancelled, but not moved within it. The default. */
  | 'KEEP'
  /** If a booking or hold would overlap it, the closure is not made or changed (BookingConflictError). */
  | 'REFUSE';

/** Closures that overlap the dates from `from` to `to` (inclusive). With resourceId: those that close everything and those that close the resource. */
export type ClosureFilter = {
  /** Only those that end on this date or later. */
  from?: InputMaybe<Scalars['LocalDate']['input']>;
  /** Only those that apply to this resource; none for one that does not exist. */
  resourceId?: InputMaybe<Scalars['ID']['input']>;
  /** Only those that begin on this date or earlier; not before `from` (else BAD_USER_INPUT). */
  to?: InputMaybe<Scalars['LocalDate']['input']>;
};

/** A closure to be made. */
export type ClosureInput = {
  /** The categories whose resources to close, 1 to 500. */
  categoryIds?: InputMaybe<Array<Scalars['ID']['input']>>;
  /** When it ends on each date, after startTime; default: 24:00. */
  endTime?: InputMaybe<Scalars['LocalTime']['input']>;
  /** The first date. */
  from: Scalars['LocalDate']['input'];
  /** 1 to 200 characters. */
  name: Scalars['String']['input'];
  /** The resources to close, 1 to 500. Without resourceIds and categoryIds, everything is closed. */
  resourceIds?: InputMaybe<Array<Scalars['ID']['input']>>;
  /** When it begins on each date; default: 00:00. */
  startTime?: InputMaybe<Scalars['LocalTime']['input']>;
  /** The last date, at most 366 dates from the first to the last. */
  to: Scalars['LocalDate']['input'];
};

/** The result of a change to closures. */
export type ClosuresPayload = {
  /** The bookings they overlap (with CANCEL, those that were cancelled), by start; the first 100 that the caller may read. */
  affected: Array<Booking>;
  /** How many there are in all. */
  affectedCount: Scalars['Int']['output'];
  /** The closures as they are now; [] if nothing was done. */
  closures: Array<Closure>;
  /** Why nothing was changed; [] if it was done. */
  userErrors: Array<UserError>;
};

/** For the person who made it, the person it is for, and staff. A hold that was already confirmed returns its booking. */
export type ConfirmHoldInput = {
  /** The hold. */
  id: Scalars['ID']['input'];
  /** Confirming twice returns the same booking, with or without a key. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** For a hold that has expired: books the same time and resources anyway if the time is free and every rule allows it now; otherwise HOLD_EXPIRED, with the reasons. */
  ifStillFree?: InputMaybe<Scalars['Boolean']['input']>;
  /** Data to keep with the booking. */
  metadata?: InputMaybe<Scalars['JSONObject']['input']>;
  /** Text for the people of the booking. */
  notes?: InputMaybe<Scalars['String']['input']>;
};

/** What to book, for whom and when. */
export type CreateBookingInput = {
  /**
   * Up to 4 more resources that the booking occupies for the same time, such as a room and an instructor; it gets all of them or none. Each
   * must keep its own rules. Each that does not has its own errors, with `resource` set and field ['input', 'additionalResources', '<index>',
   * 'resourceId']; errors about resourceId itself stay as they are. No resource may appear twice (INVALID). If one of them is deleted, the
   * booking is cancelled. Statistics go by `Booking.resource` alone.
   */
  additionalResources?: InputMaybe<Array<ResourceNeedInput>>;
  /** The user whom the booking is for, any of the tenant; default: `userId`. */
  clientId?: InputMaybe<Scalars['ID']['input']>;
  /** When the booking ends. */
  endTime: Scalars['DateTime']['input'];
  /** 1 to 200 characters. For 24 hours, a request with the same key and the same input returns the first result again; with other input it is refused with IDEMPOTENCY_MISMATCH. A refused request leaves no result, so its key may be used again. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Data to keep with the booking. */
  metadata?: InputMaybe<Scalars['JSONObject']['input']>;
  /** Text for the people of the booking. */
  notes?: InputMaybe<Scalars['String']['input']>;
  /** For staff: rules that need not be kept. */
  override?: InputMaybe<BookingOverrideInput>;
  /** Makes a series: either all of its occurrences are booked, or none. */
  recurrence?: InputMaybe<RecurrenceInput>;
  /** The resource to book. */
  resourceId: Scalars['ID']['input'];
  /** 1 to the capacity (more: CAPACITY_EXCEEDED). */
  seats?: InputMaybe<Scalars['Int']['input']>;
  /** When the booking starts. */
  startTime: Scalars['DateTime']['input'];
  /** The tenant. By default the caller's; platform administrators, who have none, must name it. */
  tenantId?: InputMaybe<Scalars['ID']['input']>;
  /** The user who makes the booking; default: the caller. Only administrators and users with canManageBookings may name another user. Platform administrators, who belong to no tenant, must name one. */
  userId?: InputMaybe<Scalars['ID']['input']>;
};

/** The result, or the reasons for the refusal. */
export type CreateBookingPayload = {
  /** The booking, or the first booking of the series. */
  booking?: Maybe<Booking>;
  /** All bookings that were made, by start. */
  bookings: Array<Booking>;
  /** The series, if the booking recurs. */
  series?: Maybe<BookingSeries>;
  /** By start: what the series leaves out because it could not be booked (SKIP). */
  skipped: Array<SkippedOccurrence>;
  /** Why nothing was changed; [] if it was done. */
  userErrors: Array<UserError>;
};

/** Makes all of them or none. At most 100 at once; at most 1,000 may lie ahead, and a tenant has at most 10,000 in all (TOO_MANY). Requires canManageResources; CANCEL also requires canManageBookings. */
export type CreateClosuresInput = {
  /** 1 to 100 closures. */
  closures: Array<ClosureInput>;
  /** What to do with the bookings they overlap. */
  effect?: InputMaybe<ClosureEffect>;
  /** The tenant. By default the caller's; platform administrators, who have none, must name it. */
  tenantId?: InputMaybe<Scalars['ID']['input']>;
};

/** As CreateBookingInput, without recurrence. resourceId is required (INVALID). A person has at most 3 holds at a time (TOO_MANY). */
export type CreateHoldInput = {
  /** As in CreateBookingInput. */
  additionalResources?: InputMaybe<Array<ResourceNeedInput>>;
  /** As in CreateBookingInput. */
  clientId?: InputMaybe<Scalars['ID']['input']>;
  /** When the time ends. */
  endTime: Scalars['DateTime']['input'];
  /** As in CreateBookingInput; a key belongs to one kind of request. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** As in CreateBookingInput. */
  override?: InputMaybe<BookingOverrideInput>;
  /** The resource to hold. */
  resourceId?: InputMaybe<Scalars['ID']['input']>;
  /** As in CreateBookingInput. */
  seats?: InputMaybe<Scalars['Int']['input']>;
  /** 60 to 3600. Default: holdMinutes, which is also the maximum for callers who are not staff. */
  seconds?: InputMaybe<Scalars['Int']['input']>;
  /** When the time starts. */
  startTime: Scalars['DateTime']['input'];
  /** The tenant. By default the caller's; platform administrators, who have none, must name it. */
  tenantId?: InputMaybe<Scalars['ID']['input']>;
  /** As in CreateBookingInput. */
  userId?: InputMaybe<Scalars['ID']['input']>;
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

/**
 * Adds occurrences by the series' rule after its last one that is not an exception, with that one's time, resources, client and seats. Give
 * endDate or count, not both (INVALID); at most 365 occurrences may lie ahead (TOO_MANY_OCCURRENCES). Each must keep every rule. For the
 * series' user, its client, and staff.
 */
export type ExtendBookingSeriesInput = {
  /** How many occurrences are added, 1 to 365. Dates left out by exceptDates do not count; skipped occurrences do. */
  count?: InputMaybe<Scalars['Int']['input']>;
  /** The last instant at which an occurrence may start. */
  endDate?: InputMaybe<Scalars['DateTime']['input']>;
  /** As in CreateBookingInput. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** What to do with occurrences that cannot be booked. */
  onConflict?: InputMaybe<SeriesConflictPolicy>;
  /** The series. */
  seriesId: Scalars['ID']['input'];
};

/**
 * A maximal run of available slots. A booking of the requested duration and seats, by anyone who may book, can start at startTime and at
 * every multiple of the resource's bookingInterval after it, in elapsed minutes, up to and including lastStart. Other durations are not
 * covered.
 *
 * Two neighboring slots of a day are in the same range if and only if both are available, the later one starts exactly one bookingInterval
 * after the earlier one, and both starts have the same UTC offset. So an unavailable slot (whatever its reason), a break in the grid (such as
 * the gap between two ranges of a schedule) and a change of offset split ranges; a change in the number of remaining seats does not. Ranges
 * may overlap in time only at a change of offset. A range belongs to the date of its starts and never continues on the next date.
 *
 * It follows that each available slot is in exactly one range and no other slot is in any, that the local starts are one interval apart as
 * well, and that (lastStart − startTime) ÷ bookingInterval + 1, summed over the day's ranges, is availableCount.
 */
export type FreeRange = {
  /** End of the last slot: lastStart plus the duration. */
  endTime: Scalars['DateTime']['output'];
  /** Start of the last slot; equal to startTime in a range of one slot. */
  lastStart: Scalars['DateTime']['output'];
  /** endTime likewise. */
  localEnd: Scalars['String']['output'];
  /** startTime in the tenant's time zone, with its UTC offset, as in Slot. */
  localStart: Scalars['String']['output'];
  /** Elapsed minutes from startTime to endTime. */
  minutes: Scalars['Int']['output'];
  /** The minimum of Slot.remainingSeats over its slots; 1 for a resource that is booked as a whole. */
  remainingSeats: Scalars['Int']['output'];
  /** Start of the first slot. */
  startTime: Scalars['DateTime']['output'];
};

/** The time of a hold that is in the way. */
export type HeldTime = {
  /** When it ends. */
  endTime: Scalars['DateTime']['output'];
  /** When it gives way, unless it is confirmed before. */
  expiresAt: Scalars['DateTime']['output'];
  /** Whether the caller made it. */
  isMine: Scalars['Boolean']['output'];
  /** When it starts. */
  startTime: Scalars['DateTime']['output'];
};

/**
 * Keeps a time for a while, for a checkout. When it is made, it must keep every rule that a booking must keep. Until expiresAt it occupies its
 * seats as a booking does. It is not a booking: no list, webhook or report contains it, and nobody is notified.
 *
 * Confirmed before expiresAt, it becomes a booking (PENDING or CONFIRMED, by autoConfirm). The rules of the time are not checked again, only
 * that its people, resources and tenant still exist and are active, and that its user may book.
 *
 * At expiresAt it ends by itself, whether or not any process notices: the next caller who wants the time gets it. If a confirmation is under
 * way at that instant and another caller wants the time, exactly one of them succeeds.
 */
export type Hold = {
  /** The user whom the booking will be for. */
  client: User;
  /** When it was made. */
  createdAt: Scalars['DateTime']['output'];
  /** When the time ends. */
  endTime: Scalars['DateTime']['output'];
  /** When it ends by itself. */
  expiresAt: Scalars['DateTime']['output'];
  /** A UUID. */
  id: Scalars['ID']['output'];
  /** Whether it has expired or was released. */
  isExpired: Scalars['Boolean']['output'];
  /** endTime likewise. */
  localEnd: Scalars['String']['output'];
  /** startTime in the tenant's time zone, with its UTC offset. */
  localStart: Scalars['String']['output'];
  /** What it is for. */
  purpose: HoldPurpose;
  /** Everything that it occupies, the main resource first. */
  resources: Array<BookedResource>;
  /** Seats of the main resource. */
  seats: Scalars['Int']['output'];
  /** When the time starts. */
  startTime: Scalars['DateTime']['output'];
  /** The tenant of the hold. */
  tenant: Tenant;
  /** The user who will have made the booking. */
  user: User;
};

/** The result, or the reasons for the refusal. */
export type HoldPayload = {
  /** The hold as it is now; null if it was refused. */
  hold?: Maybe<Hold>;
  /** Why nothing was changed; [] if it was done. */
  userErrors: Array<UserError>;
};

/** What a hold is for. */
export type HoldPurpose =
  /** Made by createHold. */
  | 'CHECKOUT'
  /** Made for a person on the waitlist. */
  | 'WAITLIST_OFFER';

/**
 * The public holidays of a country in one year, each as a closure of the whole tenant. Only holidays by law: no bank, school or optional holidays
 * and no observances. One of several days, or of the same name on consecutive dates, is one closure; one that begins during the day
 * closes the rest of it. Holidays that the tenant already has as an equal closure (same name and dates) are left out: importing a year twice adds
 * nothing. Check the result: countries change their holidays, and some dates of the Islamic calendar are announced shortly before.
 */
export type ImportHolidaysInput = {
  /** ISO 3166-1, such as 'BR'. INVALID if its holidays are not known. */
  country: Scalars['String']['input'];
  /** What to do with the bookings they overlap. */
  effect?: InputMaybe<ClosureEffect>;
  /** Adds the holidays of a state or province: ISO 3166-2, with or without its country, such as 'SP' or 'DE-BY'. INVALID if it is not known. */
  region?: InputMaybe<Scalars['String']['input']>;
  /** The tenant. By default the caller's; platform administrators, who have none, must name it. */
  tenantId?: InputMaybe<Scalars['ID']['input']>;
  /** From the current year, by the tenant's calendar, to two years later; others are INVALID. */
  year: Scalars['Int']['input'];
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
  /** Cancels a booking. Its user and client may do so until cancellationHours before its start; those who manage bookings at any time. */
  cancelBooking: BookingPayload;
  /** Cancels the rest of a series, under the rules of cancelBooking: all or none. */
  cancelBookingSeries: CancelBookingSeriesPayload;
  /** Requires canManageBookings. A status that cannot follow the current one is INVALID_TRANSITION. */
  changeBookingStatus: BookingPayload;
  /** Makes a hold a booking. */
  confirmHold: BookingPayload;
  /** Books a time, or with `recurrence` a series of times: all or none. Requires canBook; for others (another `userId`) canManageBookings. */
  createBooking: CreateBookingPayload;
  /** Makes closures: all or none. Requires canManageResources; CANCEL also requires canManageBookings. */
  createClosures: ClosuresPayload;
  /** Keeps a time for a checkout. Requires canBook; for others (another `userId`) canManageBookings. */
  createHold: HoldPayload;
  /** Deletes a closure; bookings that it cancelled stay cancelled. Requires canManageResources. */
  deleteClosure: DeletePayload;
  /** Adds occurrences to a series. */
  extendBookingSeries: BookingSeriesPayload;
  /**
   * Makes closures of public holidays, with their names in the tenant's language (Portuguese or English; otherwise the country's). All or none, as
   * createClosures, and with its permissions. `closures` are those that were made.
   */
  importHolidays: ClosuresPayload;
  /** Frees the time at once. An expired hold is returned as it is, and so is one that has become a booking, whose time stays taken. */
  releaseHold: HoldPayload;
  /**
   * A new time or resource must keep every rule, as in createBooking. Moving a booking gives its old time back, so a caller who may not cancel
   * it, because the cancellation window has closed, may not move it either (CANCELLATION_WINDOW_CLOSED).
   */
  updateBooking: BookingPayload;
  /** Changes the occurrences of a series that lie ahead, or those from one of them on. */
  updateBookingSeries: BookingSeriesPayload;
  /** Changes a closure. Requires canManageResources; CANCEL also requires canManageBookings. */
  updateClosure: ClosuresPayload;
};


export type MutationCancelBookingArgs = {
  input: CancelBookingInput;
};


export type MutationCancelBookingSeriesArgs = {
  input: CancelBookingSeriesInput;
};


export type MutationChangeBookingStatusArgs = {
  input: ChangeBookingStatusInput;
};


export type MutationConfirmHoldArgs = {
  input: ConfirmHoldInput;
};


export type MutationCreateBookingArgs = {
  input: CreateBookingInput;
};


export type MutationCreateClosuresArgs = {
  input: CreateClosuresInput;
};


export type MutationCreateHoldArgs = {
  input: CreateHoldInput;
};


export type MutationDeleteClosureArgs = {
  id: Scalars['ID']['input'];
};


export type MutationExtendBookingSeriesArgs = {
  input: ExtendBookingSeriesInput;
};


export type MutationImportHolidaysArgs = {
  input: ImportHolidaysInput;
};


export type MutationReleaseHoldArgs = {
  id: Scalars['ID']['input'];
};


export type MutationUpdateBookingArgs = {
  input: UpdateBookingInput;
};


export type MutationUpdateBookingSeriesArgs = {
  input: UpdateBookingSeriesInput;
};


export type MutationUpdateClosureArgs = {
  input: UpdateClosureInput;
};

/** The direction of a list's order. */
export type OrderDirection =
  /** Earliest, or first in the alphabet, first. */
  | 'ASC'
  /** Latest, or last in the alphabet, first. */
  | 'DESC';

/** Rules that staff may override with a reason. Never overridable: CONFLICT and CAPACITY_EXCEEDED (no seat is given twice, to anyone or for any reason), INACTIVE, NOT_FOUND, INVALID, USER_CANNOT_BOOK, ALREADY_EXISTS. */
export type OverridableRule =
  /** The booking gets no buffers; its neighbors keep theirs. */
  | 'BUFFERS'
  /** Closures. */
  | 'CLOSED'
  /** The shortest and longest duration. */
  | 'DURATION_NOT_ALLOWED'
  /** At most 7 days back: a walk-in that is entered afterwards. */
  | 'IN_THE_PAST'
  /** The grid of starts and durations. */
  | 'NOT_ON_INTERVAL'
  /** The tenant's working days and hours. */
  | 'OUTSIDE_WORKING_HOURS'
  /** The resource's own schedule. */
  | 'RESOURCE_UNAVAILABLE'
  /** The advance window. */
  | 'TOO_FAR_IN_ADVANCE'
  /** The minimum notice. */
  | 'TOO_SHORT_NOTICE';

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
  /** Null if there is none, or the caller may not read it. Requires a session. */
  booking?: Maybe<Booking>;
  /** By start. Users without canManageBookings see only the bookings that they made or that are for them. */
  bookings: BookingConnection;
  /** By date. Public for active tenants. */
  closures: ClosureConnection;
  /** For the person who made it, the person it is for, and staff; null for others. A hold is kept for a day after its end. */
  hold?: Maybe<Hold>;
  /** For the user subgraph: { items, next }, the bookings and holds of a person by id, and the id to continue after, or null. */
  internalBookingsOfPerson?: Maybe<Scalars['JSONObject']['output']>;
};


export type QueryBookingArgs = {
  id: Scalars['ID']['input'];
};


export type QueryBookingsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<BookingFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<BookingOrder>;
  tenantId?: InputMaybe<Scalars['ID']['input']>;
};


export type QueryClosuresArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<ClosureFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  tenantId?: InputMaybe<Scalars['ID']['input']>;
};


export type QueryHoldArgs = {
  id: Scalars['ID']['input'];
};


export type QueryInternalBookingsOfPersonArgs = {
  after?: InputMaybe<Scalars['ID']['input']>;
  tenantId: Scalars['ID']['input'];
  userId: Scalars['ID']['input'];
};

/** The rule of a series, as in RecurrenceInput. */
export type Recurrence = {
  /** How many occurrences it has by its rule; null: as many as fit up to its end. */
  count?: Maybe<Scalars['Int']['output']>;
  /** For WEEKLY, the days on which it takes place; null: the weekday of the first occurrence. */
  daysOfWeek?: Maybe<Array<DayOfWeek>>;
  /** The last instant at which an occurrence may start; null: the end of the advance window when the series was made. */
  endDate?: Maybe<Scalars['DateTime']['output']>;
  /** Local dates that are left out. */
  exceptDates?: Maybe<Array<Scalars['LocalDate']['output']>>;
  /** The unit in which the series repeats. */
  frequency: RecurrenceFrequency;
  /** Repeats every this many units. */
  interval: Scalars['Int']['output'];
};

/** The unit in which a series repeats. */
export type RecurrenceFrequency =
  /** Every day, or every `interval` days. */
  | 'DAILY'
  /** Every month, or every `interval` months. */
  | 'MONTHLY'
  /** Every week, or every `interval` weeks. */
  | 'WEEKLY';

/**
 * A recurrence rule. Every occurrence keeps the wall-clock time of the first one in the tenant's time zone, across changes of the clock.
 *
 * WEEKLY repeats on the weekday of startTime, or on each of daysOfWeek if given (weeks start on Monday); the first occurrence is then on the
 * first of these days at or after startTime's date. MONTHLY repeats on the same day of the month and skips months without that day.
 *
 * A series ends at endDate (an occurrence that starts exactly then is included), or else at the end of the tenant's advance window, and after
 * 365 occurrences at the latest.
 */
export type RecurrenceInput = {
  /** Number of occurrences, 1 to 365. Dates left out by exceptDates do not count; skipped occurrences do. Not together with endDate (INVALID). */
  count?: InputMaybe<Scalars['Int']['input']>;
  /** Only for WEEKLY (else INVALID). */
  daysOfWeek?: InputMaybe<Array<DayOfWeek>>;
  /** The last instant at which an occurrence may start. */
  endDate?: InputMaybe<Scalars['DateTime']['input']>;
  /** Local dates to leave out, at most 365. A date that the rule does not produce does no harm. */
  exceptDates?: InputMaybe<Array<Scalars['LocalDate']['input']>>;
  /** The unit in which the series repeats. */
  frequency: RecurrenceFrequency;
  /** Repeats every this many days, weeks or months; 1 to 52. */
  interval?: InputMaybe<Scalars['Int']['input']>;
  /** What to do with occurrences that cannot be booked. */
  onConflict?: InputMaybe<SeriesConflictPolicy>;
};

export type Resource = {
  /** The slots of each local day from `from` to `to` (inclusive; at most 62 days; `to` defaults to `from`), on the tenant's grid and within its working hours and the resource's schedule. A slot is available if enough seats are left for the whole of it and a booking of it would keep all rules in force for the resource now. A duration that no booking can have (not a multiple of bookingInterval, shorter than minDurationMinutes, or too long) has no slots; a duration or number of seats below 1 is BAD_USER_INPUT. One request may ask for at most 20,000 slots, over all resources (else QUERY_TOO_COMPLEX). Public if the tenant is active. */
  availability: Array<AvailabilityDay>;
  /** By start; only those that the caller may read. Requires a session. */
  bookings: BookingConnection;
  id: Scalars['ID']['output'];
};


export type ResourceAvailabilityArgs = {
  durationMinutes?: InputMaybe<Scalars['Int']['input']>;
  from: Scalars['LocalDate']['input'];
  seats?: InputMaybe<Scalars['Int']['input']>;
  to?: InputMaybe<Scalars['LocalDate']['input']>;
};


export type ResourceBookingsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<BookingFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<BookingOrder>;
};

export type ResourceCategory = {
  id: Scalars['ID']['output'];
};

/** A resource that is needed, and how many of its seats. */
export type ResourceNeedInput = {
  /** The resource; required (INVALID). */
  resourceId?: InputMaybe<Scalars['ID']['input']>;
  /** 1 to its capacity (more: CAPACITY_EXCEEDED). */
  seats?: InputMaybe<Scalars['Int']['input']>;
};

/** What to do with a series if some of its occurrences cannot be booked. */
export type SeriesConflictPolicy =
  /** All or none. The default. */
  | 'REFUSE'
  /** Leaves out occurrences that are refused only for CONFLICT, CLOSED, RESOURCE_UNAVAILABLE or OUTSIDE_WORKING_HOURS, and reports them in `skipped`. If that would leave out all of them, the request is refused. Any other reason refuses the request. */
  | 'SKIP';

/** Which occurrences of a series are changed. */
export type SeriesScope =
  /** All that have not started. */
  | 'ALL'
  /** The named occurrence and those after it. If their time or resource changes, they become a series of their own. */
  | 'FOLLOWING';

/** An occurrence that was left out, or that could not be moved and stays where it is. */
export type SkippedOccurrence = {
  /** When it would have ended. */
  endTime: Scalars['DateTime']['output'];
  /** Why it was left out. */
  errors: Array<UserError>;
  /** When it would have started. */
  startTime: Scalars['DateTime']['output'];
};

/**
 * A time that can be booked. It starts on the tenant's grid and is `durationMinutes` long.
 *
 * With a bookingInterval of more than 120 minutes, a slot runs from one point of the grid to the next (or the one as many intervals later),
 * however long that takes when the clock changes: a local day of 23 or 25 hours is one slot. See OrganizationSettings.bookingInterval.
 */
export type Slot = {
  /** Whether the slot can be booked now. */
  available: Scalars['Boolean']['output'];
  /** The last instant at which it can be booked with enough notice: startTime less minimumNoticeMinutes. Subscribers get no event when the clock alone closes a slot. */
  bookableUntil: Scalars['DateTime']['output'];
  /** When the slot ends. */
  endTime: Scalars['DateTime']['output'];
  /** If only holds are in the way: when the last one that matters expires. */
  heldUntil?: Maybe<Scalars['DateTime']['output']>;
  /** endTime likewise. */
  localEnd: Scalars['String']['output'];
  /** startTime in the tenant's time zone, with its UTC offset: '2025-12-05T11:00:00-03:00'. */
  localStart: Scalars['String']['output'];
  /**
   * Seats that one booking of the whole slot could still have: totalSeats, less the seats occupied at its fullest instant (buffers included). 0
   * if a rule closes the slot. If it is closed only because fewer seats are left than asked for, the number left.
   */
  remainingSeats: Scalars['Int']['output'];
  /** When the slot starts. */
  startTime: Scalars['DateTime']['output'];
  /** Seats of the resource; 1 for a resource that is booked as a whole. */
  totalSeats: Scalars['Int']['output'];
  /** Why the slot is not available: the first that applies of INACTIVE, IN_THE_PAST, TOO_SHORT_NOTICE, TOO_FAR_IN_ADVANCE, CLOSED, CAPACITY_EXCEEDED and CONFLICT. Null if it is available. */
  unavailableReason?: Maybe<UserErrorCode>;
};

export type Subscription = {
  /**
   * Availability as it changes. First, each resource with all the days asked for. Then, whenever a booking, hold, closure, schedule or rule
   * changes any of them, the days that changed: within a second, at most one event per resource in 250 ms, and never older than what was
   * committed when it was read.
   *
   * After a reconnection the first events carry the whole state again, so nothing can be missed and there is no cursor. No event is sent when
   * the clock alone closes a slot (see Slot.bookableUntil), except at the start of a new local date. Public for active tenants.
   */
  availabilityChanged: AvailabilityChange;
  /** Changes of the bookings that the caller may read: each at least once, and those of one booking in their order. With `after`, begins with every change since that cursor; changes are kept for 7 days, and an older cursor, or one from before the database was restored, is refused with BAD_USER_INPUT. */
  bookingChanged: BookingChange;
};


export type SubscriptionAvailabilityChangedArgs = {
  input: AvailabilityChangedInput;
};


export type SubscriptionBookingChangedArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<BookingChangeFilter>;
};

export type Tenant = {
  /** By start; only those that the caller may read. Requires a session. */
  bookings: BookingConnection;
  id: Scalars['ID']['output'];
};


export type TenantBookingsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<BookingFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<BookingOrder>;
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
export type UpdateBookingInput = {
  /** Replaces all. A different set is a move. */
  additionalResources?: InputMaybe<Array<ResourceNeedInput>>;
  /** Null: the user who made the booking. */
  clientId?: InputMaybe<Scalars['ID']['input']>;
  /** The new end. */
  endTime?: InputMaybe<Scalars['DateTime']['input']>;
  /** Refuses with VERSION_MISMATCH if the booking has another version. */
  expectedVersion?: InputMaybe<Scalars['Int']['input']>;
  /** The id of the record. */
  id: Scalars['ID']['input'];
  /** Replaces all. */
  metadata?: InputMaybe<Scalars['JSONObject']['input']>;
  /** The new text; null removes it. */
  notes?: InputMaybe<Scalars['String']['input']>;
  /** For staff: rules that the new time need not keep. */
  override?: InputMaybe<BookingOverrideInput>;
  /** Another resource of the tenant. */
  resourceId?: InputMaybe<Scalars['ID']['input']>;
  /** More seats must be free (CONFLICT). Fewer seats give some back, and are refused after the cancellation window closes, as a move is (CANCELLATION_WINDOW_CLOSED). */
  seats?: InputMaybe<Scalars['Int']['input']>;
  /** The new start. Times may be moved within the cancellation window only by those who manage bookings. */
  startTime?: InputMaybe<Scalars['DateTime']['input']>;
};

/**
 * Changes the occurrences that are PENDING or CONFIRMED and have not started. To change a single one, use updateBooking. Absent fields keep
 * their value.
 *
 * - startTime and endTime are the new times of the named occurrence. The others move by the same number of days, to the same wall-clock time,
 *   and get the same length.
 * - Exceptions (occurrences moved individually) keep their time and resources and take the other changes. With includeExceptions, they return
 *   to where the rule put them, moved as the others are, and stop being exceptions.
 * - Cancelled occurrences never come back.
 * - All are checked against what others occupy, not against each other's old times, so occurrences may trade places.
 * - With SKIP, an occurrence that cannot move stays where it is, with its seats, and becomes an exception.
 * - For callers who are not staff, each occurrence's cancellation window applies.
 * - The rule follows: daysOfWeek move along, MONTHLY continues on the named occurrence's new day, and a series that was split ends with its
 *   last occurrence.
 *
 * Every booking keeps its id. Each one that changes has its version raised by one and gets one booking.updated, all in one transaction and by
 * start, so cursors follow that order. A booking that would not change is not touched.
 */
export type UpdateBookingSeriesInput = {
  /** Replaces all. */
  additionalResources?: InputMaybe<Array<ResourceNeedInput>>;
  /** An occurrence of the series that is PENDING or CONFIRMED and has not started (else INVALID_TRANSITION). */
  bookingId: Scalars['ID']['input'];
  /** Null: the user who made the series. */
  clientId?: InputMaybe<Scalars['ID']['input']>;
  /** The new end of the named occurrence. */
  endTime?: InputMaybe<Scalars['DateTime']['input']>;
  /** Refuses with VERSION_MISMATCH if the named occurrence has another version. */
  expectedVersion?: InputMaybe<Scalars['Int']['input']>;
  /** Whether exceptions return to where the rule puts them. */
  includeExceptions?: InputMaybe<Scalars['Boolean']['input']>;
  /** The new text; null removes it. */
  notes?: InputMaybe<Scalars['String']['input']>;
  /** What to do with occurrences that cannot move. */
  onConflict?: InputMaybe<SeriesConflictPolicy>;
  /** For staff: rules that the new times need not keep. */
  override?: InputMaybe<BookingOverrideInput>;
  /** Another resource of the tenant. */
  resourceId?: InputMaybe<Scalars['ID']['input']>;
  /** Which occurrences change. */
  scope: SeriesScope;
  /** As in UpdateBookingInput. */
  seats?: InputMaybe<Scalars['Int']['input']>;
  /** The new start of the named occurrence. */
  startTime?: InputMaybe<Scalars['DateTime']['input']>;
};

/** The changes; absent fields keep their value. Null returns startTime, endTime, resourceIds and categoryIds to their default. */
export type UpdateClosureInput = {
  /** Replaces the categories, 1 to 500. */
  categoryIds?: InputMaybe<Array<Scalars['ID']['input']>>;
  /** What to do with the bookings that it overlaps then. */
  effect?: InputMaybe<ClosureEffect>;
  /** When it ends on each date, after startTime; null: 24:00. */
  endTime?: InputMaybe<Scalars['LocalTime']['input']>;
  /** The first date. */
  from?: InputMaybe<Scalars['LocalDate']['input']>;
  /** The closure. */
  id: Scalars['ID']['input'];
  /** 1 to 200 characters. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** Replaces the resources, 1 to 500. If both lists are null, everything is closed. */
  resourceIds?: InputMaybe<Array<Scalars['ID']['input']>>;
  /** When it begins on each date; null: 00:00. */
  startTime?: InputMaybe<Scalars['LocalTime']['input']>;
  /** The last date, at most 366 dates from the first to the last. */
  to?: InputMaybe<Scalars['LocalDate']['input']>;
};

export type User = {
  /** Bookings that the user made, and bookings for the user. */
  bookings: BookingConnection;
  id: Scalars['ID']['output'];
};


export type UserBookingsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<BookingFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<BookingOrder>;
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
  Resource: Resource;
  Tenant: Tenant;
  User: User;
};

/** Mapping of federation reference types */
export type FederationReferenceTypes = {
  Booking:
    ( { __typename: 'Booking' }
    & GraphQLRecursivePick<FederationTypes['Booking'], {"id":true}> );
  Resource:
    ( { __typename: 'Resource' }
    & GraphQLRecursivePick<FederationTypes['Resource'], {"id":true}> );
  Tenant:
    ( { __typename: 'Tenant' }
    & GraphQLRecursivePick<FederationTypes['Tenant'], {"id":true}> );
  User:
    ( { __typename: 'User' }
    & GraphQLRecursivePick<FederationTypes['User'], {"id":true}> );
};


/** Mapping of interface types */
export type ResolversInterfaceTypes<_RefType extends Record<string, unknown>> = {
  UserError:
    | ( Omit<BookingConflictError, 'conflicts' | 'resource'> & { conflicts: Array<_RefType['BookingConflict']>, resource?: Maybe<_RefType['Resource']> } )
    | ( Omit<BookingRuleError, 'resource'> & { resource?: Maybe<_RefType['Resource']> } )
    | ( InputError )
  ;
};

/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  AvailabilityChange: ResolverTypeWrapper<ChangedDays>;
  AvailabilityChangedInput: AvailabilityChangedInput;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  AvailabilityDay: ResolverTypeWrapper<AvailableDay>;
  BookedResource: ResolverTypeWrapper<Omit<BookedResource, 'resource'> & { resource: ResolversTypes['Resource'] }>;
  Booking: ResolverTypeWrapper<BookingRow>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  BookingChange: ResolverTypeWrapper<Change>;
  BookingChangeFilter: BookingChangeFilter;
  BookingChangeType: BookingChangeType;
  BookingConflict: ResolverTypeWrapper<Omit<BookingConflict, 'resource'> & { resource: ResolversTypes['Resource'] }>;
  BookingConflictError: ResolverTypeWrapper<Omit<BookingConflictError, 'conflicts' | 'resource'> & { conflicts: Array<ResolversTypes['BookingConflict']>, resource?: Maybe<ResolversTypes['Resource']> }>;
  BookingConnection: ResolverTypeWrapper<BookingPage>;
  BookingEdge: ResolverTypeWrapper<Omit<BookingEdge, 'node'> & { node: ResolversTypes['Booking'] }>;
  BookingFilter: BookingFilter;
  BookingOrder: BookingOrder;
  BookingOrderField: BookingOrderField;
  BookingOverride: ResolverTypeWrapper<ShownOverride>;
  BookingOverrideInput: BookingOverrideInput;
  BookingPayload: ResolverTypeWrapper<Omit<BookingPayload, 'booking' | 'userErrors'> & { booking?: Maybe<ResolversTypes['Booking']>, userErrors: Array<ResolversTypes['UserError']> }>;
  BookingRuleError: ResolverTypeWrapper<Omit<BookingRuleError, 'resource'> & { resource?: Maybe<ResolversTypes['Resource']> }>;
  BookingSeries: ResolverTypeWrapper<SeriesRow>;
  BookingSeriesPayload: ResolverTypeWrapper<Omit<BookingSeriesPayload, 'bookings' | 'series' | 'skipped' | 'userErrors'> & { bookings: Array<ResolversTypes['Booking']>, series?: Maybe<ResolversTypes['BookingSeries']>, skipped: Array<ResolversTypes['SkippedOccurrence']>, userErrors: Array<ResolversTypes['UserError']> }>;
  BookingSource: BookingSource;
  BookingStatus: BookingStatus;
  CancelBookingInput: CancelBookingInput;
  CancelBookingSeriesInput: CancelBookingSeriesInput;
  CancelBookingSeriesPayload: ResolverTypeWrapper<Omit<CancelBookingSeriesPayload, 'bookings' | 'userErrors'> & { bookings: Array<ResolversTypes['Booking']>, userErrors: Array<ResolversTypes['UserError']> }>;
  ChangeBookingStatusInput: ChangeBookingStatusInput;
  Closure: ResolverTypeWrapper<ClosureRow>;
  ClosureConnection: ResolverTypeWrapper<ClosurePage>;
  ClosureEdge: ResolverTypeWrapper<Omit<ClosureEdge, 'node'> & { node: ResolversTypes['Closure'] }>;
  ClosureEffect: ClosureEffect;
  ClosureFilter: ClosureFilter;
  ClosureInput: ClosureInput;
  ClosuresPayload: ResolverTypeWrapper<Omit<ClosuresPayload, 'affected' | 'closures' | 'userErrors'> & { affected: Array<ResolversTypes['Booking']>, closures: Array<ResolversTypes['Closure']>, userErrors: Array<ResolversTypes['UserError']> }>;
  ConfirmHoldInput: ConfirmHoldInput;
  CreateBookingInput: CreateBookingInput;
  CreateBookingPayload: ResolverTypeWrapper<Omit<CreateBookingPayload, 'booking' | 'bookings' | 'series' | 'skipped' | 'userErrors'> & { booking?: Maybe<ResolversTypes['Booking']>, bookings: Array<ResolversTypes['Booking']>, series?: Maybe<ResolversTypes['BookingSeries']>, skipped: Array<ResolversTypes['SkippedOccurrence']>, userErrors: Array<ResolversTypes['UserError']> }>;
  CreateClosuresInput: CreateClosuresInput;
  CreateHoldInput: CreateHoldInput;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  DayOfWeek: DayOfWeek;
  DeletePayload: ResolverTypeWrapper<Omit<DeletePayload, 'userErrors'> & { userErrors: Array<ResolversTypes['UserError']> }>;
  EmailAddress: ResolverTypeWrapper<Scalars['EmailAddress']['output']>;
  ExtendBookingSeriesInput: ExtendBookingSeriesInput;
  FreeRange: ResolverTypeWrapper<SlotRun>;
  HeldTime: ResolverTypeWrapper<HeldTime>;
  HexColorCode: ResolverTypeWrapper<Scalars['HexColorCode']['output']>;
  Hold: ResolverTypeWrapper<HoldRow>;
  HoldPayload: ResolverTypeWrapper<Omit<HoldPayload, 'hold' | 'userErrors'> & { hold?: Maybe<ResolversTypes['Hold']>, userErrors: Array<ResolversTypes['UserError']> }>;
  HoldPurpose: HoldPurpose;
  ImportHolidaysInput: ImportHolidaysInput;
  InputError: ResolverTypeWrapper<InputError>;
  JSONObject: ResolverTypeWrapper<Scalars['JSONObject']['output']>;
  LocalDate: ResolverTypeWrapper<Scalars['LocalDate']['output']>;
  LocalTime: ResolverTypeWrapper<Scalars['LocalTime']['output']>;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  OrderDirection: OrderDirection;
  OverridableRule: OverridableRule;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Recurrence: ResolverTypeWrapper<SeriesRow>;
  RecurrenceFrequency: RecurrenceFrequency;
  RecurrenceInput: RecurrenceInput;
  Resource: ResolverTypeWrapper<Reference>;
  ResourceCategory: ResolverTypeWrapper<Reference>;
  ResourceNeedInput: ResourceNeedInput;
  SeriesConflictPolicy: SeriesConflictPolicy;
  SeriesScope: SeriesScope;
  SkippedOccurrence: ResolverTypeWrapper<LeftOutOccurrence>;
  Slot: ResolverTypeWrapper<SlotTime>;
  Subscription: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Tenant: ResolverTypeWrapper<Reference>;
  TimeRange: ResolverTypeWrapper<TimeRange>;
  TimeRangeInput: TimeRangeInput;
  TimeZone: ResolverTypeWrapper<Scalars['TimeZone']['output']>;
  URL: ResolverTypeWrapper<Scalars['URL']['output']>;
  UpdateBookingInput: UpdateBookingInput;
  UpdateBookingSeriesInput: UpdateBookingSeriesInput;
  UpdateClosureInput: UpdateClosureInput;
  User: ResolverTypeWrapper<Reference>;
  UserError: ResolverTypeWrapper<ResolversInterfaceTypes<ResolversTypes>['UserError']>;
  UserErrorCode: UserErrorCode;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  AvailabilityChange: ChangedDays;
  AvailabilityChangedInput: AvailabilityChangedInput;
  Int: Scalars['Int']['output'];
  ID: Scalars['ID']['output'];
  AvailabilityDay: AvailableDay;
  BookedResource: Omit<BookedResource, 'resource'> & { resource: ResolversParentTypes['Resource'] };
  Booking: BookingRow;
  Boolean: Scalars['Boolean']['output'];
  String: Scalars['String']['output'];
  BookingChange: Change;
  BookingChangeFilter: BookingChangeFilter;
  BookingConflict: Omit<BookingConflict, 'resource'> & { resource: ResolversParentTypes['Resource'] };
  BookingConflictError: Omit<BookingConflictError, 'conflicts' | 'resource'> & { conflicts: Array<ResolversParentTypes['BookingConflict']>, resource?: Maybe<ResolversParentTypes['Resource']> };
  BookingConnection: BookingPage;
  BookingEdge: Omit<BookingEdge, 'node'> & { node: ResolversParentTypes['Booking'] };
  BookingFilter: BookingFilter;
  BookingOrder: BookingOrder;
  BookingOverride: ShownOverride;
  BookingOverrideInput: BookingOverrideInput;
  BookingPayload: Omit<BookingPayload, 'booking' | 'userErrors'> & { booking?: Maybe<ResolversParentTypes['Booking']>, userErrors: Array<ResolversParentTypes['UserError']> };
  BookingRuleError: Omit<BookingRuleError, 'resource'> & { resource?: Maybe<ResolversParentTypes['Resource']> };
  BookingSeries: SeriesRow;
  BookingSeriesPayload: Omit<BookingSeriesPayload, 'bookings' | 'series' | 'skipped' | 'userErrors'> & { bookings: Array<ResolversParentTypes['Booking']>, series?: Maybe<ResolversParentTypes['BookingSeries']>, skipped: Array<ResolversParentTypes['SkippedOccurrence']>, userErrors: Array<ResolversParentTypes['UserError']> };
  CancelBookingInput: CancelBookingInput;
  CancelBookingSeriesInput: CancelBookingSeriesInput;
  CancelBookingSeriesPayload: Omit<CancelBookingSeriesPayload, 'bookings' | 'userErrors'> & { bookings: Array<ResolversParentTypes['Booking']>, userErrors: Array<ResolversParentTypes['UserError']> };
  ChangeBookingStatusInput: ChangeBookingStatusInput;
  Closure: ClosureRow;
  ClosureConnection: ClosurePage;
  ClosureEdge: Omit<ClosureEdge, 'node'> & { node: ResolversParentTypes['Closure'] };
  ClosureFilter: ClosureFilter;
  ClosureInput: ClosureInput;
  ClosuresPayload: Omit<ClosuresPayload, 'affected' | 'closures' | 'userErrors'> & { affected: Array<ResolversParentTypes['Booking']>, closures: Array<ResolversParentTypes['Closure']>, userErrors: Array<ResolversParentTypes['UserError']> };
  ConfirmHoldInput: ConfirmHoldInput;
  CreateBookingInput: CreateBookingInput;
  CreateBookingPayload: Omit<CreateBookingPayload, 'booking' | 'bookings' | 'series' | 'skipped' | 'userErrors'> & { booking?: Maybe<ResolversParentTypes['Booking']>, bookings: Array<ResolversParentTypes['Booking']>, series?: Maybe<ResolversParentTypes['BookingSeries']>, skipped: Array<ResolversParentTypes['SkippedOccurrence']>, userErrors: Array<ResolversParentTypes['UserError']> };
  CreateClosuresInput: CreateClosuresInput;
  CreateHoldInput: CreateHoldInput;
  DateTime: Scalars['DateTime']['output'];
  DeletePayload: Omit<DeletePayload, 'userErrors'> & { userErrors: Array<ResolversParentTypes['UserError']> };
  EmailAddress: Scalars['EmailAddress']['output'];
  ExtendBookingSeriesInput: ExtendBookingSeriesInput;
  FreeRange: SlotRun;
  HeldTime: HeldTime;
  HexColorCode: Scalars['HexColorCode']['output'];
  Hold: HoldRow;
  HoldPayload: Omit<HoldPayload, 'hold' | 'userErrors'> & { hold?: Maybe<ResolversParentTypes['Hold']>, userErrors: Array<ResolversParentTypes['UserError']> };
  ImportHolidaysInput: ImportHolidaysInput;
  InputError: InputError;
  JSONObject: Scalars['JSONObject']['output'];
  LocalDate: Scalars['LocalDate']['output'];
  LocalTime: Scalars['LocalTime']['output'];
  Mutation: Record<PropertyKey, never>;
  PageInfo: PageInfo;
  Query: Record<PropertyKey, never>;
  Recurrence: SeriesRow;
  RecurrenceInput: RecurrenceInput;
  Resource: Reference;
  ResourceCategory: Reference;
  ResourceNeedInput: ResourceNeedInput;
  SkippedOccurrence: LeftOutOccurrence;
  Slot: SlotTime;
  Subscription: Record<PropertyKey, never>;
  Tenant: Reference;
  TimeRange: TimeRange;
  TimeRangeInput: TimeRangeInput;
  TimeZone: Scalars['TimeZone']['output'];
  URL: Scalars['URL']['output'];
  UpdateBookingInput: UpdateBookingInput;
  UpdateBookingSeriesInput: UpdateBookingSeriesInput;
  UpdateClosureInput: UpdateClosureInput;
  User: Reference;
  UserError: ResolversInterfaceTypes<ResolversParentTypes>['UserError'];
};

export type AvailabilityChangeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['AvailabilityChange'] = ResolversParentTypes['AvailabilityChange']> = {
  days?: Resolver<Array<ResolversTypes['AvailabilityDay']>, ParentType, ContextType>;
  resource?: Resolver<ResolversTypes['Resource'], ParentType, ContextType>;
};

export type AvailabilityDayResolvers<ContextType = Context, ParentType extends ResolversParentTypes['AvailabilityDay'] = ResolversParentTypes['AvailabilityDay']> = {
  availableCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  closures?: Resolver<Array<ResolversTypes['Closure']>, ParentType, ContextType>;
  date?: Resolver<ResolversTypes['LocalDate'], ParentType, ContextType>;
  freeRanges?: Resolver<Array<ResolversTypes['FreeRange']>, ParentType, ContextType>;
  slotCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  slots?: Resolver<Array<ResolversTypes['Slot']>, ParentType, ContextType>;
  timezone?: Resolver<ResolversTypes['TimeZone'], ParentType, ContextType>;
};

export type BookedResourceResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BookedResource'] = ResolversParentTypes['BookedResource']> = {
  resource?: Resolver<ResolversTypes['Resource'], ParentType, ContextType>;
  seats?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type BookingResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Booking'] = ResolversParentTypes['Booking'], FederationReferenceType extends FederationReferenceTypes['Booking'] = FederationReferenceTypes['Booking']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Booking']> | FederationReferenceType, FederationReferenceType, ContextType>;
  blockedEnd?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  blockedStart?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  canCancel?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  cancellableUntil?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  cancellationReason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  cancelledBy?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
  cannotCancelReason?: Resolver<Maybe<ResolversTypes['UserErrorCode']>, ParentType, ContextType>;
  client?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  decisionDeadline?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  decisionReason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  endTime?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  isException?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  localEnd?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  localStart?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  metadata?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  notes?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  override?: Resolver<Maybe<ResolversTypes['BookingOverride']>, ParentType, ContextType>;
  resource?: Resolver<ResolversTypes['Resource'], ParentType, ContextType>;
  resources?: Resolver<Array<ResolversTypes['BookedResource']>, ParentType, ContextType>;
  seats?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  series?: Resolver<Maybe<ResolversTypes['BookingSeries']>, ParentType, ContextType>;
  source?: Resolver<ResolversTypes['BookingSource'], ParentType, ContextType>;
  startTime?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  status?: Resolver<ResolversTypes['BookingStatus'], ParentType, ContextType>;
  tenant?: Resolver<ResolversTypes['Tenant'], ParentType, ContextType>;
  updatedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
  version?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type BookingChangeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BookingChange'] = ResolversParentTypes['BookingChange']> = {
  booking?: Resolver<ResolversTypes['Booking'], ParentType, ContextType>;
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  occurredAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  type?: Resolver<ResolversTypes['BookingChangeType'], ParentType, ContextType>;
};

export type BookingConflictResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BookingConflict'] = ResolversParentTypes['BookingConflict']> = {
  bookingId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  endTime?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  resource?: Resolver<ResolversTypes['Resource'], ParentType, ContextType>;
  startTime?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type BookingConflictErrorResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BookingConflictError'] = ResolversParentTypes['BookingConflictError']> = {
  code?: Resolver<ResolversTypes['UserErrorCode'], ParentType, ContextType>;
  conflicts?: Resolver<Array<ResolversTypes['BookingConflict']>, ParentType, ContextType>;
  field?: Resolver<Maybe<Array<ResolversTypes['String']>>, ParentType, ContextType>;
  holds?: Resolver<Array<ResolversTypes['HeldTime']>, ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  remainingSeats?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  resource?: Resolver<Maybe<ResolversTypes['Resource']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type BookingConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BookingConnection'] = ResolversParentTypes['BookingConnection']> = {
  edges?: Resolver<Array<ResolversTypes['BookingEdge']>, ParentType, ContextType>;
  nodes?: Resolver<Array<ResolversTypes['Booking']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type BookingEdgeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BookingEdge'] = ResolversParentTypes['BookingEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Booking'], ParentType, ContextType>;
};

export type BookingOverrideResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BookingOverride'] = ResolversParentTypes['BookingOverride']> = {
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  by?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
  reason?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  rules?: Resolver<Array<ResolversTypes['OverridableRule']>, ParentType, ContextType>;
};

export type BookingPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BookingPayload'] = ResolversParentTypes['BookingPayload']> = {
  booking?: Resolver<Maybe<ResolversTypes['Booking']>, ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type BookingRuleErrorResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BookingRuleError'] = ResolversParentTypes['BookingRuleError']> = {
  code?: Resolver<ResolversTypes['UserErrorCode'], ParentType, ContextType>;
  endTime?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  field?: Resolver<Maybe<Array<ResolversTypes['String']>>, ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  resource?: Resolver<Maybe<ResolversTypes['Resource']>, ParentType, ContextType>;
  startTime?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type BookingSeriesResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BookingSeries'] = ResolversParentTypes['BookingSeries']> = {
  bookings?: Resolver<ResolversTypes['BookingConnection'], ParentType, ContextType, RequireFields<BookingSeriesBookingsArgs, 'first'>>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  next?: Resolver<Maybe<ResolversTypes['BookingSeries']>, ParentType, ContextType>;
  previous?: Resolver<Maybe<ResolversTypes['BookingSeries']>, ParentType, ContextType>;
  recurrence?: Resolver<ResolversTypes['Recurrence'], ParentType, ContextType>;
};

export type BookingSeriesPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BookingSeriesPayload'] = ResolversParentTypes['BookingSeriesPayload']> = {
  bookings?: Resolver<Array<ResolversTypes['Booking']>, ParentType, ContextType>;
  series?: Resolver<Maybe<ResolversTypes['BookingSeries']>, ParentType, ContextType>;
  skipped?: Resolver<Array<ResolversTypes['SkippedOccurrence']>, ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type CancelBookingSeriesPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CancelBookingSeriesPayload'] = ResolversParentTypes['CancelBookingSeriesPayload']> = {
  bookings?: Resolver<Array<ResolversTypes['Booking']>, ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type ClosureResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Closure'] = ResolversParentTypes['Closure']> = {
  categories?: Resolver<Maybe<Array<ResolversTypes['ResourceCategory']>>, ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  endTime?: Resolver<Maybe<ResolversTypes['LocalTime']>, ParentType, ContextType>;
  from?: Resolver<ResolversTypes['LocalDate'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  resources?: Resolver<Maybe<Array<ResolversTypes['Resource']>>, ParentType, ContextType>;
  startTime?: Resolver<Maybe<ResolversTypes['LocalTime']>, ParentType, ContextType>;
  tenant?: Resolver<ResolversTypes['Tenant'], ParentType, ContextType>;
  to?: Resolver<ResolversTypes['LocalDate'], ParentType, ContextType>;
  updatedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type ClosureConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ClosureConnection'] = ResolversParentTypes['ClosureConnection']> = {
  edges?: Resolver<Array<ResolversTypes['ClosureEdge']>, ParentType, ContextType>;
  nodes?: Resolver<Array<ResolversTypes['Closure']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type ClosureEdgeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ClosureEdge'] = ResolversParentTypes['ClosureEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Closure'], ParentType, ContextType>;
};

export type ClosuresPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ClosuresPayload'] = ResolversParentTypes['ClosuresPayload']> = {
  affected?: Resolver<Array<ResolversTypes['Booking']>, ParentType, ContextType>;
  affectedCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  closures?: Resolver<Array<ResolversTypes['Closure']>, ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type CreateBookingPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CreateBookingPayload'] = ResolversParentTypes['CreateBookingPayload']> = {
  booking?: Resolver<Maybe<ResolversTypes['Booking']>, ParentType, ContextType>;
  bookings?: Resolver<Array<ResolversTypes['Booking']>, ParentType, ContextType>;
  series?: Resolver<Maybe<ResolversTypes['BookingSeries']>, ParentType, ContextType>;
  skipped?: Resolver<Array<ResolversTypes['SkippedOccurrence']>, ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
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

export type FreeRangeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['FreeRange'] = ResolversParentTypes['FreeRange']> = {
  endTime?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  lastStart?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  localEnd?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  localStart?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  minutes?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  remainingSeats?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  startTime?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type HeldTimeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['HeldTime'] = ResolversParentTypes['HeldTime']> = {
  endTime?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  expiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  isMine?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startTime?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export interface HexColorCodeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['HexColorCode'], any> {
  name: 'HexColorCode';
}

export type HoldResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Hold'] = ResolversParentTypes['Hold']> = {
  client?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  endTime?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  expiresAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  isExpired?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  localEnd?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  localStart?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  purpose?: Resolver<ResolversTypes['HoldPurpose'], ParentType, ContextType>;
  resources?: Resolver<Array<ResolversTypes['BookedResource']>, ParentType, ContextType>;
  seats?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  startTime?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  tenant?: Resolver<ResolversTypes['Tenant'], ParentType, ContextType>;
  user?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
};

export type HoldPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['HoldPayload'] = ResolversParentTypes['HoldPayload']> = {
  hold?: Resolver<Maybe<ResolversTypes['Hold']>, ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

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
  cancelBooking?: Resolver<ResolversTypes['BookingPayload'], ParentType, ContextType, RequireFields<MutationCancelBookingArgs, 'input'>>;
  cancelBookingSeries?: Resolver<ResolversTypes['CancelBookingSeriesPayload'], ParentType, ContextType, RequireFields<MutationCancelBookingSeriesArgs, 'input'>>;
  changeBookingStatus?: Resolver<ResolversTypes['BookingPayload'], ParentType, ContextType, RequireFields<MutationChangeBookingStatusArgs, 'input'>>;
  confirmHold?: Resolver<ResolversTypes['BookingPayload'], ParentType, ContextType, RequireFields<MutationConfirmHoldArgs, 'input'>>;
  createBooking?: Resolver<ResolversTypes['CreateBookingPayload'], ParentType, ContextType, RequireFields<MutationCreateBookingArgs, 'input'>>;
  createClosures?: Resolver<ResolversTypes['ClosuresPayload'], ParentType, ContextType, RequireFields<MutationCreateClosuresArgs, 'input'>>;
  createHold?: Resolver<ResolversTypes['HoldPayload'], ParentType, ContextType, RequireFields<MutationCreateHoldArgs, 'input'>>;
  deleteClosure?: Resolver<ResolversTypes['DeletePayload'], ParentType, ContextType, RequireFields<MutationDeleteClosureArgs, 'id'>>;
  extendBookingSeries?: Resolver<ResolversTypes['BookingSeriesPayload'], ParentType, ContextType, RequireFields<MutationExtendBookingSeriesArgs, 'input'>>;
  importHolidays?: Resolver<ResolversTypes['ClosuresPayload'], ParentType, ContextType, RequireFields<MutationImportHolidaysArgs, 'input'>>;
  releaseHold?: Resolver<ResolversTypes['HoldPayload'], ParentType, ContextType, RequireFields<MutationReleaseHoldArgs, 'id'>>;
  updateBooking?: Resolver<ResolversTypes['BookingPayload'], ParentType, ContextType, RequireFields<MutationUpdateBookingArgs, 'input'>>;
  updateBookingSeries?: Resolver<ResolversTypes['BookingSeriesPayload'], ParentType, ContextType, RequireFields<MutationUpdateBookingSeriesArgs, 'input'>>;
  updateClosure?: Resolver<ResolversTypes['ClosuresPayload'], ParentType, ContextType, RequireFields<MutationUpdateClosureArgs, 'input'>>;
};

export type PageInfoResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type QueryResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  booking?: Resolver<Maybe<ResolversTypes['Booking']>, ParentType, ContextType, RequireFields<QueryBookingArgs, 'id'>>;
  bookings?: Resolver<ResolversTypes['BookingConnection'], ParentType, ContextType, RequireFields<QueryBookingsArgs, 'first'>>;
  closures?: Resolver<ResolversTypes['ClosureConnection'], ParentType, ContextType, RequireFields<QueryClosuresArgs, 'first'>>;
  hold?: Resolver<Maybe<ResolversTypes['Hold']>, ParentType, ContextType, RequireFields<QueryHoldArgs, 'id'>>;
  internalBookingsOfPerson?: Resolver<Maybe<ResolversTypes['JSONObject']>, ParentType, ContextType, RequireFields<QueryInternalBookingsOfPersonArgs, 'tenantId' | 'userId'>>;
};

export type RecurrenceResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Recurrence'] = ResolversParentTypes['Recurrence']> = {
  count?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  daysOfWeek?: Resolver<Maybe<Array<ResolversTypes['DayOfWeek']>>, ParentType, ContextType>;
  endDate?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  exceptDates?: Resolver<Maybe<Array<ResolversTypes['LocalDate']>>, ParentType, ContextType>;
  frequency?: Resolver<ResolversTypes['RecurrenceFrequency'], ParentType, ContextType>;
  interval?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type ResourceResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Resource'] = ResolversParentTypes['Resource'], FederationReferenceType extends FederationReferenceTypes['Resource'] = FederationReferenceTypes['Resource']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Resource']> | FederationReferenceType, FederationReferenceType, ContextType>;
  availability?: Resolver<Array<ResolversTypes['AvailabilityDay']>, ParentType, ContextType, RequireFields<ResourceAvailabilityArgs, 'from' | 'seats'>>;
  bookings?: Resolver<ResolversTypes['BookingConnection'], ParentType, ContextType, RequireFields<ResourceBookingsArgs, 'first'>>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type ResourceCategoryResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ResourceCategory'] = ResolversParentTypes['ResourceCategory']> = {
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type SkippedOccurrenceResolvers<ContextType = Context, ParentType extends ResolversParentTypes['SkippedOccurrence'] = ResolversParentTypes['SkippedOccurrence']> = {
  endTime?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  errors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
  startTime?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type SlotResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Slot'] = ResolversParentTypes['Slot']> = {
  available?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  bookableUntil?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  endTime?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  heldUntil?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  localEnd?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  localStart?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  remainingSeats?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  startTime?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  totalSeats?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  unavailableReason?: Resolver<Maybe<ResolversTypes['UserErrorCode']>, ParentType, ContextType>;
};

export type SubscriptionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Subscription'] = ResolversParentTypes['Subscription']> = {
  availabilityChanged?: SubscriptionResolver<ResolversTypes['AvailabilityChange'], "availabilityChanged", ParentType, ContextType, RequireFields<SubscriptionAvailabilityChangedArgs, 'input'>>;
  bookingChanged?: SubscriptionResolver<ResolversTypes['BookingChange'], "bookingChanged", ParentType, ContextType, Partial<SubscriptionBookingChangedArgs>>;
};

export type TenantResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Tenant'] = ResolversParentTypes['Tenant'], FederationReferenceType extends FederationReferenceTypes['Tenant'] = FederationReferenceTypes['Tenant']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Tenant']> | FederationReferenceType, FederationReferenceType, ContextType>;
  bookings?: Resolver<ResolversTypes['BookingConnection'], ParentType, ContextType, RequireFields<TenantBookingsArgs, 'first'>>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
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
  bookings?: Resolver<ResolversTypes['BookingConnection'], ParentType, ContextType, RequireFields<UserBookingsArgs, 'first'>>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type UserErrorResolvers<ContextType = Context, ParentType extends ResolversParentTypes['UserError'] = ResolversParentTypes['UserError']> = {
  __resolveType: TypeResolveFn<'BookingConflictError' | 'BookingRuleError' | 'InputError', ParentType, ContextType>;
};

export type Resolvers<ContextType = Context> = {
  AvailabilityChange?: AvailabilityChangeResolvers<ContextType>;
  AvailabilityDay?: AvailabilityDayResolvers<ContextType>;
  BookedResource?: BookedResourceResolvers<ContextType>;
  Booking?: BookingResolvers<ContextType>;
  BookingChange?: BookingChangeResolvers<ContextType>;
  BookingConflict?: BookingConflictResolvers<ContextType>;
  BookingConflictError?: BookingConflictErrorResolvers<ContextType>;
  BookingConnection?: BookingConnectionResolvers<ContextType>;
  BookingEdge?: BookingEdgeResolvers<ContextType>;
  BookingOverride?: BookingOverrideResolvers<ContextType>;
  BookingPayload?: BookingPayloadResolvers<ContextType>;
  BookingRuleError?: BookingRuleErrorResolvers<ContextType>;
  BookingSeries?: BookingSeriesResolvers<ContextType>;
  BookingSeriesPayload?: BookingSeriesPayloadResolvers<ContextType>;
  CancelBookingSeriesPayload?: CancelBookingSeriesPayloadResolvers<ContextType>;
  Closure?: ClosureResolvers<ContextType>;
  ClosureConnection?: ClosureConnectionResolvers<ContextType>;
  ClosureEdge?: ClosureEdgeResolvers<ContextType>;
  ClosuresPayload?: ClosuresPayloadResolvers<ContextType>;
  CreateBookingPayload?: CreateBookingPayloadResolvers<ContextType>;
  DateTime?: GraphQLScalarType;
  DeletePayload?: DeletePayloadResolvers<ContextType>;
  EmailAddress?: GraphQLScalarType;
  FreeRange?: FreeRangeResolvers<ContextType>;
  HeldTime?: HeldTimeResolvers<ContextType>;
  HexColorCode?: GraphQLScalarType;
  Hold?: HoldResolvers<ContextType>;
  HoldPayload?: HoldPayloadResolvers<ContextType>;
  InputError?: InputErrorResolvers<ContextType>;
  JSONObject?: GraphQLScalarType;
  LocalDate?: GraphQLScalarType;
  LocalTime?: GraphQLScalarType;
  Mutation?: MutationResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  Recurrence?: RecurrenceResolvers<ContextType>;
  Resource?: ResourceResolvers<ContextType>;
  ResourceCategory?: ResourceCategoryResolvers<ContextType>;
  SkippedOccurrence?: SkippedOccurrenceResolvers<ContextType>;
  Slot?: SlotResolvers<ContextType>;
  Subscription?: SubscriptionResolvers<ContextType>;
  Tenant?: TenantResolvers<ContextType>;
  TimeRange?: TimeRangeResolvers<ContextType>;
  TimeZone?: GraphQLScalarType;
  URL?: GraphQLScalarType;
  User?: UserResolvers<ContextType>;
  UserError?: UserErrorResolvers<ContextType>;
};

