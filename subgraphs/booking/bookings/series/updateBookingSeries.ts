import type { TenantId } from '@libs/auth/tenantId';
import { inTransaction } from '@libs/db/inTransaction';
import { nullRefusals } from '@libs/outcome/checks';
import { done, refusal, refused, refusedFor, type Outcome, type Refusal } from '@libs/outcome/outcome';
import type { Context } from '../../context.ts';
import type { UpdateBookingSeriesInput } from '../../generated.ts';
import { canChange } from '../access.ts';
import { classesAmong, ClassWithoutLock } from '../allocations/classes.ts';
import { resourceIdsOf } from '../allocations/demands.ts';
import { findChangeable } from '../findChangeable.ts';
import {
  clientInSession,
  isOverlapViolation,
  isSessionViolation,
  refusalsAfterViolation,
} from '../refusals.ts';
import { seriesByIdOfAllTenants } from '../store.ts';
import { fieldsMissingIn, outcomeWithoutFields } from '../missingFields.ts';
import { wantedAfter, wantedRefusalsAfter } from '../requestedUpdate.ts';
import { bookingOverrideRefusals } from '../wanted.ts';
import { decideSeries, type SeriesDecision } from './decideSeries.ts';
import { lockOccurrences } from './lockOccurrences.ts';
import {
  mayMoveSeries,
  wantedIds,
  type ChangedSeries,
  type GatheredSeries,
  type SeriesRequest,
} from './seriesRequest.ts';
import { findBookingsOfSeries } from './seriesStore.ts';
import { writeSeries } from './writeSeries.ts';

/**
 * Changes the occurrences of a series that lie ahead, or those from one of them on, all or none, or with SKIP those that can be changed.
 * FOLLOWING splits the series if times or resources change. Callers who may change the series and the named occurrence may do so.
 *
 * Refuses NOT_FOUND, INVALID, VERSION_MISMATCH, INVALID_TRANSITION (the named occurrence is final or has started), and for any occurrence
 * what updateBooking refuses. Throws FORBIDDEN for an override by others than staff, and SERVICE_UNAVAILABLE if too many requests wait for a
 * resource.
 */
export const updateBookingSeries = async (
  ctx: Context,
  input: UpdateBookingSeriesInput,
): Promise<Outcome<ChangedSeries>> =>
  outcomeWithoutFields(await updateSeries(ctx, input), fieldsMissingIn(input), 'bookingId');

async function updateSeries(ctx: Context, input: UpdateBookingSeriesInput): Promise<Outcome<ChangedSeries>> {
  const request = await ask(ctx, input);
  if (!request.ok) return request;
  const { tenantId } = request.value;
  const gathered = await gather(ctx, request.value, input);
  if (!gathered) return refused(occurrenceNotFound());
  const { tenant, occupies } = gathered;
  ctx.bulkhead.requireCapacity(occupies);
  let decision: SeriesDecision | undefined;
  try {
    return await ctx.bulkhead.run(occupies, () =>
      inTransaction(ctx.db, async (tx): Promise<Outcome<ChangedSeries>> => {
        decision = undefined;
        const locked = await lockOccurrences(ctx, tx, request.value, gathered, input);
        if (!locked) return refusedFor(tenantId, occurrenceNotFound());
        decision = await decideSeries(ctx, tx, tenant, locked, input);
        return decision.refusals.length > 0
          ? refusedFor(tenantId, ...decision.refusals)
          : done(await writeSeries(ctx, tx, tenant, locked, decision, input));
      }),
    );
  } catch (error) {
    if (error instanceof ClassWithoutLock) return updateSeries(ctx, input);
    if (isSessionViolation(error)) return refusedFor(tenantId, clientInSession());
    if (!decision || !isOverlapViolation(error)) throw error;
    return refusedFor(tenantId, ...(await refusalsOfViolation(ctx, tenantId, decision)));
  }
}

const occurrenceNotFound = (): Refusal => refusal('NOT_FOUND', 'booking.notFound', ['input', 'bookingId']);

async function ask(ctx: Context, input: UpdateBookingSeriesInput): Promise<Outcome<SeriesRequest>> {
  const found = await findChangeable(ctx, input.bookingId);
  if (!found) return refused(occurrenceNotFound());
  const { tenantId, booking } = found;
  const malformed = [
    ...nullRefusals(input, 'input', 'resourceId', 'startTime', 'endTime', 'seats', 'additionalResources'),
    ...bookingOverrideRefusals(input.override, ctx.caller),
    ...wantedRefusalsAfter(wantedAfter(booking, input), input),
  ];
  if (booking.seriesId === null) {
    malformed.unshift(refusal('INVALID', 'booking.notOfSeries', ['input', 'bookingId']));
  }
  if (malformed.length > 0) return refusedFor(tenantId, ...malformed);
  const [series] = await seriesByIdOfAllTenants(ctx.db, [booking.seriesId!]);
  if (!series || !canChange(series, ctx.caller)) {
    return refusedFor(tenantId, refusal('NOT_FOUND', 'booking.seriesNotFound', ['input', 'bookingId']));
  }
  return done({ tenantId, booking, series });
}

/** Fills the request's directory, so that hardly anything is waited for under the locks. */
async function gather(
  { directory, db, now }: Context,
  { tenantId, booking, series }: SeriesRequest,
  input: UpdateBookingSeriesInput,
): Promise<GatheredSeries | undefined> {
  const rows = (await findBookingsOfSeries(tenantId, db, series.id)).filter(
    ({ startTime }) => startTime.epochMilliseconds > now.epochMilliseconds,
  );
  const occupies = [...new Set([...[booking, ...rows].flatMap(resourceIdsOf), ...wantedIds(input)])];
  const clients = rows.map(({ clientId }) => clientId);
  const users = new Set([...clients, input.clientId ?? series.userId]);
  const [tenant] = await Promise.all([
    directory.tenant(tenantId),
    ...occupies.map((id) => directory.resource(tenantId, id)),
    ...[...users].map((id) => directory.member(tenantId, id)),
  ]);
  const isOfClass =
    input.clientId !== undefined && (await classesAmong(directory, tenantId, occupies)).length > 0;
  return tenant && { tenant, occupies: mayMoveSeries(input) || isOfClass ? occupies : [] };
}

/** Refusals by what is in the way now. */
async function refusalsOfViolation(
  ctx: Context,
  tenantId: TenantId,
  { groups }: SeriesDecision,
): Promise<Refusal[]> {
  const except = groups.flatMap(({ plans }) => plans.map(({ row }) => row.id));
  const found = await Promise.all(
    groups.map(({ demands, wanted, plans }) => {
      const occurrences = plans.map(({ next }) => next);
      return refusalsAfterViolation(ctx, tenantId, { demands, wanted, occurrences }, except);
    }),
  );
  return found.flat();
}
