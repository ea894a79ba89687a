import type { DateTimeInput } from '@libs/time/instants';
import type { Temporal } from 'temporal-polyfill';
import type { LocalTime } from '@libs/time/localTimes';
import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { Context } from './context.ts';
export type Maybe<T> = T | null | undefined;
export type InputMaybe<T> = T | null | undefined;
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** An instant. Output: RFC 3339 in UTC with milliseconds ('2025-12-05T14:00:00.000Z'). Input: with an offset or Z, that instant; without one, the wall-clock time in the tenant's time zone (in a DST gap the later, in an overlap the earlier offset: Temporal's 'compatible'). */
  DateTime: { input: DateTimeInput; output: Temporal.Instant; }
  EmailAddress: { input: string; output: string; }
  /** '#RGB' or '#RRGGBB'. */
  HexColorCode: { input: string; output: string; }
  JSONObject: { input: Record<string, unknown>; output: Record<string, unknown>; }
  /** A calendar date, 'YYYY-MM-DD'. */
  LocalDate: { input: Temporal.PlainDate; output: Temporal.PlainDate; }
  /** A wall-clock time, 'HH:MM' or 'HH:MM:SS' on input, 'HH:MM:SS' on output. '24:00:00' is the end of a day, allowed only as an end. */
  LocalTime: { input: LocalTime; output: LocalTime; }
  /** An IANA time zone name, such as 'America/Sao_Paulo'. */
  TimeZone: { input: string; output: string; }
  URL: { input: string; output: string; }
  _FieldSet: { input: string; output: string; }
};

export type DayOfWeek =
  | 'FRIDAY'
  | 'MONDAY'
  | 'SATURDAY'
  | 'SUNDAY'
  | 'THURSDAY'
  | 'TUESDAY'
  | 'WEDNESDAY';

export type DeletePayload = {
  /** The id of what was deleted. */
  deletedId?: Maybe<Scalars['ID']['output']>;
  userErrors: Array<UserError>;
};

export type InputError = UserError & {
  code: UserErrorCode;
  field?: Maybe<Array<Scalars['String']['output']>>;
  message: Scalars['String']['output'];
};

export type PageInfo = {
  endCursor?: Maybe<Scalars['String']['output']>;
  hasNextPage: Scalars['Boolean']['output'];
  hasPreviousPage: Scalars['Boolean']['output'];
  startCursor?: Maybe<Scalars['String']['output']>;
};

/** Why a mutation did not happen. Several may be reported at once. */
export type UserError = {
  code: UserErrorCode;
  /** The input's path, such as ['input', 'endTime']; null where no one field is to blame. */
  field?: Maybe<Array<Scalars['String']['output']>>;
  /** For people, in the language asked for by Accept-Language, else the tenant's locale (pt-BR and en). */
  message: Scalars['String']['output'];
};

export type UserErrorCode =
  | 'ALREADY_EXISTS'
  | 'CANCELLATION_WINDOW_CLOSED'
  /** Another booking holds the resource then. */
  | 'CONFLICT'
  /** An idempotency key was used before with other input. */
  | 'IDEMPOTENCY_MISMATCH'
  /** The thing is inactive or deleted. */
  | 'INACTIVE'
  /** A value that the domain refuses (a malformed zone, an end before its start, a duplicate e-mail …). */
  | 'INVALID'
  | 'INVALID_CREDENTIALS'
  /** A status that cannot follow the present one. */
  | 'INVALID_TRANSITION'
  | 'IN_THE_PAST'
  /** Something still refers to it. */
  | 'IN_USE'
  | 'NOT_FOUND'
  /** Start or duration is no multiple of the tenant's booking interval. */
  | 'NOT_ON_INTERVAL'
  | 'OUTSIDE_WORKING_HOURS'
  /** The resource's own weekly schedule does not cover the whole time. */
  | 'RESOURCE_UNAVAILABLE'
  | 'TOO_FAR_IN_ADVANCE'
  | 'TOO_MANY_OCCURRENCES'
  /** The user may not book (permission canBook, or inactive). */
  | 'USER_CANNOT_BOOK'
  /** The record changed since the version that the caller named. */
  | 'VERSION_MISMATCH';



export type ResolverTypeWrapper<T> = Promise<T> | T;


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




/** Mapping of interface types */
export type ResolversInterfaceTypes<_RefType extends Record<string, unknown>> = {
  UserError: ( InputError );
};

/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  DayOfWeek: DayOfWeek;
  DeletePayload: ResolverTypeWrapper<Omit<DeletePayload, 'userErrors'> & { userErrors: Array<ResolversTypes['UserError']> }>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  EmailAddress: ResolverTypeWrapper<Scalars['EmailAddress']['output']>;
  HexColorCode: ResolverTypeWrapper<Scalars['HexColorCode']['output']>;
  InputError: ResolverTypeWrapper<InputError>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  JSONObject: ResolverTypeWrapper<Scalars['JSONObject']['output']>;
  LocalDate: ResolverTypeWrapper<Scalars['LocalDate']['output']>;
  LocalTime: ResolverTypeWrapper<Scalars['LocalTime']['output']>;
  PageInfo: ResolverTypeWrapper<PageInfo>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  TimeZone: ResolverTypeWrapper<Scalars['TimeZone']['output']>;
  URL: ResolverTypeWrapper<Scalars['URL']['output']>;
  UserError: ResolverTypeWrapper<ResolversInterfaceTypes<ResolversTypes>['UserError']>;
  UserErrorCode: UserErrorCode;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  DateTime: Scalars['DateTime']['output'];
  DeletePayload: Omit<DeletePayload, 'userErrors'> & { userErrors: Array<ResolversParentTypes['UserError']> };
  ID: Scalars['ID']['output'];
  EmailAddress: Scalars['EmailAddress']['output'];
  HexColorCode: Scalars['HexColorCode']['output'];
  InputError: InputError;
  String: Scalars['String']['output'];
  JSONObject: Scalars['JSONObject']['output'];
  LocalDate: Scalars['LocalDate']['output'];
  LocalTime: Scalars['LocalTime']['output'];
  PageInfo: PageInfo;
  Boolean: Scalars['Boolean']['output'];
  TimeZone: Scalars['TimeZone']['output'];
  URL: Scalars['URL']['output'];
  UserError: ResolversInterfaceTypes<ResolversParentTypes>['UserError'];
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

export type PageInfoResolvers<ContextType = Context, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
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
  DateTime?: GraphQLScalarType;
  DeletePayload?: DeletePayloadResolvers<ContextType>;
  EmailAddress?: GraphQLScalarType;
  HexColorCode?: GraphQLScalarType;
  InputError?: InputErrorResolvers<ContextType>;
  JSONObject?: GraphQLScalarType;
  LocalDate?: GraphQLScalarType;
  LocalTime?: GraphQLScalarType;
  PageInfo?: PageInfoResolvers<ContextType>;
  TimeZone?: GraphQLScalarType;
  URL?: GraphQLScalarType;
  UserError?: UserErrorResolvers<ContextType>;
};

