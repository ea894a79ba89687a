import type { DateTimeInput } from '@libs/time/instants';
import type { DateTimeOutput } from '@libs/time/instants';
import type { Temporal } from 'temporal-polyfill';
import type { LocalTime } from '@libs/time/localTimes';
import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { BookingRow, SeriesRow } from '@drizzle/booking/tables';
import type { BookingPage, Reference } from './bookings/reads.ts';
import type { DayOfSlots } from './availability/slotLoader.ts';
import type { SlotTime } from './scheduling/slots.ts';
import type { SlotRun } from './scheduling/freeRanges.ts';
import type { Change } from './changes/readChanges.ts';
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

/** The slots of one local date. */
export type AvailabilityDay = {
  /** How many of them can be booked: the slots with available true. */
  availableCount: Scalars['Int']['output'];
  /** The date in the tenant's time zone. */
  date: Scalars['LocalDate']['output'];
  /**
   * The available slots in compact form, by start, for calendars that do not need every slot. [] where none is available.
   *
   * slotCount, availableCount and freeRanges come from the same rules as `slots`, at the same moment and for the same durationMinutes, and
   * always agree with them, whether or not `slots` is selected.
   */
  freeRanges: Array<FreeRange>;
  /** How many slots the day has, available or not: the length of `slots`. */
  slotCount: Scalars['Int']['output'];
  /** By start. */
  slots: Array<Slot>;
  /** The tenant's time zone. */
  timezone: Scalars['TimeZone']['output'];
};

/** A time at a resource, for a person. Readable by its user and client, and by those who manage bookings. */
export type Booking = {
  /** Whether the caller may cancel the booking now. Depends on its status, the tenant's cancellation window (which does not bind administrators) and the caller's permissions. */
  canCancel: Scalars['Boolean']['output'];
  /** What was said when the booking was cancelled. */
  cancellationReason?: Maybe<Scalars['String']['output']>;
  /** The user who cancelled the booking; null if the platform did, or if it was cancelled because its resource or user was deleted. */
  cancelledBy?: Maybe<User>;
  /** The user whom the booking is for; by default the one who made it. */
  client: User;
  /** When it was made. */
  createdAt: Scalars['DateTime']['output'];
  /** When the booking ends. */
  endTime: Scalars['DateTime']['output'];
  /** A UUID. */
  id: Scalars['ID']['output'];
  /** endTime likewise. */
  localEnd: Scalars['String']['output'];
  /** startTime in the tenant's time zone, with its UTC offset: '2025-12-05T11:00:00-03:00'. */
  localStart: Scalars['String']['output'];
  /** Text for the people of the booking. */
  notes?: Maybe<Scalars['String']['output']>;
  /** The resource that is booked. */
  resource: Resource;
  /** The series that the booking belongs to; null for a single booking. */
  series?: Maybe<BookingSeries>;
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
  /** It got another status than CANCELLED. */
  | 'STATUS_CHANGED'
  /** Its time, resource, client or notes changed. */
  | 'UPDATED';

/** The time of a booking that is in the way. */
export type BookingConflict = {
  /** Its id, which the caller may or may not be allowed to read. */
  bookingId: Scalars['ID']['output'];
  /** When it ends. */
  endTime: Scalars['DateTime']['output'];
  /** When it starts. */
  startTime: Scalars['DateTime']['output'];
};

/** The requested time overlaps bookings that occupy the resource. Times that only touch do not overlap. */
export type BookingConflictError = UserError & {
  /** The kind of reason, for programs. */
  code: UserErrorCode;
  /** The conflicting bookings of all occurrences, by start; at most 100. A caller who may not read a booking still sees its id and times here, but nothing else of it. */
  conflicts: Array<BookingConflict>;
  /** The path of the input; null if no single field is the cause. */
  field?: Maybe<Array<Scalars['String']['output']>>;
  /** A sentence for people. */
  message: Scalars['String']['output'];
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
  /** Bookings that are for this user. */
  clientId?: InputMaybe<Scalars['ID']['input']>;
  /** Bookings that end after this instant. */
  from?: InputMaybe<Scalars['DateTime']['input']>;
  /** Bookings of this resource. */
  resourceId?: InputMaybe<Scalars['ID']['input']>;
  /** Bookings whose notes contain this text, without regard to case. */
  search?: InputMaybe<Scalars['String']['input']>;
  /** Bookings of this series. */
  seriesId?: InputMaybe<Scalars['ID']['input']>;
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
  /** What it goes by. */
  field?: BookingOrderField;
};

/** What a list of bookings can be ordered by. */
export type BookingOrderField =
  /** By when they were made. */
  | 'CREATED_AT'
  /** By start. */
  | 'START_TIME';

/** What was done, or why not. */
export type BookingPayload = {
  /** The booking as it is now; null if the change was refused. */
  booking?: Maybe<Booking>;
  /** Why nothing was changed; [] if it was done. */
  userErrors: Array<UserError>;
};

/** The requested time breaks a booking rule. In a series, one error for each occurrence that breaks a rule. */
export type BookingRuleError = UserError & {
  /** The kind of reason, for programs. */
  code: UserErrorCode;
  /** End of that occurrence. */
  endTime: Scalars['DateTime']['output'];
  /** The path of the input; null if no single field is the cause. */
  field?: Maybe<Array<Scalars['String']['output']>>;
  /** A sentence for people. */
  message: Scalars['String']['output'];
  /** The occurrence that breaks the rule. */
  startTime: Scalars['DateTime']['output'];
};

/** The bookings that were made by one recurrence rule. */
export type BookingSeries = {
  /** By start; only those that the caller may read. */
  bookings: BookingConnection;
  /** A UUID. */
  id: Scalars['ID']['output'];
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
  /** The id of the record. */
  id: Scalars['ID']['input'];
  /** Shown as cancellationReason and sent to the people of the booking. */
  reason?: InputMaybe<Scalars['String']['input']>;
};

/** Cancels the bookings of the series that start at or after `from` (default: now) and occupy their resource. */
export type CancelBookingSeriesInput = {
  /** The first start to cancel; default: now. */
  from?: InputMaybe<Scalars['DateTime']['input']>;
  /** Shown as cancellationReason. */
  reason?: InputMaybe<Scalars['String']['input']>;
  /** The series. */
  seriesId: Scalars['ID']['input'];
};

/** What was done, or why not. */
export type CancelBookingSeriesPayload = {
  /** The bookings that were cancelled, by start. */
  bookings: Array<Booking>;
  /** Why nothing was changed; [] if it was done. */
  userErrors: Array<UserError>;
};

/** Which status a booking gets. */
export type ChangeBookingStatusInput = {
  /** The id of the record. */
  id: Scalars['ID']['input'];
  /** CANCELLED has the rules of cancelBooking. */
  status: BookingStatus;
};

/** What to book, for whom and when. */
export type CreateBookingInput = {
  /** The user whom the booking is for; default: `userId`. */
  clientId?: InputMaybe<Scalars['ID']['input']>;
  /** When the booking ends. */
  endTime: Scalars['DateTime']['input'];
  /** 1 to 200 characters. For 24 hours, a request with the same key and the same input returns the first result again; with other input it is refused with IDEMPOTENCY_MISMATCH. A refused request leaves no result, so its key may be used again. */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** Text for the people of the booking. */
  notes?: InputMaybe<Scalars['String']['input']>;
  /** Makes a series: either all of its occurrences are booked, or none. */
  recurrence?: InputMaybe<RecurrenceInput>;
  /** The resource to book. */
  resourceId: Scalars['ID']['input'];
  /** When the booking starts. */
  startTime: Scalars['DateTime']['input'];
  /** The tenant. By default the caller's; platform administrators, who have none, must name it. */
  tenantId?: InputMaybe<Scalars['ID']['input']>;
  /** The user who makes the booking; default: the caller. Only administrators and users with canManageBookings may name another user. Platform administrators, who belong to no tenant, must name one. */
  userId?: InputMaybe<Scalars['ID']['input']>;
};

/** What was done, or why not. */
export type CreateBookingPayload = {
  /** The booking, or the first booking of the series. */
  booking?: Maybe<Booking>;
  /** All bookings that were made, by start. */
  bookings: Array<Booking>;
  /** The series, if the booking recurs. */
  series?: Maybe<BookingSeries>;
  /** Why nothing was changed; [] if it was done. */
  userErrors: Array<UserError>;
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
 * A maximal run of available slots. A booking of the requested duration, by anyone who may book, can start at startTime and at every
 * multiple of bookingInterval after it, in elapsed minutes, up to and including lastStart. Other durations are not covered.
 *
 * Two neighboring slots of a day are in the same range if and only if both are available, the later one starts exactly one bookingInterval
 * after the earlier one, and both starts have the same UTC offset. So an unavailable slot (whatever its reason), a break in the grid (such as
 * the gap between two ranges of a schedule) and a change of offset split ranges. Ranges may overlap in time only at a change of offset. A
 * range belongs to the date of its starts and never continues on the next date.
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
  /** Start of the first slot. */
  startTime: Scalars['DateTime']['output'];
};

/** A value of the input is the reason. */
export type InputError = UserError & {
  /** The kind of reason, for programs. */
  code: UserErrorCode;
  /** The path of the input; null if no single field is the cause. */
  field?: Maybe<Array<Scalars['String']['output']>>;
  /** A sentence for people. */
  message: Scalars['String']['output'];
};

export type Mutation = {
  /** Cancels a booking. Its user and client may do so until cancellationHours before its start; those who manage bookings at any time. */
  cancelBooking: BookingPayload;
  /** Cancels the rest of a series, under the rules of cancelBooking: all or none. */
  cancelBookingSeries: CancelBookingSeriesPayload;
  /** Requires canManageBookings. A status that cannot follow the current one is INVALID_TRANSITION. */
  changeBookingStatus: BookingPayload;
  /** Books a time, or with `recurrence` a series of times: all or none. Requires canBook; for others canManageBookings. */
  createBooking: CreateBookingPayload;
  /**
   * A new time or resource must keep every rule, as in createBooking. Moving a booking gives its old time back, so a caller who may not cancel
   * it, because the cancellation window has closed, may not move it either (CANCELLATION_WINDOW_CLOSED).
   */
  updateBooking: BookingPayload;
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


export type MutationCreateBookingArgs = {
  input: CreateBookingInput;
};


export type MutationUpdateBookingArgs = {
  input: UpdateBookingInput;
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

export type Query = {
  /** Null if there is none, or the caller may not read it. Requires a session. */
  booking?: Maybe<Booking>;
  /** By start. Users without canManageBookings see only the bookings that they made or that are for them. */
  bookings: BookingConnection;
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

/** The rule of a series, as in RecurrenceInput. */
export type Recurrence = {
  /** For WEEKLY, the days on which it takes place; null: the weekday of the first occurrence. */
  daysOfWeek?: Maybe<Array<DayOfWeek>>;
  /** The last instant at which an occurrence may start; null: the end of the advance window when the series was made. */
  endDate?: Maybe<Scalars['DateTime']['output']>;
  /** The unit in which the series repeats. */
  frequency: RecurrenceFrequency;
  /** Every how many of these units. */
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
  /** Only for WEEKLY (else INVALID). */
  daysOfWeek?: InputMaybe<Array<DayOfWeek>>;
  /** The last instant at which an occurrence may start. */
  endDate?: InputMaybe<Scalars['DateTime']['input']>;
  /** The unit in which the series repeats. */
  frequency: RecurrenceFrequency;
  /** Every how many days, weeks or months; 1 to 52. */
  interval?: InputMaybe<Scalars['Int']['input']>;
};

export type Resource = {
  /** The slots of each local day from `from` to `to` (inclusive; at most 62 days; `to` defaults to `from`), on the tenant's grid and within its working hours and the resource's schedule. A slot is available if no booking occupies any part of it and a booking of it would keep all of the tenant's rules now. A duration that no booking can have (not a multiple of bookingInterval, or too long) has no slots; one below 1 is BAD_USER_INPUT. One request may ask for at most 20,000 slots, over all resources (else QUERY_TOO_COMPLEX). Public if the tenant is active. */
  availability: Array<AvailabilityDay>;
  /** By start; only those that the caller may read. Requires a session. */
  bookings: BookingConnection;
  id: Scalars['ID']['output'];
};


export type ResourceAvailabilityArgs = {
  durationMinutes?: InputMaybe<Scalars['Int']['input']>;
  from: Scalars['LocalDate']['input'];
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

/** A time that can be booked. It starts on the tenant's grid and is `durationMinutes` long (default: one booking interval). */
export type Slot = {
  /** Whether the slot can be booked now. */
  available: Scalars['Boolean']['output'];
  /** When the slot ends. */
  endTime: Scalars['DateTime']['output'];
  /** endTime likewise. */
  localEnd: Scalars['String']['output'];
  /** startTime in the tenant's time zone, with its UTC offset: '2025-12-05T11:00:00-03:00'. */
  localStart: Scalars['String']['output'];
  /** When the slot starts. */
  startTime: Scalars['DateTime']['output'];
  /** Why the slot is not available (CONFLICT, IN_THE_PAST, TOO_FAR_IN_ADVANCE …); null if it is. */
  unavailableReason?: Maybe<UserErrorCode>;
};

export type Subscription = {
  /** Changes of the bookings that the caller may read: each at least once, and those of one booking in their order. With `after`, begins with every change since that cursor; changes are kept for 7 days, and an older cursor, or one from before the database was restored, is refused with BAD_USER_INPUT. */
  bookingChanged: BookingChange;
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

/** What to change. Absent fields keep their value. */
export type UpdateBookingInput = {
  /** Null: the user who made the booking. */
  clientId?: InputMaybe<Scalars['ID']['input']>;
  /** The new end. */
  endTime?: InputMaybe<Scalars['DateTime']['input']>;
  /** Refuses with VERSION_MISMATCH if the booking has another version. */
  expectedVersion?: InputMaybe<Scalars['Int']['input']>;
  /** The id of the record. */
  id: Scalars['ID']['input'];
  /** The new text; null removes it. */
  notes?: InputMaybe<Scalars['String']['input']>;
  /** Another resource of the tenant. */
  resourceId?: InputMaybe<Scalars['ID']['input']>;
  /** The new start. Times may be moved within the cancellation window only by those who manage bookings. */
  startTime?: InputMaybe<Scalars['DateTime']['input']>;
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
  /** The kind of reason, for programs. */
  code: UserErrorCode;
  /** The path of the input, such as ['input', 'endTime']; null if no single field is the cause. */
  field?: Maybe<Array<Scalars['String']['output']>>;
  /** A sentence for people, in the language of Accept-Language, else of the tenant's locale (pt-BR or en). */
  message: Scalars['String']['output'];
};

/** Why a mutation was refused. */
export type UserErrorCode =
  /** A record with this unique value exists. */
  | 'ALREADY_EXISTS'
  /** Less than cancellationHours are left before the start. */
  | 'CANCELLATION_WINDOW_CLOSED'
  /** Another booking occupies the resource at that time. */
  | 'CONFLICT'
  /** The idempotency key was used before with other input. */
  | 'IDEMPOTENCY_MISMATCH'
  /** The tenant, user, category, resource or webhook is inactive or deleted. */
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
  /** There is no such record, or the caller may not know of it. */
  | 'NOT_FOUND'
  /** The start or the duration is not on the tenant's booking interval. */
  | 'NOT_ON_INTERVAL'
  /** The time is not within the tenant's working hours of a working day. */
  | 'OUTSIDE_WORKING_HOURS'
  /** The resource's own weekly schedule does not cover the whole time. */
  | 'RESOURCE_UNAVAILABLE'
  /** The start is more than advanceBookingDays ahead. */
  | 'TOO_FAR_IN_ADVANCE'
  /** The series would have more than 365 occurrences. */
  | 'TOO_MANY_OCCURRENCES'
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
    | ( BookingConflictError )
    | ( BookingRuleError )
    | ( InputError )
  ;
};

/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  AvailabilityDay: ResolverTypeWrapper<DayOfSlots>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  Booking: ResolverTypeWrapper<BookingRow>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  BookingChange: ResolverTypeWrapper<Change>;
  BookingChangeFilter: BookingChangeFilter;
  BookingChangeType: BookingChangeType;
  BookingConflict: ResolverTypeWrapper<BookingConflict>;
  BookingConflictError: ResolverTypeWrapper<BookingConflictError>;
  BookingConnection: ResolverTypeWrapper<BookingPage>;
  BookingEdge: ResolverTypeWrapper<Omit<BookingEdge, 'node'> & { node: ResolversTypes['Booking'] }>;
  BookingFilter: BookingFilter;
  BookingOrder: BookingOrder;
  BookingOrderField: BookingOrderField;
  BookingPayload: ResolverTypeWrapper<Omit<BookingPayload, 'booking' | 'userErrors'> & { booking?: Maybe<ResolversTypes['Booking']>, userErrors: Array<ResolversTypes['UserError']> }>;
  BookingRuleError: ResolverTypeWrapper<BookingRuleError>;
  BookingSeries: ResolverTypeWrapper<SeriesRow>;
  BookingStatus: BookingStatus;
  CancelBookingInput: CancelBookingInput;
  CancelBookingSeriesInput: CancelBookingSeriesInput;
  CancelBookingSeriesPayload: ResolverTypeWrapper<Omit<CancelBookingSeriesPayload, 'bookings' | 'userErrors'> & { bookings: Array<ResolversTypes['Booking']>, userErrors: Array<ResolversTypes['UserError']> }>;
  ChangeBookingStatusInput: ChangeBookingStatusInput;
  CreateBookingInput: CreateBookingInput;
  CreateBookingPayload: ResolverTypeWrapper<Omit<CreateBookingPayload, 'booking' | 'bookings' | 'series' | 'userErrors'> & { booking?: Maybe<ResolversTypes['Booking']>, bookings: Array<ResolversTypes['Booking']>, series?: Maybe<ResolversTypes['BookingSeries']>, userErrors: Array<ResolversTypes['UserError']> }>;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  DayOfWeek: DayOfWeek;
  DeletePayload: ResolverTypeWrapper<Omit<DeletePayload, 'userErrors'> & { userErrors: Array<ResolversTypes['UserError']> }>;
  EmailAddress: ResolverTypeWrapper<Scalars['EmailAddress']['output']>;
  FreeRange: ResolverTypeWrapper<SlotRun>;
  HexColorCode: ResolverTypeWrapper<Scalars['HexColorCode']['output']>;
  InputError: ResolverTypeWrapper<InputError>;
  JSONObject: ResolverTypeWrapper<Scalars['JSONObject']['output']>;
  LocalDate: ResolverTypeWrapper<Scalars['LocalDate']['output']>;
  LocalTime: ResolverTypeWrapper<Scalars['LocalTime']['output']>;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  OrderDirection: OrderDirection;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Recurrence: ResolverTypeWrapper<SeriesRow>;
  RecurrenceFrequency: RecurrenceFrequency;
  RecurrenceInput: RecurrenceInput;
  Resource: ResolverTypeWrapper<Reference>;
  Slot: ResolverTypeWrapper<SlotTime>;
  Subscription: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Tenant: ResolverTypeWrapper<Reference>;
  TimeZone: ResolverTypeWrapper<Scalars['TimeZone']['output']>;
  URL: ResolverTypeWrapper<Scalars['URL']['output']>;
  UpdateBookingInput: UpdateBookingInput;
  User: ResolverTypeWrapper<Reference>;
  UserError: ResolverTypeWrapper<ResolversInterfaceTypes<ResolversTypes>['UserError']>;
  UserErrorCode: UserErrorCode;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  AvailabilityDay: DayOfSlots;
  Int: Scalars['Int']['output'];
  Booking: BookingRow;
  Boolean: Scalars['Boolean']['output'];
  String: Scalars['String']['output'];
  ID: Scalars['ID']['output'];
  BookingChange: Change;
  BookingChangeFilter: BookingChangeFilter;
  BookingConflict: BookingConflict;
  BookingConflictError: BookingConflictError;
  BookingConnection: BookingPage;
  BookingEdge: Omit<BookingEdge, 'node'> & { node: ResolversParentTypes['Booking'] };
  BookingFilter: BookingFilter;
  BookingOrder: BookingOrder;
  BookingPayload: Omit<BookingPayload, 'booking' | 'userErrors'> & { booking?: Maybe<ResolversParentTypes['Booking']>, userErrors: Array<ResolversParentTypes['UserError']> };
  BookingRuleError: BookingRuleError;
  BookingSeries: SeriesRow;
  CancelBookingInput: CancelBookingInput;
  CancelBookingSeriesInput: CancelBookingSeriesInput;
  CancelBookingSeriesPayload: Omit<CancelBookingSeriesPayload, 'bookings' | 'userErrors'> & { bookings: Array<ResolversParentTypes['Booking']>, userErrors: Array<ResolversParentTypes['UserError']> };
  ChangeBookingStatusInput: ChangeBookingStatusInput;
  CreateBookingInput: CreateBookingInput;
  CreateBookingPayload: Omit<CreateBookingPayload, 'booking' | 'bookings' | 'series' | 'userErrors'> & { booking?: Maybe<ResolversParentTypes['Booking']>, bookings: Array<ResolversParentTypes['Booking']>, series?: Maybe<ResolversParentTypes['BookingSeries']>, userErrors: Array<ResolversParentTypes['UserError']> };
  DateTime: Scalars['DateTime']['output'];
  DeletePayload: Omit<DeletePayload, 'userErrors'> & { userErrors: Array<ResolversParentTypes['UserError']> };
  EmailAddress: Scalars['EmailAddress']['output'];
  FreeRange: SlotRun;
  HexColorCode: Scalars['HexColorCode']['output'];
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
  Slot: SlotTime;
  Subscription: Record<PropertyKey, never>;
  Tenant: Reference;
  TimeZone: Scalars['TimeZone']['output'];
  URL: Scalars['URL']['output'];
  UpdateBookingInput: UpdateBookingInput;
  User: Reference;
  UserError: ResolversInterfaceTypes<ResolversParentTypes>['UserError'];
};

export type AvailabilityDayResolvers<ContextType = Context, ParentType extends ResolversParentTypes['AvailabilityDay'] = ResolversParentTypes['AvailabilityDay']> = {
  availableCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  date?: Resolver<ResolversTypes['LocalDate'], ParentType, ContextType>;
  freeRanges?: Resolver<Array<ResolversTypes['FreeRange']>, ParentType, ContextType>;
  slotCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  slots?: Resolver<Array<ResolversTypes['Slot']>, ParentType, ContextType>;
  timezone?: Resolver<ResolversTypes['TimeZone'], ParentType, ContextType>;
};

export type BookingResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Booking'] = ResolversParentTypes['Booking'], FederationReferenceType extends FederationReferenceTypes['Booking'] = FederationReferenceTypes['Booking']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Booking']> | FederationReferenceType, FederationReferenceType, ContextType>;
  canCancel?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  cancellationReason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  cancelledBy?: Resolver<Maybe<ResolversTypes['User']>, ParentType, ContextType>;
  client?: Resolver<ResolversTypes['User'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  endTime?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  localEnd?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  localStart?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  notes?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  resource?: Resolver<ResolversTypes['Resource'], ParentType, ContextType>;
  series?: Resolver<Maybe<ResolversTypes['BookingSeries']>, ParentType, ContextType>;
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
  startTime?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type BookingConflictErrorResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BookingConflictError'] = ResolversParentTypes['BookingConflictError']> = {
  code?: Resolver<ResolversTypes['UserErrorCode'], ParentType, ContextType>;
  conflicts?: Resolver<Array<ResolversTypes['BookingConflict']>, ParentType, ContextType>;
  field?: Resolver<Maybe<Array<ResolversTypes['String']>>, ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
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

export type BookingPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BookingPayload'] = ResolversParentTypes['BookingPayload']> = {
  booking?: Resolver<Maybe<ResolversTypes['Booking']>, ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type BookingRuleErrorResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BookingRuleError'] = ResolversParentTypes['BookingRuleError']> = {
  code?: Resolver<ResolversTypes['UserErrorCode'], ParentType, ContextType>;
  endTime?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  field?: Resolver<Maybe<Array<ResolversTypes['String']>>, ParentType, ContextType>;
  message?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  startTime?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type BookingSeriesResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BookingSeries'] = ResolversParentTypes['BookingSeries']> = {
  bookings?: Resolver<ResolversTypes['BookingConnection'], ParentType, ContextType, RequireFields<BookingSeriesBookingsArgs, 'first'>>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  recurrence?: Resolver<ResolversTypes['Recurrence'], ParentType, ContextType>;
};

export type CancelBookingSeriesPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CancelBookingSeriesPayload'] = ResolversParentTypes['CancelBookingSeriesPayload']> = {
  bookings?: Resolver<Array<ResolversTypes['Booking']>, ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type CreateBookingPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['CreateBookingPayload'] = ResolversParentTypes['CreateBookingPayload']> = {
  booking?: Resolver<Maybe<ResolversTypes['Booking']>, ParentType, ContextType>;
  bookings?: Resolver<Array<ResolversTypes['Booking']>, ParentType, ContextType>;
  series?: Resolver<Maybe<ResolversTypes['BookingSeries']>, ParentType, ContextType>;
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
  startTime?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
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
  cancelBooking?: Resolver<ResolversTypes['BookingPayload'], ParentType, ContextType, RequireFields<MutationCancelBookingArgs, 'input'>>;
  cancelBookingSeries?: Resolver<ResolversTypes['CancelBookingSeriesPayload'], ParentType, ContextType, RequireFields<MutationCancelBookingSeriesArgs, 'input'>>;
  changeBookingStatus?: Resolver<ResolversTypes['BookingPayload'], ParentType, ContextType, RequireFields<MutationChangeBookingStatusArgs, 'input'>>;
  createBooking?: Resolver<ResolversTypes['CreateBookingPayload'], ParentType, ContextType, RequireFields<MutationCreateBookingArgs, 'input'>>;
  updateBooking?: Resolver<ResolversTypes['BookingPayload'], ParentType, ContextType, RequireFields<MutationUpdateBookingArgs, 'input'>>;
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
};

export type RecurrenceResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Recurrence'] = ResolversParentTypes['Recurrence']> = {
  daysOfWeek?: Resolver<Maybe<Array<ResolversTypes['DayOfWeek']>>, ParentType, ContextType>;
  endDate?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  frequency?: Resolver<ResolversTypes['RecurrenceFrequency'], ParentType, ContextType>;
  interval?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type ResourceResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Resource'] = ResolversParentTypes['Resource'], FederationReferenceType extends FederationReferenceTypes['Resource'] = FederationReferenceTypes['Resource']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Resource']> | FederationReferenceType, FederationReferenceType, ContextType>;
  availability?: Resolver<Array<ResolversTypes['AvailabilityDay']>, ParentType, ContextType, RequireFields<ResourceAvailabilityArgs, 'from'>>;
  bookings?: Resolver<ResolversTypes['BookingConnection'], ParentType, ContextType, RequireFields<ResourceBookingsArgs, 'first'>>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type SlotResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Slot'] = ResolversParentTypes['Slot']> = {
  available?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  endTime?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  localEnd?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  localStart?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  startTime?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  unavailableReason?: Resolver<Maybe<ResolversTypes['UserErrorCode']>, ParentType, ContextType>;
};

export type SubscriptionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Subscription'] = ResolversParentTypes['Subscription']> = {
  bookingChanged?: SubscriptionResolver<ResolversTypes['BookingChange'], "bookingChanged", ParentType, ContextType, Partial<SubscriptionBookingChangedArgs>>;
};

export type TenantResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Tenant'] = ResolversParentTypes['Tenant'], FederationReferenceType extends FederationReferenceTypes['Tenant'] = FederationReferenceTypes['Tenant']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Tenant']> | FederationReferenceType, FederationReferenceType, ContextType>;
  bookings?: Resolver<ResolversTypes['BookingConnection'], ParentType, ContextType, RequireFields<TenantBookingsArgs, 'first'>>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
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
  AvailabilityDay?: AvailabilityDayResolvers<ContextType>;
  Booking?: BookingResolvers<ContextType>;
  BookingChange?: BookingChangeResolvers<ContextType>;
  BookingConflict?: BookingConflictResolvers<ContextType>;
  BookingConflictError?: BookingConflictErrorResolvers<ContextType>;
  BookingConnection?: BookingConnectionResolvers<ContextType>;
  BookingEdge?: BookingEdgeResolvers<ContextType>;
  BookingPayload?: BookingPayloadResolvers<ContextType>;
  BookingRuleError?: BookingRuleErrorResolvers<ContextType>;
  BookingSeries?: BookingSeriesResolvers<ContextType>;
  CancelBookingSeriesPayload?: CancelBookingSeriesPayloadResolvers<ContextType>;
  CreateBookingPayload?: CreateBookingPayloadResolvers<ContextType>;
  DateTime?: GraphQLScalarType;
  DeletePayload?: DeletePayloadResolvers<ContextType>;
  EmailAddress?: GraphQLScalarType;
  FreeRange?: FreeRangeResolvers<ContextType>;
  HexColorCode?: GraphQLScalarType;
  InputError?: InputErrorResolvers<ContextType>;
  JSONObject?: GraphQLScalarType;
  LocalDate?: GraphQLScalarType;
  LocalTime?: GraphQLScalarType;
  Mutation?: MutationResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  Recurrence?: RecurrenceResolvers<ContextType>;
  Resource?: ResourceResolvers<ContextType>;
  Slot?: SlotResolvers<ContextType>;
  Subscription?: SubscriptionResolvers<ContextType>;
  Tenant?: TenantResolvers<ContextType>;
  TimeZone?: GraphQLScalarType;
  URL?: GraphQLScalarType;
  User?: UserResolvers<ContextType>;
  UserError?: UserErrorResolvers<ContextType>;
};

