import { requireKnownCaller } from '@libs/auth/caller';
import { inTransaction } from '@libs/db/inTransaction';
import { done, refusal, refusedFor, type Outcome, type Refusal } from '@libs/outcome/outcome';
import { toInstant } from '@libs/time/instants';
import type { Context } from '../context.ts';
import type { CreateBookingInput } from '../generated.ts';
import { seriesOf } from '../scheduling/recurrence.ts';
import type { Occurrence } from '../scheduling/rules.ts';
import { earlierResult, inputHash, type CreatedBookings } from './idempotency/idempotency.ts';
import {
  candidatesOf,
  demandsOf,
  gatherFor,
  peopleRefusals,
  wantedResourceRefusals,
  type Candidate,
} from './judgeRequest.ts';
import { newBooking, overrideOf, sourceOf } from './newBooking.ts';
import { newSeries } from './newSeries.ts';
import {
  clientInSession,
  isOverlapViolation,
  isSessionViolation,
  refusalsAfterViolation,
} from './refusals.ts';
import { refusalsBeforeLocking, type JudgedTimes, type RequestedTimes } from './requestedTimes.ts';
import type { NewSeries } from './store.ts';
import { keyedRequest, permitRequest } from './permitRequest.ts';
import { overriddenRules } from './wanted.ts';
import { writeBookings, type BookingPlan, type BookingRequest } from './writeBookings.ts';

/**
 * Creates a booking, or every occurrence of a series: all or none, or with SKIP those that nothing prevents. A repeated idempotency key
 * returns the first result.
 *
 * Requires canBook for oneself, canManageBookings for others and for overriding rules (else FORBIDDEN). Refuses a missing user, an invalid
 * key and malformed resources alone; an unknown tenant alone; then NOT_FOUND, INACTIVE, CAPACITY_EXCEEDED, USER_CANNOT_BOOK, INVALID,
 * TOO_MANY_OCCURRENCES, every broken rule of every occurrence, ALREADY_EXISTS and CONFLICT, all at once; and IDEMPOTENCY_MISMATCH. Throws
 * SERVICE_UNAVAILABLE if too many requests wait for a resource.
 */
export async function createBooking(
  ctx: Context,
  input: CreateBookingInput,
): Promise<Outcome<CreatedBookings>> {
  const permitted = permitRequest(ctx, input);
  if (!permitted.ok) return permitted;
  const { tenantId, wanted } = permitted.value;
  const key = await keyedRequest(ctx, tenantId, input.idempotencyKey, (zone) =>
    inputHash(input, permitted.value, zone),
  );
  const request = { ...permitted.value, key };
  const earlier = await earlierResult(tenantId, ctx.db, key);
  if (earlier) return earlier;
  const resourceIds = wanted.map(({ resourceId }) => resourceId);
  ctx.bulkhead.requireCapacity(resourceIds);

  const draft = await draftOf(ctx, request, input);
  if (!draft.ok) return draft;
  const { requested, refusals } = draft.value;
  const early = await refusalsBeforeLocking(ctx, requested, refusals);
  // The conflict may be with the booking that an earlier request with this key has just created.
  if (early.length > 0) return (await earlierResult(tenantId, ctx.db, key)) ?? refusedFor(tenantId, ...early);
  let plan: BookingPlan | undefined;
  try {
    return await ctx.bulkhead.run(resourceIds, () =>
      inTransaction(ctx.db, (tx) =>
        writeBookings(
          ctx,
          tx,
          request,
          requested,
          (judged) => (plan = planOf(ctx, request, draft.value, judged)),
        ),
      ),
    );
  } catch (error) {
    if (isSessionViolation(error)) return refusedFor(tenantId, clientInSession());
    if (!plan || !isOverlapViolation(error)) throw error;
    const taken = { ...requested, occurrences: plan.bookings };
    return refusedFor(tenantId, ...(await refusalsAfterViolation(ctx, tenantId, taken)));
  }
}

type Times = { occurrences: Occurrence[]; localStart?: NewSeries['localStart'] };

type Draft = {
  input: CreateBookingInput;
  times: Times;
  requested: RequestedTimes;
  /** About people and resources. */
  refusals: Refusal[];
};

async function draftOf(
  ctx: Context,
  request: BookingRequest,
  input: CreateBookingInput,
): Promise<Outcome<Draft>> {
  const { tenantId, clientId, wanted } = request;
  const gathered = await gatherFor(ctx, tenantId, request, wanted);
  const { tenant, resources } = gathered;
  if (!tenant) {
    return refusedFor(tenantId, refusal('NOT_FOUND', 'shared.tenantNotFound', ['input', 'tenantId']));
  }
  const candidates = candidatesOf(tenant, resources, wanted, ctx.now);
  const refusals = [...wantedResourceRefusals(candidates), ...peopleRefusals(gathered, request)];
  const times = timesOf(input, candidates);
  if (!times.ok) return refusedFor(tenantId, ...refusals, ...times.refusals);
  const overridden = overriddenRules(input.override);
  const requested = {
    tenantId,
    clientId,
    wanted,
    candidates,
    demands: demandsOf(candidates, overridden),
    occurrences: times.value.occurrences,
    overridden,
    isSkipping: input.recurrence?.onConflict === 'SKIP',
    now: ctx.now,
  };
  return done({ input, times: times.value, requested, refusals });
}

function timesOf(input: CreateBookingInput, candidates: readonly Candidate[]): Outcome<Times> {
  const { startTime, endTime, recurrence } = input;
  const { context } = candidates[0]!;
  if (recurrence) {
    // The shortest of all resources ends the series.
    const days = candidates.map((one) => one.context.rules.advanceBookingDays);
    const rules = { ...context.rules, advanceBookingDays: Math.min(...days) };
    return seriesOf({ startTime, endTime }, recurrence, { ...context, rules });
  }
  const { timezone } = context.rules;
  return done({
    occurrences: [{ startTime: toInstant(startTime, timezone), endTime: toInstant(endTime, timezone) }],
  });
}

function planOf(
  ctx: Context,
  request: BookingRequest,
  { input, times, requested }: Draft,
  { kept, byOccurrence }: JudgedTimes,
): BookingPlan {
  const { candidates, demands, occurrences } = requested;
  const caller = requireKnownCaller(ctx.caller);
  const { localStart } = times;
  const { timezone } = candidates[0]!.context.rules;
  const series = localStart && newSeries(request, input.recurrence!, { localStart, timezone, now: ctx.now });
  const bookings = kept.map((position) => {
    const occurrence = occurrences[position]!;
    const broken = byOccurrence[position]!.overridden;
    return newBooking(request, occurrence, candidates, demands, ctx.now, {
      notes: input.notes ?? null,
      metadata: input.metadata ?? {},
      source: sourceOf(caller),
      override: overrideOf(input.override, broken, caller, ctx.now),
      seriesId: series?.id ?? null,
      originalStart: series ? occurrence.startTime : null,
    });
  });
  return { bookings, series: series ?? null };
}
