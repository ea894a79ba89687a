import type { BookingRow } from '@drizzle/booking/tables';
import { requireSession } from '@libs/auth/caller';
import { tenantFor, type TenantId } from '@libs/auth/tenantId';
import { newId } from '@libs/db/ids';
import { inTransaction, type Queryable, type Tx } from '@libs/db/inTransaction';
import type { TenantProfile } from '@libs/directory/tenants';
import { announce } from '@libs/events/outbox';
import { forbidden } from '@libs/outcome/apiErrors';
import { done, refusal, refusedFor, type Outcome } from '@libs/outcome/outcome';
import { toInstant } from '@libs/time/instants';
import type { Context } from '../context.ts';
import type { BookableResource, Member } from '../directory/bookingDirectory.ts';
import type { CreateBookingInput } from '../generated.ts';
import {
  bookerRefusals,
  clientRefusals,
  inactiveRefusals,
  schedulingContextOf,
} from '../scheduling/eligibility.ts';
import { seriesOf } from '../scheduling/recurrence.ts';
import { brokenRulesOfSeries, type Occurrence, type SchedulingContext } from '../scheduling/rules.ts';
import { canBookFor } from './access.ts';
import { lockBookingParties } from './cascade/tombstoneStore.ts';
import { bookingCreated } from './events.ts';
import {
  claimKey,
  earlierResult,
  inputHash,
  keyMismatch,
  keyRefusals,
  type CreatedBookings,
  type KeyedRequest,
} from './idempotency/idempotency.ts';
import { conflictRefusal, isOverlapViolation, resourceNotFound, tombstoneRefusals } from './refusals.ts';
import { firstStatus } from './status.ts';
import {
  bumpResourceVersions,
  findConflicts,
  insertBookings,
  insertSeries,
  type NewBooking,
  type NewSeries,
} from './store.ts';

/**
 * Creates a booking, or every occurrence of a series: all or none. A repeated idempotency key returns the first result.
 *
 * Requires canBook for oneself, canManageBookings for others (else FORBIDDEN). Refuses a missing user, an invalid key and an unknown
 * tenant, each alone; then NOT_FOUND, INACTIVE, USER_CANNOT_BOOK, INVALID, TOO_MANY_OCCURRENCES, every broken rule of every
 * occurrence and CONFLICT, all at once; and IDEMPOTENCY_MISMATCH. Throws SERVICE_UNAVAILABLE if too many requests wait for the
 * resource.
 */
export async function createBooking(
  ctx: Context,
  input: CreateBookingInput,
): Promise<Outcome<CreatedBookings>> {
  const permitted = ask(ctx, input);
  if (!permitted.ok) return permitted;
  const { tenantId } = permitted.value;
  const request = { ...permitted.value, key: await keyedRequest(ctx, permitted.value, input) };
  const { key } = request;
  const earlier = await earlierResult(tenantId, ctx.db, key);
  if (earlier) return earlier;
  ctx.bulkhead.requireCapacity([input.resourceId]);

  const gathered = await gather(ctx, request, input);
  const plan = await decide(ctx, request, gathered, input);
  // The conflict may be with the booking that an earlier request with this key has just created.
  if (!plan.ok) return (await earlierResult(tenantId, ctx.db, key)) ?? plan;
  try {
    return await ctx.bulkhead.run([input.resourceId], () =>
      inTransaction(ctx.db, (tx) => write(ctx, tx, request, plan.value)),
    );
  } catch (error) {
    if (!isOverlapViolation(error)) throw error;
    return refusedFor(tenantId, conflictRefusal(await conflictsOf(tenantId, ctx.db, plan.value.bookings)));
  }
}

type BookingParties = Pick<BookingRow, 'userId' | 'clientId'> & { tenantId: TenantId };
type BookingRequest = BookingParties & { key: KeyedRequest | null };
type Gathered = {
  tenant: TenantProfile | undefined;
  resource: BookableResource | undefined;
  booker: Member | undefined;
  client: Member | undefined;
};
/** By start; at least one. */
type BookingPlan = { bookings: NewBooking[]; series: NewSeries | null };

function ask(ctx: Context, input: CreateBookingInput): Outcome<BookingParties> {
  const caller = requireSession(ctx.caller);
  const tenantId = tenantFor(caller, input.tenantId);
  const userId = input.userId ?? (caller.kind === 'user' ? caller.userId : null);
  if (userId === null) {
    return refusedFor(tenantId, refusal('INVALID', 'booking.userNeeded', ['input', 'userId']));
  }
  if (!canBookFor(userId, caller)) throw forbidden();
  const badKey = keyRefusals(input.idempotencyKey);
  if (badKey.length > 0) return refusedFor(tenantId, ...badKey);

  return done({ userId, clientId: input.clientId ?? userId, tenantId });
}

/** Null without a key. For an unknown tenant, which is refused later, times are compared in UTC. */
async function keyedRequest(
  ctx: Context,
  { tenantId, ...people }: BookingParties,
  input: CreateBookingInput,
): Promise<KeyedRequest | null> {
  const { idempotencyKey: key } = input;
  if (key == null) return null;
  const zone = (await ctx.directory.tenant(tenantId))?.settings.timezone ?? 'UTC';
  const callerId = requireSession(ctx.caller).userId;
  return { key, callerId, inputHash: inputHash(input, people, zone), now: ctx.now };
}

async function gather(
  { directory }: Context,
  { tenantId, userId, clientId }: BookingRequest,
  { resourceId }: CreateBookingInput,
): Promise<Gathered> {
  const [tenant, resource, booker, client] = await Promise.all([
    directory.tenant(tenantId),
    directory.resource(tenantId, resourceId),
    directory.member(tenantId, userId),
    directory.member(tenantId, clientId),
  ]);
  return { tenant, resource, booker, client };
}

/** Without locks: `write` checks again what may change until then. */
async function decide(
  ctx: Context,
  { tenantId, userId, clientId }: BookingRequest,
  { tenant, resource, booker, client }: Gathered,
  input: CreateBookingInput,
): Promise<Outcome<BookingPlan>> {
  if (!tenant) {
    return refusedFor(tenantId, refusal('NOT_FOUND', 'shared.tenantNotFound', ['input', 'tenantId']));
  }
  const context = schedulingContextOf(tenant, resource, ctx.now);
  const times = timesOf(input, context);
  const refusals = [
    ...(resource ? [] : [resourceNotFound()]),
    ...inactiveRefusals(context.isActive),
    ...bookerRefusals(booker),
    ...(clientId === userId ? [] : clientRefusals(client)),
    ...(times.ok ? brokenRulesOfSeries(times.value.occurrences, context) : times.refusals),
  ];
  // A malformed time overlaps nothing.
  if (times.ok && resource && !refusals.some(({ code }) => code === 'INVALID')) {
    const { occurrences } = times.value;
    const conflicts = await findConflicts(tenantId, ctx.db, { resourceId: resource.id, occurrences });
    if (conflicts.length > 0) refusals.push(conflictRefusal(conflicts));
  }
  if (!times.ok || refusals.length > 0) return refusedFor(tenantId, ...refusals);

  const { occurrences, localStart } = times.value;
  const common = { userId, clientId, createdAt: ctx.now };
  const series = localStart ? { ...common, ...seriesRow(input, context, localStart) } : null;
  const booking = {
    ...common,
    resourceId: input.resourceId,
    seriesId: series?.id ?? null,
    status: firstStatus(tenant.settings),
    notes: input.notes ?? null,
    cancelledBy: null,
    cancellationReason: null,
    version: 1,
    updatedAt: ctx.now,
  };
  return done({ bookings: occurrences.map((times) => ({ ...booking, ...times, id: newId() })), series });
}

type Times = { occurrences: Occurrence[]; localStart?: NewSeries['localStart'] };

function timesOf(input: CreateBookingInput, context: SchedulingContext): Outcome<Times> {
  const { startTime, endTime, recurrence } = input;
  if (recurrence) return seriesOf({ startTime, endTime }, recurrence, context);
  const { timezone } = context.rules;
  return done({
    occurrences: [{ startTime: toInstant(startTime, timezone), endTime: toInstant(endTime, timezone) }],
  });
}

function seriesRow(
  { recurrence }: CreateBookingInput,
  { rules: { timezone } }: SchedulingContext,
  localStart: NewSeries['localStart'],
): Omit<NewSeries, 'userId' | 'clientId' | 'createdAt'> {
  const { frequency, interval, endDate, daysOfWeek } = recurrence!;
  return {
    id: newId(),
    frequency,
    interval: interval ?? 1,
    endDate: endDate ? toInstant(endDate, timezone) : null,
    daysOfWeek: daysOfWeek?.length ? [...new Set(daysOfWeek)] : null,
    timezone,
    localStart,
  };
}

const conflictsOf = (tenantId: TenantId, db: Queryable, bookings: readonly NewBooking[]) =>
  findConflicts(tenantId, db, { resourceId: bookings[0]!.resourceId, occurrences: bookings });

/** Writes only once nothing is left to refuse, so a refusal leaves nothing behind. */
async function write(
  ctx: Context,
  tx: Tx,
  { tenantId, userId, clientId, key }: BookingRequest,
  plan: BookingPlan,
): Promise<Outcome<CreatedBookings>> {
  const { resourceId } = plan.bookings[0]!;
  // One round trip, to keep the lock short. The server takes the locks first, so the look-ups see what others have committed.
  const [tombstones, earlier, conflicts] = await Promise.all([
    lockBookingParties(tenantId, tx, { resources: [resourceId], users: [userId, clientId] }),
    earlierResult(tenantId, tx, key),
    conflictsOf(tenantId, tx, plan.bookings),
  ]);
  if (earlier) return earlier;
  const refusals = tombstoneRefusals(tombstones, { userId });
  if (conflicts.length > 0) refusals.push(conflictRefusal(conflicts));
  if (refusals.length > 0) return refusedFor(tenantId, ...refusals);

  const ids = plan.bookings.map(({ id }) => id);
  if (key && !(await claimKey(tenantId, tx, key, ids))) {
    // A concurrent request with this key for another resource, which waits for another lock, has stored the key first.
    return (await earlierResult(tenantId, tx, key)) ?? refusedFor(tenantId, keyMismatch());
  }
  // One round trip: the server runs these in this order.
  const [series, bookings] = await Promise.all([
    plan.series && insertSeries(tenantId, tx, plan.series),
    insertBookings(tenantId, tx, plan.bookings),
    announce(
      tx,
      plan.bookings.map((booking) => bookingCreated({ ...booking, tenantId })),
      ctx,
    ),
    bumpResourceVersions(tenantId, tx, [resourceId]),
  ]);
  return done({ bookings, series });
}
