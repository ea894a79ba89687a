import type { DateTimeInput } from '@libs/time/instants';
import type { DateTimeOutput } from '@libs/time/instants';
import type { Temporal } from 'temporal-polyfill';
import type { LocalTime } from '@libs/time/localTimes';
import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { ResourceRow, CategoryRow } from '@drizzle/resource/tables';
import type { ResourcePage } from './resources/reads.ts';
import type { CategoryPage } from './categories/reads.ts';
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

/** The rules in force for the resource: its own where it has them, the tenant's otherwise. Value ranges as in OrganizationSettings. */
export type BookingRules = {
  /** How many days ahead a booking may start, 1 to 730. */
  advanceBookingDays: Scalars['Int']['output'];
  /** Hours after which a PENDING booking that nobody has decided on is REJECTED, 1 to 720; null: never. */
  approvalHours?: Maybe<Scalars['Int']['output']>;
  /** Whether new bookings are CONFIRMED at once, or PENDING until somebody who manages bookings decides. */
  autoConfirm: Scalars['Boolean']['output'];
  /** The grid of bookings in minutes, 5 to 1440. */
  bookingInterval: Scalars['Int']['output'];
  /** Minutes after its end during which a booking also occupies the resource, 0 to 480. */
  bufferAfterMinutes: Scalars['Int']['output'];
  /** Minutes before its start during which a booking also occupies the resource, 0 to 480. */
  bufferBeforeMinutes: Scalars['Int']['output'];
  /** A booking's user can cancel it until this many hours before its start, 0 to 720. */
  cancellationHours: Scalars['Int']['output'];
  /** Longest booking in minutes; null: as long as the hours allow. */
  maxDurationMinutes?: Maybe<Scalars['Int']['output']>;
  /** Shortest booking in minutes, a multiple of bookingInterval: one interval if it was never set; one that does not fit the grid is rounded up. */
  minDurationMinutes: Scalars['Int']['output'];
  /** Elapsed minutes that must lie between now and a booking's start, 0 to 43,200. */
  minimumNoticeMinutes: Scalars['Int']['output'];
};

/** The new record. */
export type CreateResourceCategoryInput = {
  /** A color, for the tenant's frontend. */
  color?: InputMaybe<Scalars['HexColorCode']['input']>;
  /** Free text. */
  description?: InputMaybe<Scalars['String']['input']>;
  /** A name or address of an icon, for the tenant's frontend. */
  icon?: InputMaybe<Scalars['String']['input']>;
  /** 1 to 200 characters. */
  name: Scalars['String']['input'];
  /** The tenant. By default the caller's; platform administrators, who have none, must name it. */
  tenantId?: InputMaybe<Scalars['ID']['input']>;
  /** What kind of resources it has. */
  type: ResourceCategoryType;
};

/** The new record. */
export type CreateResourceInput = {
  /** Attributes of the tenant's choice, such as {"projector": true}. */
  attributes?: InputMaybe<Scalars['JSONObject']['input']>;
  /** When the resource can be booked. Null: during the tenant's working hours. Empty: never. */
  availabilitySchedule?: InputMaybe<Array<ScheduleRangeInput>>;
  /** How bookings share the resource. */
  bookingMode?: InputMaybe<ResourceBookingMode>;
  /** How many people fit, 1 to 100,000. For information only where bookingMode is EXCLUSIVE: one booking occupies the whole resource. In the other modes, bookings share that many seats. */
  capacity?: InputMaybe<Scalars['Int']['input']>;
  /** A category of the tenant. */
  categoryId: Scalars['ID']['input'];
  /** Free text. */
  description?: InputMaybe<Scalars['String']['input']>;
  /** Where it is, as free text. */
  location?: InputMaybe<Scalars['String']['input']>;
  /** 1 to 200 characters. */
  name: Scalars['String']['input'];
  /** Its own booking rules; those that are absent or null are the tenant's. */
  rules?: InputMaybe<ResourceRulesInput>;
  /** Its hours on certain dates. */
  scheduleOverrides?: InputMaybe<Array<ScheduleOverrideInput>>;
  /** Weekly schedules for certain dates. */
  seasons?: InputMaybe<Array<ScheduleSeasonInput>>;
  /** The tenant. By default the caller's; platform administrators, who have none, must name it. */
  tenantId?: InputMaybe<Scalars['ID']['input']>;
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
  /** Requires canManageResources. */
  createResource: ResourcePayload;
  /** Requires canManageResources, as do all changes of categories and resources. */
  createResourceCategory: ResourceCategoryPayload;
  /** Its pending and confirmed bookings that have not ended are cancelled soon afterward, by events. */
  deleteResource: DeletePayload;
  /** Refused with IN_USE while the category has resources. */
  deleteResourceCategory: DeletePayload;
  /** Absent fields keep their value; null clears description, location and schedule. Existing bookings stay. Requires canManageResources. */
  updateResource: ResourcePayload;
  /** Absent fields keep their value. Requires canManageResources. */
  updateResourceCategory: ResourceCategoryPayload;
};


export type MutationCreateResourceArgs = {
  input: CreateResourceInput;
};


export type MutationCreateResourceCategoryArgs = {
  input: CreateResourceCategoryInput;
};


export type MutationDeleteResourceArgs = {
  id: Scalars['ID']['input'];
};


export type MutationDeleteResourceCategoryArgs = {
  id: Scalars['ID']['input'];
};


export type MutationUpdateResourceArgs = {
  input: UpdateResourceInput;
};


export type MutationUpdateResourceCategoryArgs = {
  input: UpdateResourceCategoryInput;
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
  /** For the booking subgraph: by id, the version of each resource that exists, deleted ones too, with about how many bytes its schedule takes. The version is another whenever the resource or its category has changed. */
  internalResourceVersions: Scalars['JSONObject']['output'];
  /** Public if the tenant is active. */
  resource?: Maybe<Resource>;
  /** In order of creation, inactive ones included. Public if the tenant is active. */
  resourceCategories: ResourceCategoryConnection;
  /** Public if the tenant is active. */
  resourceCategory?: Maybe<ResourceCategory>;
  /** In order of creation, inactive ones included. Public if the tenant is active. */
  resources: ResourceConnection;
};


export type QueryInternalResourceVersionsArgs = {
  ids: Array<Scalars['ID']['input']>;
};


export type QueryResourceArgs = {
  id: Scalars['ID']['input'];
};


export type QueryResourceCategoriesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  tenantId?: InputMaybe<Scalars['ID']['input']>;
};


export type QueryResourceCategoryArgs = {
  id: Scalars['ID']['input'];
};


export type QueryResourcesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<ResourceFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<ResourceOrder>;
  tenantId?: InputMaybe<Scalars['ID']['input']>;
};

/** Something that can be booked. Public if the tenant is active. */
export type Resource = {
  /** Attributes of the tenant's choice, such as {"projector": true}. */
  attributes: Scalars['JSONObject']['output'];
  /** When the resource can be booked. Null: during the tenant's working hours. Empty: never. */
  availabilitySchedule?: Maybe<Array<ScheduleRange>>;
  /** How bookings share the resource. */
  bookingMode: ResourceBookingMode;
  /** How many people fit, 1 to 100,000. For information only where bookingMode is EXCLUSIVE: one booking occupies the whole resource. In the other modes, bookings share that many seats. */
  capacity: Scalars['Int']['output'];
  /** The category of the resource. */
  category: ResourceCategory;
  /** When it was made. */
  createdAt: Scalars['DateTime']['output'];
  /** Free text. */
  description?: Maybe<Scalars['String']['output']>;
  /** The booking rules in force: its own where it has them, the tenant's otherwise. */
  effectiveRules: BookingRules;
  /** A UUID. */
  id: Scalars['ID']['output'];
  /** For other subgraphs, which still refer to it once it is deleted. */
  internalIsDeleted: Scalars['Boolean']['output'];
  /** For the booking subgraph: the weekly schedule, seasons and overrides as they are stored. */
  internalSchedule: Scalars['JSONObject']['output'];
  /** Whether the resource takes bookings; false once it is deleted. */
  isActive: Scalars['Boolean']['output'];
  /** Where it is, as free text. */
  location?: Maybe<Scalars['String']['output']>;
  /** 1 to 200 characters. */
  name: Scalars['String']['output'];
  /** Its own booking rules. Public, as the resource is. */
  rules: ResourceRules;
  /** Its hours on certain dates. */
  scheduleOverrides: Array<ScheduleOverride>;
  /** Weekly schedules for certain dates. */
  seasons: Array<ScheduleSeason>;
  /** Counted from booking events, so a moment behind them. Requires a session. */
  stats: ResourceStats;
  /** The tenant of the resource. */
  tenant: Tenant;
  /** When it last changed. */
  updatedAt: Scalars['DateTime']['output'];
};

/** How bookings share a resource. */
export type ResourceBookingMode =
  /** One booking occupies the whole resource, whatever its number of seats. The default. */
  | 'EXCLUSIVE'
  /** As SHARED, but overlapping bookings must have the same start and end (otherwise CONFLICT): a class. A client has at most one booking or hold in it (ALREADY_EXISTS); more people are more seats. Buffers lie between sessions, not between the people in one. */
  | 'SESSION'
  /** Bookings overlap freely as long as the seats occupied at any instant do not exceed the capacity: a gym floor, desks. Each seat has its own buffers. */
  | 'SHARED';

/** A group of the tenant's resources. Public if the tenant is active. */
export type ResourceCategory = {
  /** A color, for the tenant's frontend. */
  color?: Maybe<Scalars['HexColorCode']['output']>;
  /** When it was made. */
  createdAt: Scalars['DateTime']['output'];
  /** Free text. */
  description?: Maybe<Scalars['String']['output']>;
  /** A name or address of an icon, for the tenant's frontend. */
  icon?: Maybe<Scalars['String']['output']>;
  /** A UUID. */
  id: Scalars['ID']['output'];
  /** Resources of an inactive category cannot be booked. */
  isActive: Scalars['Boolean']['output'];
  /** 1 to 200 characters. */
  name: Scalars['String']['output'];
  /** In order of creation, inactive ones included. */
  resources: ResourceConnection;
  /** The tenant of the category. */
  tenant: Tenant;
  /** What kind of resources it has. */
  type: ResourceCategoryType;
  /** When it last changed. */
  updatedAt: Scalars['DateTime']['output'];
};


/** A group of the tenant's resources. Public if the tenant is active. */
export type ResourceCategoryResourcesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<ResourceOrder>;
};

/** A page of categories. */
export type ResourceCategoryConnection = {
  /** The items with their cursors. */
  edges: Array<ResourceCategoryEdge>;
  /** The items. */
  nodes: Array<ResourceCategory>;
  /** Where the page is in the list. */
  pageInfo: PageInfo;
  /** How many items the whole list has. */
  totalCount: Scalars['Int']['output'];
};

/** A category of a page, with its cursor. */
export type ResourceCategoryEdge = {
  /** The item's place in the list, for `after`. */
  cursor: Scalars['String']['output'];
  /** The item. */
  node: ResourceCategory;
};

/** The result, or the reasons for the refusal. */
export type ResourceCategoryPayload = {
  /** The category as it is now; null if the change was refused. */
  category?: Maybe<ResourceCategory>;
  /** Why nothing was changed; [] if it was done. */
  userErrors: Array<UserError>;
};

/** What kind of resources a category has. */
export type ResourceCategoryType =
  /** People who attend. */
  | 'HUMAN'
  /** Rooms, courts, vehicles, equipment. */
  | 'PHYSICAL';

/** A page of resources. */
export type ResourceConnection = {
  /** The items with their cursors. */
  edges: Array<ResourceEdge>;
  /** The items. */
  nodes: Array<Resource>;
  /** Where the page is in the list. */
  pageInfo: PageInfo;
  /** How many items the whole list has. */
  totalCount: Scalars['Int']['output'];
};

/** A resource of a page, with its cursor. */
export type ResourceEdge = {
  /** The item's place in the list, for `after`. */
  cursor: Scalars['String']['output'];
  /** The item. */
  node: Resource;
};

/** Resources that match every given field; absent and null fields match all. */
export type ResourceFilter = {
  /** Resources whose attributes contain this object. */
  attributes?: InputMaybe<Scalars['JSONObject']['input']>;
  /** Resources of this category. */
  categoryId?: InputMaybe<Scalars['ID']['input']>;
  /** Only active, or only inactive resources. */
  isActive?: InputMaybe<Scalars['Boolean']['input']>;
  /** Resources with at least this capacity. */
  minCapacity?: InputMaybe<Scalars['Int']['input']>;
  /** Part of the name, description or location, regardless of case. */
  search?: InputMaybe<Scalars['String']['input']>;
  /** Resources of categories of this type. */
  type?: InputMaybe<ResourceCategoryType>;
};

/** The order of a list of resources. */
export type ResourceOrder = {
  /** Earliest or latest first; for names, A to Z or Z to A. */
  direction?: OrderDirection;
  /** The value to sort by. */
  field?: ResourceOrderField;
};

/** What a list of resources can be ordered by. */
export type ResourceOrderField =
  /** By when they were made. */
  | 'CREATED_AT'
  /** Alphabetically by name, ignoring case and accents unless names are otherwise equal. */
  | 'NAME';

/** The result, or the reasons for the refusal. */
export type ResourcePayload = {
  /** The resource as it is now; null if the change was refused. */
  resource?: Maybe<Resource>;
  /** Why nothing was changed; [] if it was done. */
  userErrors: Array<UserError>;
};

/** The resource's own rules; null: the tenant's. Value ranges as in OrganizationSettings. */
export type ResourceRules = {
  /** How many days ahead a booking may start, 1 to 730. */
  advanceBookingDays?: Maybe<Scalars['Int']['output']>;
  /** Hours after which a PENDING booking that nobody has decided on is REJECTED, 1 to 720. */
  approvalHours?: Maybe<Scalars['Int']['output']>;
  /** Whether new bookings are CONFIRMED at once, or PENDING until somebody who manages bookings decides. */
  autoConfirm?: Maybe<Scalars['Boolean']['output']>;
  /** The grid of bookings in minutes, 5 to 1440. */
  bookingInterval?: Maybe<Scalars['Int']['output']>;
  /** Minutes after its end during which a booking also occupies the resource, 0 to 480. */
  bufferAfterMinutes?: Maybe<Scalars['Int']['output']>;
  /** Minutes before its start during which a booking also occupies the resource, 0 to 480. */
  bufferBeforeMinutes?: Maybe<Scalars['Int']['output']>;
  /** A booking's user can cancel it until this many hours before its start, 0 to 720. */
  cancellationHours?: Maybe<Scalars['Int']['output']>;
  /** Longest booking in minutes, a multiple of the interval when it was set. */
  maxDurationMinutes?: Maybe<Scalars['Int']['output']>;
  /** Shortest booking in minutes, a multiple of the interval when it was set. */
  minDurationMinutes?: Maybe<Scalars['Int']['output']>;
  /** Elapsed minutes that must lie between now and a booking's start, 0 to 43,200. */
  minimumNoticeMinutes?: Maybe<Scalars['Int']['output']>;
};

/** Absent fields keep their value; null returns to the tenant's. The shortest duration in force must not exceed the longest (INVALID). */
export type ResourceRulesInput = {
  /** How many days ahead a booking may start, 1 to 730. */
  advanceBookingDays?: InputMaybe<Scalars['Int']['input']>;
  /** Hours after which a PENDING booking that nobody has decided on is REJECTED, 1 to 720. */
  approvalHours?: InputMaybe<Scalars['Int']['input']>;
  /** Whether new bookings are CONFIRMED at once, or PENDING until somebody who manages bookings decides. */
  autoConfirm?: InputMaybe<Scalars['Boolean']['input']>;
  /** The grid of bookings in minutes, 5 to 1440. */
  bookingInterval?: InputMaybe<Scalars['Int']['input']>;
  /** Minutes after its end during which a booking also occupies the resource, 0 to 480. */
  bufferAfterMinutes?: InputMaybe<Scalars['Int']['input']>;
  /** Minutes before its start during which a booking also occupies the resource, 0 to 480. */
  bufferBeforeMinutes?: InputMaybe<Scalars['Int']['input']>;
  /** A booking's user can cancel it until this many hours before its start, 0 to 720. */
  cancellationHours?: InputMaybe<Scalars['Int']['input']>;
  /** Longest booking in minutes, a multiple of the effective bookingInterval (INVALID). */
  maxDurationMinutes?: InputMaybe<Scalars['Int']['input']>;
  /** Shortest booking in minutes, a multiple of the effective bookingInterval (INVALID). */
  minDurationMinutes?: InputMaybe<Scalars['Int']['input']>;
  /** Elapsed minutes that must lie between now and a booking's start, 0 to 43,200. */
  minimumNoticeMinutes?: InputMaybe<Scalars['Int']['input']>;
};

/** How often a resource was booked. */
export type ResourceStats = {
  /** Bookings that were cancelled, at the resource that they had then. */
  bookingsCancelled: Scalars['Int']['output'];
  /** Bookings that were made, at the resource that they were made for. */
  bookingsCreated: Scalars['Int']['output'];
  /** When the latest booking was made. */
  lastBookedAt?: Maybe<Scalars['DateTime']['output']>;
};

/** The resource's hours on each date from `from` to `to` (inclusive, at most 92 days), in place of season and weekly schedule. Without ranges, it cannot be booked on those dates. The tenant's hours still bound it. At most 366 overrides (TOO_MANY). Overrides must not overlap (INVALID). */
export type ScheduleOverride = {
  /** The first date. */
  from: Scalars['LocalDate']['output'];
  /** What it is called, such as 'Manutenção'. */
  name?: Maybe<Scalars['String']['output']>;
  /** When the resource can be booked on each of the dates; []: never. */
  ranges: Array<TimeRange>;
  /** The last date. */
  to: Scalars['LocalDate']['output'];
};

/** The resource's hours on each date from `from` to `to` (inclusive, at most 92 days), in place of season and weekly schedule. Without ranges, it cannot be booked on those dates. The tenant's hours still bound it. At most 366 overrides (TOO_MANY). Overrides must not overlap (INVALID). */
export type ScheduleOverrideInput = {
  /** The first date. */
  from: Scalars['LocalDate']['input'];
  /** What it is called, such as 'Manutenção'; 1 to 200 characters. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** When the resource can be booked on each of the dates, at most 48 ranges that do not overlap; []: never. */
  ranges: Array<TimeRangeInput>;
  /** The last date; not before the first. */
  to: Scalars['LocalDate']['input'];
};

/** A weekly range in the tenant's time zone. Ranges of one day must not overlap, nor may a range that ends on the next date overlap that date's ranges. */
export type ScheduleRange = {
  /** The day of the week on which it starts. */
  day: DayOfWeek;
  /** When the range ends; 24:00:00 is the end of the day. Where the tenant is open overnight, an end at or before the start is on the next date. */
  end: Scalars['LocalTime']['output'];
  /** When the range starts. */
  start: Scalars['LocalTime']['output'];
};

/** A weekly range in the tenant's time zone. Ranges of one day must not overlap (INVALID), nor may a range that ends on the next date overlap that date's ranges. */
export type ScheduleRangeInput = {
  /** The day of the week on which it starts. */
  day: DayOfWeek;
  /** When the range ends, after its start (INVALID) or, with the tenant's `overnight`, also on the next date; 24:00 is the end of the day. */
  end: Scalars['LocalTime']['input'];
  /** When the range starts. */
  start: Scalars['LocalTime']['input'];
};

/** The weekly schedule from `from` to `to` (inclusive), in place of availabilitySchedule, even of a null one. Ranges follow availabilitySchedule's rules. At most 50 seasons (TOO_MANY). Seasons must not overlap (INVALID). */
export type ScheduleSeason = {
  /** The first date. */
  from: Scalars['LocalDate']['output'];
  /** What it is called, such as 'Verão'. */
  name?: Maybe<Scalars['String']['output']>;
  /** When the resource can be booked; []: never. */
  ranges: Array<ScheduleRange>;
  /** The last date. */
  to: Scalars['LocalDate']['output'];
};

/** The weekly schedule from `from` to `to` (inclusive), in place of availabilitySchedule, even of a null one. Ranges follow availabilitySchedule's rules. At most 50 seasons (TOO_MANY). Seasons must not overlap (INVALID). */
export type ScheduleSeasonInput = {
  /** The first date. */
  from: Scalars['LocalDate']['input'];
  /** What it is called, such as 'Verão'; 1 to 200 characters. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** When the resource can be booked; []: never. */
  ranges: Array<ScheduleRangeInput>;
  /** The last date; not before the first. */
  to: Scalars['LocalDate']['input'];
};

export type Tenant = {
  id: Scalars['ID']['output'];
  /** In order of creation, inactive ones included. Public if the tenant is active. */
  resources: ResourceConnection;
};


export type TenantResourcesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<ResourceFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<ResourceOrder>;
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

/** Absent fields keep their values. Null clears description, icon and color. */
export type UpdateResourceCategoryInput = {
  /** A color, for the tenant's frontend. */
  color?: InputMaybe<Scalars['HexColorCode']['input']>;
  /** Free text. */
  description?: InputMaybe<Scalars['String']['input']>;
  /** A name or address of an icon, for the tenant's frontend. */
  icon?: InputMaybe<Scalars['String']['input']>;
  /** The id of the record. */
  id: Scalars['ID']['input'];
  /** Resources of an inactive category cannot be booked. */
  isActive?: InputMaybe<Scalars['Boolean']['input']>;
  /** 1 to 200 characters. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** What kind of resources it has. */
  type?: InputMaybe<ResourceCategoryType>;
};

/** Absent fields keep their values. Null clears description and location, and sets availabilitySchedule back to the tenant's working hours. Attributes are replaced as a whole. */
export type UpdateResourceInput = {
  /** Attributes of the tenant's choice, such as {"projector": true}. */
  attributes?: InputMaybe<Scalars['JSONObject']['input']>;
  /** When the resource can be booked. Null: during the tenant's working hours. Empty: never. */
  availabilitySchedule?: InputMaybe<Array<ScheduleRangeInput>>;
  /** How bookings share the resource. As with capacity, existing bookings need not fit the new mode: none is cancelled, and nothing more is accepted until it fits. */
  bookingMode?: InputMaybe<ResourceBookingMode>;
  /** How many people fit, 1 to 100,000. For information only where bookingMode is EXCLUSIVE: one booking occupies the whole resource. In the other modes, bookings share that many seats. */
  capacity?: InputMaybe<Scalars['Int']['input']>;
  /** Another category of the tenant. */
  categoryId?: InputMaybe<Scalars['ID']['input']>;
  /** Free text. */
  description?: InputMaybe<Scalars['String']['input']>;
  /** The id of the record. */
  id: Scalars['ID']['input'];
  /** Whether the resource takes bookings; false once it is deleted. */
  isActive?: InputMaybe<Scalars['Boolean']['input']>;
  /** Where it is, as free text. */
  location?: InputMaybe<Scalars['String']['input']>;
  /** 1 to 200 characters. */
  name?: InputMaybe<Scalars['String']['input']>;
  /** Its own booking rules. Absent ones keep their value; null returns to the tenant's. */
  rules?: InputMaybe<ResourceRulesInput>;
  /** Its hours on certain dates. Replaces all. */
  scheduleOverrides?: InputMaybe<Array<ScheduleOverrideInput>>;
  /** Weekly schedules for certain dates. Replaces all. */
  seasons?: InputMaybe<Array<ScheduleSeasonInput>>;
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
  Resource: Resource;
  ResourceCategory: ResourceCategory;
  Tenant: Tenant;
};

/** Mapping of federation reference types */
export type FederationReferenceTypes = {
  Resource:
    ( { __typename: 'Resource' }
    & GraphQLRecursivePick<FederationTypes['Resource'], {"id":true}> );
  ResourceCategory:
    ( { __typename: 'ResourceCategory' }
    & GraphQLRecursivePick<FederationTypes['ResourceCategory'], {"id":true}> );
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
  BookingRules: ResolverTypeWrapper<BookingRules>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  CreateResourceCategoryInput: CreateResourceCategoryInput;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  CreateResourceInput: CreateResourceInput;
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
  PageInfo: ResolverTypeWrapper<PageInfo>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Resource: ResolverTypeWrapper<ResourceRow>;
  ResourceBookingMode: ResourceBookingMode;
  ResourceCategory: ResolverTypeWrapper<CategoryRow>;
  ResourceCategoryConnection: ResolverTypeWrapper<CategoryPage>;
  ResourceCategoryEdge: ResolverTypeWrapper<Omit<ResourceCategoryEdge, 'node'> & { node: ResolversTypes['ResourceCategory'] }>;
  ResourceCategoryPayload: ResolverTypeWrapper<Omit<ResourceCategoryPayload, 'category' | 'userErrors'> & { category?: Maybe<ResolversTypes['ResourceCategory']>, userErrors: Array<ResolversTypes['UserError']> }>;
  ResourceCategoryType: ResourceCategoryType;
  ResourceConnection: ResolverTypeWrapper<ResourcePage>;
  ResourceEdge: ResolverTypeWrapper<Omit<ResourceEdge, 'node'> & { node: ResolversTypes['Resource'] }>;
  ResourceFilter: ResourceFilter;
  ResourceOrder: ResourceOrder;
  ResourceOrderField: ResourceOrderField;
  ResourcePayload: ResolverTypeWrapper<Omit<ResourcePayload, 'resource' | 'userErrors'> & { resource?: Maybe<ResolversTypes['Resource']>, userErrors: Array<ResolversTypes['UserError']> }>;
  ResourceRules: ResolverTypeWrapper<ResourceRules>;
  ResourceRulesInput: ResourceRulesInput;
  ResourceStats: ResolverTypeWrapper<ResourceStats>;
  ScheduleOverride: ResolverTypeWrapper<ScheduleOverride>;
  ScheduleOverrideInput: ScheduleOverrideInput;
  ScheduleRange: ResolverTypeWrapper<ScheduleRange>;
  ScheduleRangeInput: ScheduleRangeInput;
  ScheduleSeason: ResolverTypeWrapper<ScheduleSeason>;
  ScheduleSeasonInput: ScheduleSeasonInput;
  Tenant: ResolverTypeWrapper<{ id: string }>;
  TimeRange: ResolverTypeWrapper<TimeRange>;
  TimeRangeInput: TimeRangeInput;
  TimeZone: ResolverTypeWrapper<Scalars['TimeZone']['output']>;
  URL: ResolverTypeWrapper<Scalars['URL']['output']>;
  UpdateResourceCategoryInput: UpdateResourceCategoryInput;
  UpdateResourceInput: UpdateResourceInput;
  UserError: ResolverTypeWrapper<ResolversInterfaceTypes<ResolversTypes>['UserError']>;
  UserErrorCode: UserErrorCode;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  BookingRules: BookingRules;
  Int: Scalars['Int']['output'];
  Boolean: Scalars['Boolean']['output'];
  CreateResourceCategoryInput: CreateResourceCategoryInput;
  String: Scalars['String']['output'];
  ID: Scalars['ID']['output'];
  CreateResourceInput: CreateResourceInput;
  DateTime: Scalars['DateTime']['output'];
  DeletePayload: Omit<DeletePayload, 'userErrors'> & { userErrors: Array<ResolversParentTypes['UserError']> };
  EmailAddress: Scalars['EmailAddress']['output'];
  HexColorCode: Scalars['HexColorCode']['output'];
  InputError: InputError;
  JSONObject: Scalars['JSONObject']['output'];
  LocalDate: Scalars['LocalDate']['output'];
  LocalTime: Scalars['LocalTime']['output'];
  Mutation: Record<PropertyKey, never>;
  PageInfo: PageInfo;
  Query: Record<PropertyKey, never>;
  Resource: ResourceRow;
  ResourceCategory: CategoryRow;
  ResourceCategoryConnection: CategoryPage;
  ResourceCategoryEdge: Omit<ResourceCategoryEdge, 'node'> & { node: ResolversParentTypes['ResourceCategory'] };
  ResourceCategoryPayload: Omit<ResourceCategoryPayload, 'category' | 'userErrors'> & { category?: Maybe<ResolversParentTypes['ResourceCategory']>, userErrors: Array<ResolversParentTypes['UserError']> };
  ResourceConnection: ResourcePage;
  ResourceEdge: Omit<ResourceEdge, 'node'> & { node: ResolversParentTypes['Resource'] };
  ResourceFilter: ResourceFilter;
  ResourceOrder: ResourceOrder;
  ResourcePayload: Omit<ResourcePayload, 'resource' | 'userErrors'> & { resource?: Maybe<ResolversParentTypes['Resource']>, userErrors: Array<ResolversParentTypes['UserError']> };
  ResourceRules: ResourceRules;
  ResourceRulesInput: ResourceRulesInput;
  ResourceStats: ResourceStats;
  ScheduleOverride: ScheduleOverride;
  ScheduleOverrideInput: ScheduleOverrideInput;
  ScheduleRange: ScheduleRange;
  ScheduleRangeInput: ScheduleRangeInput;
  ScheduleSeason: ScheduleSeason;
  ScheduleSeasonInput: ScheduleSeasonInput;
  Tenant: { id: string };
  TimeRange: TimeRange;
  TimeRangeInput: TimeRangeInput;
  TimeZone: Scalars['TimeZone']['output'];
  URL: Scalars['URL']['output'];
  UpdateResourceCategoryInput: UpdateResourceCategoryInput;
  UpdateResourceInput: UpdateResourceInput;
  UserError: ResolversInterfaceTypes<ResolversParentTypes>['UserError'];
};

export type BookingRulesResolvers<ContextType = Context, ParentType extends ResolversParentTypes['BookingRules'] = ResolversParentTypes['BookingRules']> = {
  advanceBookingDays?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  approvalHours?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  autoConfirm?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  bookingInterval?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  bufferAfterMinutes?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  bufferBeforeMinutes?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  cancellationHours?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  maxDurationMinutes?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  minDurationMinutes?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  minimumNoticeMinutes?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
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
  createResource?: Resolver<ResolversTypes['ResourcePayload'], ParentType, ContextType, RequireFields<MutationCreateResourceArgs, 'input'>>;
  createResourceCategory?: Resolver<ResolversTypes['ResourceCategoryPayload'], ParentType, ContextType, RequireFields<MutationCreateResourceCategoryArgs, 'input'>>;
  deleteResource?: Resolver<ResolversTypes['DeletePayload'], ParentType, ContextType, RequireFields<MutationDeleteResourceArgs, 'id'>>;
  deleteResourceCategory?: Resolver<ResolversTypes['DeletePayload'], ParentType, ContextType, RequireFields<MutationDeleteResourceCategoryArgs, 'id'>>;
  updateResource?: Resolver<ResolversTypes['ResourcePayload'], ParentType, ContextType, RequireFields<MutationUpdateResourceArgs, 'input'>>;
  updateResourceCategory?: Resolver<ResolversTypes['ResourceCategoryPayload'], ParentType, ContextType, RequireFields<MutationUpdateResourceCategoryArgs, 'input'>>;
};

export type PageInfoResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type QueryResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  internalResourceVersions?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType, RequireFields<QueryInternalResourceVersionsArgs, 'ids'>>;
  resource?: Resolver<Maybe<ResolversTypes['Resource']>, ParentType, ContextType, RequireFields<QueryResourceArgs, 'id'>>;
  resourceCategories?: Resolver<ResolversTypes['ResourceCategoryConnection'], ParentType, ContextType, RequireFields<QueryResourceCategoriesArgs, 'first'>>;
  resourceCategory?: Resolver<Maybe<ResolversTypes['ResourceCategory']>, ParentType, ContextType, RequireFields<QueryResourceCategoryArgs, 'id'>>;
  resources?: Resolver<ResolversTypes['ResourceConnection'], ParentType, ContextType, RequireFields<QueryResourcesArgs, 'first'>>;
};

export type ResourceResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Resource'] = ResolversParentTypes['Resource'], FederationReferenceType extends FederationReferenceTypes['Resource'] = FederationReferenceTypes['Resource']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Resource']> | FederationReferenceType, FederationReferenceType, ContextType>;
  attributes?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  availabilitySchedule?: Resolver<Maybe<Array<ResolversTypes['ScheduleRange']>>, ParentType, ContextType>;
  bookingMode?: Resolver<ResolversTypes['ResourceBookingMode'], ParentType, ContextType>;
  capacity?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  category?: Resolver<ResolversTypes['ResourceCategory'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  description?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  effectiveRules?: Resolver<ResolversTypes['BookingRules'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  internalIsDeleted?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  internalSchedule?: Resolver<ResolversTypes['JSONObject'], ParentType, ContextType>;
  isActive?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  location?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  rules?: Resolver<ResolversTypes['ResourceRules'], ParentType, ContextType>;
  scheduleOverrides?: Resolver<Array<ResolversTypes['ScheduleOverride']>, ParentType, ContextType>;
  seasons?: Resolver<Array<ResolversTypes['ScheduleSeason']>, ParentType, ContextType>;
  stats?: Resolver<ResolversTypes['ResourceStats'], ParentType, ContextType>;
  tenant?: Resolver<ResolversTypes['Tenant'], ParentType, ContextType>;
  updatedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type ResourceCategoryResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ResourceCategory'] = ResolversParentTypes['ResourceCategory'], FederationReferenceType extends FederationReferenceTypes['ResourceCategory'] = FederationReferenceTypes['ResourceCategory']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['ResourceCategory']> | FederationReferenceType, FederationReferenceType, ContextType>;
  color?: Resolver<Maybe<ResolversTypes['HexColorCode']>, ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  description?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  icon?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  isActive?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  resources?: Resolver<ResolversTypes['ResourceConnection'], ParentType, ContextType, RequireFields<ResourceCategoryResourcesArgs, 'first'>>;
  tenant?: Resolver<ResolversTypes['Tenant'], ParentType, ContextType>;
  type?: Resolver<ResolversTypes['ResourceCategoryType'], ParentType, ContextType>;
  updatedAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
};

export type ResourceCategoryConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ResourceCategoryConnection'] = ResolversParentTypes['ResourceCategoryConnection']> = {
  edges?: Resolver<Array<ResolversTypes['ResourceCategoryEdge']>, ParentType, ContextType>;
  nodes?: Resolver<Array<ResolversTypes['ResourceCategory']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type ResourceCategoryEdgeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ResourceCategoryEdge'] = ResolversParentTypes['ResourceCategoryEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['ResourceCategory'], ParentType, ContextType>;
};

export type ResourceCategoryPayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ResourceCategoryPayload'] = ResolversParentTypes['ResourceCategoryPayload']> = {
  category?: Resolver<Maybe<ResolversTypes['ResourceCategory']>, ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type ResourceConnectionResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ResourceConnection'] = ResolversParentTypes['ResourceConnection']> = {
  edges?: Resolver<Array<ResolversTypes['ResourceEdge']>, ParentType, ContextType>;
  nodes?: Resolver<Array<ResolversTypes['Resource']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type ResourceEdgeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ResourceEdge'] = ResolversParentTypes['ResourceEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Resource'], ParentType, ContextType>;
};

export type ResourcePayloadResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ResourcePayload'] = ResolversParentTypes['ResourcePayload']> = {
  resource?: Resolver<Maybe<ResolversTypes['Resource']>, ParentType, ContextType>;
  userErrors?: Resolver<Array<ResolversTypes['UserError']>, ParentType, ContextType>;
};

export type ResourceRulesResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ResourceRules'] = ResolversParentTypes['ResourceRules']> = {
  advanceBookingDays?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  approvalHours?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  autoConfirm?: Resolver<Maybe<ResolversTypes['Boolean']>, ParentType, ContextType>;
  bookingInterval?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  bufferAfterMinutes?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  bufferBeforeMinutes?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  cancellationHours?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  maxDurationMinutes?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  minDurationMinutes?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  minimumNoticeMinutes?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
};

export type ResourceStatsResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ResourceStats'] = ResolversParentTypes['ResourceStats']> = {
  bookingsCancelled?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  bookingsCreated?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
  lastBookedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
};

export type ScheduleOverrideResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ScheduleOverride'] = ResolversParentTypes['ScheduleOverride']> = {
  from?: Resolver<ResolversTypes['LocalDate'], ParentType, ContextType>;
  name?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  ranges?: Resolver<Array<ResolversTypes['TimeRange']>, ParentType, ContextType>;
  to?: Resolver<ResolversTypes['LocalDate'], ParentType, ContextType>;
};

export type ScheduleRangeResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ScheduleRange'] = ResolversParentTypes['ScheduleRange']> = {
  day?: Resolver<ResolversTypes['DayOfWeek'], ParentType, ContextType>;
  end?: Resolver<ResolversTypes['LocalTime'], ParentType, ContextType>;
  start?: Resolver<ResolversTypes['LocalTime'], ParentType, ContextType>;
};

export type ScheduleSeasonResolvers<ContextType = Context, ParentType extends ResolversParentTypes['ScheduleSeason'] = ResolversParentTypes['ScheduleSeason']> = {
  from?: Resolver<ResolversTypes['LocalDate'], ParentType, ContextType>;
  name?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  ranges?: Resolver<Array<ResolversTypes['ScheduleRange']>, ParentType, ContextType>;
  to?: Resolver<ResolversTypes['LocalDate'], ParentType, ContextType>;
};

export type TenantResolvers<ContextType = Context, ParentType extends ResolversParentTypes['Tenant'] = ResolversParentTypes['Tenant'], FederationReferenceType extends FederationReferenceTypes['Tenant'] = FederationReferenceTypes['Tenant']> = {
  __resolveReference?: ReferenceResolver<Maybe<ResolversTypes['Tenant']> | FederationReferenceType, FederationReferenceType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  resources?: Resolver<ResolversTypes['ResourceConnection'], ParentType, ContextType, RequireFields<TenantResourcesArgs, 'first'>>;
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

export type UserErrorResolvers<ContextType = Context, ParentType extends ResolversParentTypes['UserError'] = ResolversParentTypes['UserError']> = {
  __resolveType: TypeResolveFn<'InputError', ParentType, ContextType>;
};

export type Resolvers<ContextType = Context> = {
  BookingRules?: BookingRulesResolvers<ContextType>;
  DateTime?: GraphQLScalarType;
  DeletePayload?: DeletePayloadResolvers<ContextType>;
  EmailAddress?: GraphQLScalarType;
  HexColorCode?: GraphQLScalarType;
  InputError?: InputErrorResolvers<ContextType>;
  JSONObject?: GraphQLScalarType;
  LocalDate?: GraphQLScalarType;
  LocalTime?: GraphQLScalarType;
  Mutation?: MutationResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  Resource?: ResourceResolvers<ContextType>;
  ResourceCategory?: ResourceCategoryResolvers<ContextType>;
  ResourceCategoryConnection?: ResourceCategoryConnectionResolvers<ContextType>;
  ResourceCategoryEdge?: ResourceCategoryEdgeResolvers<ContextType>;
  ResourceCategoryPayload?: ResourceCategoryPayloadResolvers<ContextType>;
  ResourceConnection?: ResourceConnectionResolvers<ContextType>;
  ResourceEdge?: ResourceEdgeResolvers<ContextType>;
  ResourcePayload?: ResourcePayloadResolvers<ContextType>;
  ResourceRules?: ResourceRulesResolvers<ContextType>;
  ResourceStats?: ResourceStatsResolvers<ContextType>;
  ScheduleOverride?: ScheduleOverrideResolvers<ContextType>;
  ScheduleRange?: ScheduleRangeResolvers<ContextType>;
  ScheduleSeason?: ScheduleSeasonResolvers<ContextType>;
  Tenant?: TenantResolvers<ContextType>;
  TimeRange?: TimeRangeResolvers<ContextType>;
  TimeZone?: GraphQLScalarType;
  URL?: GraphQLScalarType;
  UserError?: UserErrorResolvers<ContextType>;
};

