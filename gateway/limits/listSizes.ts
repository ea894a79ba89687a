/** How long the lists of an answer may be, by their arguments or by the contract. */
import { parseLocalDate } from '@libs/time/days';
import { Kind, valueFromASTUntyped, type FieldNode, type GraphQLField } from 'graphql';
import type { ForeignField } from './foreignFields.ts';

/** Subgraphs refuse a larger `first` with their own message. */
const MAX_PAGE_SIZE = 100;
/** For lists without `first` that are not in LIST_SIZES. */
const ASSUMED_LIST_SIZE = 10;

export const AVAILABILITY = 'Resource.availability';
export const SLOTS = 'AvailabilityDay.slots';
/** The booking subgraph refuses a longer range with its own message. */
const MAX_AVAILABILITY_DAYS = 62;

export const WATCHED_AVAILABILITY = 'Subscription.availabilityChanged';
/** The booking subgraph refuses more with its own messages. */
const [MAX_WATCHED_RESOURCES, MAX_WATCHED_DAYS] = [50, 14];

/** Maximum lengths of lists without `first`, by type and field or by field. */
export const LIST_SIZES: ReadonlyMap<string, number> = new Map([
  // For the whole answer: a series reports each of its occurrences.
  ['userErrors', 100],
  // All conflicts belong to one of the user errors.
  ['BookingConflictError.conflicts', 1],
  ['BookingConflictError.holds', 1],
  ['CreateBookingPayload.bookings', 365],
  ['CancelBookingSeriesPayload.bookings', 365],
  ['BookingSeriesPayload.bookings', 365],
  ['CreateBookingPayload.skipped', 365],
  ['BookingSeriesPayload.skipped', 365],
  // Hardly ever more than a closure and a conflict.
  ['SkippedOccurrence.errors', 2],
  // The own resource and four more.
  ['Booking.resources', 5],
  ['Hold.resources', 5],
  ['AvailabilityChange.days', 14],
  ['Tenant.webhooks', 100],
  ['Tenant.apiKeys', 50],
  ['ApiKey.scopes', 8],
  ['User.sessions', 100],
  ['ClosuresPayload.closures', 100],
  ['ClosuresPayload.affected', 100],
  // The half hours of a week.
  ['Resource.availabilitySchedule', 7 * 48],
  ['Resource.seasons', 50],
  ['Resource.scheduleOverrides', 366],
  ['OrganizationSettings.specialHours', 366],
  // On average over such a list: it is written in one request, and a longer one exceeds MAX_REQUEST_BODY_BYTES.
  ['ScheduleSeason.ranges', 112],
  ['ScheduleOverride.ranges', 23],
  ['SpecialHours.ranges', 23],
  // As in a calendar in use: the contract allows ten times as many, which would make a page of closures too complex.
  ['Closure.resources', 50],
  ['Closure.categories', 50],
  // As in a calendar in use; the booking subgraph limits those of a request.
  ['AvailabilityDay.closures', 10],
  // Only the booking subgraph knows the tenant's grid; it limits slots itself.
  [SLOTS, 0],
  ['AvailabilityDay.freeRanges', 0],
]);

type Variables = Record<string, unknown>;

/** The value from the document, its variables or the schema's default. */
function argumentOf(field: FieldNode, name: string, variables: Variables, defaultValue?: unknown): unknown {
  const given = field.arguments?.find((argument) => argument.name.value === name)?.value;
  if (given?.kind === Kind.VARIABLE) return variables[given.name.value] ?? defaultValue;
  return given ? valueFromASTUntyped(given) : defaultValue;
}

/**
 * The `last` or else the `first` of a field, from 1 to MAX_PAGE_SIZE; undefined if it takes none. A foreign field may have other arguments
 * for it, and no maximum that we know.
 */
export function pageSize(
  field: FieldNode,
  definition: GraphQLField<unknown, unknown>,
  variables: Variables,
  foreign: ForeignField | undefined,
): number | undefined {
  const names = foreign?.slicingArguments ?? ['last', 'first'];
  const declared = names.flatMap((name) => definition.args.find((argument) => argument.name === name) ?? []);
  const sizes = declared
    .map(({ name, defaultValue }) => argumentOf(field, name, variables, defaultValue))
    .filter((size) => typeof size === 'number');
  if (sizes.length === 0) return foreign?.assumedSize ?? (declared.length > 0 ? MAX_PAGE_SIZE : undefined);
  return foreign ? Math.max(...sizes, 1) : Math.min(Math.max(sizes[0]!, 1), MAX_PAGE_SIZE);
}

/** From 1 to MAX_AVAILABILITY_DAYS, the maximum for malformed dates. */
function countDays(from: unknown, to: unknown): number {
  const [first, last] = [from, to ?? from].map((text) =>
    typeof text === 'string' ? parseLocalDate(text) : undefined,
  );
  if (!first || !last) return MAX_AVAILABILITY_DAYS;
  return Math.min(Math.max(first.until(last).days + 1, 1), MAX_AVAILABILITY_DAYS);
}

/** Resource days whose slots `availabilityChanged` computes to begin with, whatever is selected. */
export function watchedDays(field: FieldNode, variables: Variables): number {
  const argument = field.arguments?.find(({ name }) => name.value === 'input')?.value;
  const input = argument && (valueFromASTUntyped(argument, variables) as Variables | null);
  const { resourceIds, from, to } = input ?? {};
  const resources = Array.isArray(resourceIds) ? Math.min(resourceIds.length, MAX_WATCHED_RESOURCES) : 1;
  return resources * Math.min(countDays(from, to), MAX_WATCHED_DAYS);
}

/** The maximum length of the list at `coordinate`; `page` is the `first` of the surrounding connection. */
export function listSize(
  field: FieldNode,
  coordinate: string,
  variables: Variables,
  page: number | undefined,
): number {
  if (coordinate === AVAILABILITY) {
    return countDays(argumentOf(field, 'from', variables), argumentOf(field, 'to', variables));
  }
  return page ?? LIST_SIZES.get(coordinate) ?? LIST_SIZES.get(field.name.value) ?? ASSUMED_LIST_SIZE;
}
