import type { BookingRow, SeriesRow } from '@drizzle/booking/tables';
import { requireSession } from '@libs/auth/caller';
import { tenantFor, type TenantId } from '@libs/auth/tenantId';
import { inTransaction, type Queryable, type Tx } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { forbidden } from '@libs/outcome/apiErrors';
import { done, refusal, refusedFor, type Outcome } from '@libs/outcome/outcome';
import { bumpResourceVersions } from '../availability/store.ts';
import type { Context } from '../context.ts';
import type { CreateBookingInput } from '../generated.ts';
import { canBookFor } from './access.ts';
import { lockBookingParties } from './cascade/tombstoneStore.ts';
import { bookingCreated } from './events.ts';
import { inputHash, keyMismatch, keyRefusals } from './idempotency/idempotency.ts';
import { findKey, claimKey, type KeyedRequest } from './idempotency/idempotencyKeyStore.ts';
import { planBookings, type BookingPlan, type BookerAndClient } from './planBookings.ts';
import { conflictRefusal, tombstoneRefusals, isOverlapViolation } from './refusals.ts';
import {
  findBookings,
  findConflicts,
  insertBookings,
  insertSeries,
  seriesByIdOfAllTenants,
} from './store.ts';

/** The bookings of one request, by start, and the series where they repeat. */
export type CreatedBookings = { bookings: BookingRow[]; series: SeriesRow | null };

/**
 * Makes a booking, or every occurrence of a series: all or none. A request with an idempotency key that was done before answers
 * what it made then, whatever the rules say now.
 *
 * Who has canBook books for themself, who has canManageBookings for anybody of the tenant (FORBIDDEN else). Refuses NOT_FOUND,
 * INACTIVE, USER_CANNOT_BOOK, INVALID, TOO_MANY_OCCURRENCES, every broken rule of every occurrence and CONFLICT, all at once; and
 * IDEMPOTENCY_MISMATCH. SERVICE_UNAVAILABLE where too many want the resource at once.
 */
export async function createBooking(
  ctx: Context,
  input: CreateBookingInput,
): Promise<Outcome<CreatedBookings>> {
  const caller = requireSession(ctx.caller);
  const tenantId = tenantFor(caller, input.tenantId);
  const userId = input.userId ?? (caller.kind === 'user' ? caller.userId : null);
  if (userId === null) {
    return refusedFor(tenantId, refusal('INVALID', 'booking.userNeeded', ['input', 'userId']));
  }
  if (!canBookFor(userId, caller)) throw forbidden();
  const people = { userId, clientId: input.clientId ?? userId };

  const badKey = keyRefusals(input.idempotencyKey);
  if (badKey.length > 0) return refusedFor(tenantId, ...badKey);
  const request = keyedRequest(ctx, caller.userId, input, people);
  const earlier = request && (await firstResult(tenantId, ctx.db, request));
  if (earlier) return earlier;

  ctx.writers.requireCapacity([input.resourceId]);
  const plan = await planBookings(ctx, tenantId, people, input);
  // The conflict may be with what this very request has made meanwhile, when it was sent twice.
  if (!plan.ok) return (request && (await firstResult(tenantId, ctx.db, request))) ?? plan;
  try {
    return await ctx.writers.run([input.resourceId], () =>
      inTransaction(ctx.db, (tx) => write(ctx, tenantId, tx, plan.value, request)),
    );
  } catch (error) {
    if (!isOverlapViolation(error)) throw error;
    return refusedFor(tenantId, conflictRefusal(await conflictsOf(tenantId, ctx.db, plan.value)));
  }
}

const conflictsOf = (tenantId: TenantId, db: Queryable, { bookings, occurrences }: BookingPlan) =>
  findConflicts(tenantId, db, { resourceId: bookings.resourceId, occurrences });

/** Nothing is written before the last reason to refuse was asked for, so a refusal leaves nothing behind. */
async function write(
  ctx: Context,
  tenantId: TenantId,
  tx: Tx,
  plan: BookingPlan,
  request: KeyedRequest | null,
): Promise<Outcome<CreatedBookings>> {
  const { resourceId, userId, clientId } = plan.bookings;
  // One flight, so that the resource is held as shortly as can be: the server takes the locks first, and what it then looks for it
  // sees as it is by then.
  const [tombstones, earlier, conflicts] = await Promise.all([
    lockBookingParties(tenantId, tx, { resources: [resourceId], users: [userId, clientId] }),
    request && firstResult(tenantId, tx, request),
    conflictsOf(tenantId, tx, plan),
  ]);
  if (earlier) return earlier;
  const refusals = tombstoneRefusals(tombstones, { userId });
  if (conflicts.length > 0) refusals.push(conflictRefusal(conflicts));
  if (refusals.length > 0) return refusedFor(tenantId, ...refusals);

  const ids = plan.occurrences.map(({ id }) => id);
  if (request && !(await claimKey(tenantId, tx, request, ids))) {
    // The same key for another resource was not held off by this one's lock.
    return (await firstResult(tenantId, tx, request)) ?? refusedFor(tenantId, keyMismatch());
  }
  const series = plan.series && (await insertSeries(tenantId, tx, plan.series));
  const bookings = await insertBookings(tenantId, tx, plan.bookings, plan.occurrences);
  await Promise.all([
    announce(tx, bookings.map(bookingCreated), ctx),
    bumpResourceVersions(tenantId, tx, [resourceId]),
  ]);
  return done({ bookings, series });
}

function keyedRequest(
  ctx: Context,
  callerId: string,
  input: CreateBookingInput,
  people: BookerAndClient,
): KeyedRequest | null {
  const { idempotencyKey: key } = input;
  return key == null ? null : { callerId, key, inputHash: inputHash(input, people), now: ctx.now };
}

/** What the request made when it was done before, as it now is; undefined where it was not done. */
async function firstResult(
  tenantId: TenantId,
  db: Queryable,
  request: KeyedRequest,
): Promise<Outcome<CreatedBookings> | undefined> {
  const stored = await findKey(tenantId, db, request);
  if (!stored) return undefined;
  if (stored.inputHash !== request.inputHash) return refusedFor(tenantId, keyMismatch());
  const bookings = await findBookings(tenantId, db, stored.bookingIds);
  const seriesId = bookings[0]?.seriesId;
  const [series] = seriesId ? await seriesByIdOfAllTenants(db, [seriesId]) : [];
  return done({ bookings, series: series ?? null });
}
