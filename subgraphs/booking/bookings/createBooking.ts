import { requireKnownCaller } from '@libs/auth/caller';
import { inTransaction } from '@libs/db/inTransaction';
import type { TenantProfile } from '@libs/directory/tenants';
import { done, refusal, refusedFor, type Outcome } from '@libs/outcome/outcome';
import { toInstant } from '@libs/time/instants';
import type { Context } from '../context.ts';
import type { CreateBookingInput } from '../generated.ts';
import { MAX_BOOKING_DAYS } from '../scheduling/durations.ts';
import { seriesOf } from '../scheduling/recurrence.ts';
import type { Occurrence } from '../scheduling/rules.ts';
import { assignAll, type Assignment } from './allocations/assign.ts';
import type { Demand } from './allocations/demands.ts';
import { earlierResult, inputHash, type CreatedBookings } from './idempotency/idempotency.ts';
import {
  candidatesOf,
  closuresOfCandidates,
  demandsOf,
  gatherFor,
  judgeOccurrences,
  peopleRefusals,
  withClosures,
  wantedResourceRefusals,
  type Candidate,
  type Gathered,
} from './judgeRequest.ts';
import { newBooking, overrideOf, sourceOf } from './newBooking.ts';
import { newSeries } from './newSeries.ts';
import {
  clientInSession,
  conflictRefusals,
  isOverlapViolation,
  isSessionViolation,
  refusalsAfterViolation,
} from './refusals.ts';
import { withoutRefused, type Verdicts } from './skipConflicts.ts';
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

  const gathered = await gatherFor(ctx, tenantId, request, wanted);
  const plan = await decide(ctx, request, gathered, input);
  // The conflict may be with the booking that an earlier request with this key has just created.
  if (!plan.ok) return (await earlierResult(tenantId, ctx.db, key)) ?? plan;
  try {
    return await ctx.bulkhead.run(resourceIds, () =>
      inTransaction(ctx.db, (tx) => writeBookings(ctx, tx, request, plan.value)),
    );
  } catch (error) {
    if (isSessionViolation(error)) return refusedFor(tenantId, clientInSession());
    if (!isOverlapViolation(error)) throw error;
    const { demands, bookings } = plan.value;
    const requested = { demands, wanted, occurrences: bookings };
    return refusedFor(tenantId, ...(await refusalsAfterViolation(ctx, tenantId, requested)));
  }
}

/** Without locks: `writeBookings` checks again what may change until then. */
async function decide(
  ctx: Context,
  request: BookingRequest,
  gathered: Gathered,
  input: CreateBookingInput,
): Promise<Outcome<BookingPlan>> {
  const { tenantId, wanted } = request;
  const { tenant, resources } = gathered;
  if (!tenant) {
    return refusedFor(tenantId, refusal('NOT_FOUND', 'shared.tenantNotFound', ['input', 'tenantId']));
  }
  const candidates = candidatesOf(tenant, resources, wanted, ctx.now);
  const times = timesOf(input, candidates);
  const refusals = [...wantedResourceRefusals(candidates), ...peopleRefusals(gathered, request)];
  if (!times.ok) return refusedFor(tenantId, ...refusals, ...times.refusals);

  const { occurrences } = times.value;
  const demands = demandsOf(candidates, overriddenRules(input.override));
  // At once: they do not depend on each other.
  const [closures, assignment] = await Promise.all([
    closuresOfCandidates(tenantId, ctx.db, candidates, occurrences),
    look(ctx, request, demands, occurrences, isSkippingConflicts(input)),
  ]);
  const closable = withClosures(candidates, closures);
  const verdicts = verdictsOf(ctx, request, closable, { occurrences, demands, assignment, input });
  const judged = withoutRefused(verdicts);
  refusals.push(...judged.refusals);
  if (refusals.length > 0) return refusedFor(tenantId, ...refusals);
  return done(
    planOf(
      ctx,
      request,
      { tenant, candidates: closable, times: times.value, input },
      { ...verdicts, ...judged },
    ),
  );
}

const isSkippingConflicts = ({ recurrence }: CreateBookingInput): boolean =>
  recurrence?.onConflict === 'SKIP';

const DAY_MS = 86_400_000;
/** More than any booking may have; a longer time could overlap all that a resource ever had. */
const MAX_LOOK_MS = (MAX_BOOKING_DAYS + 1) * DAY_MS;

/** What is free; undefined if a resource is missing or a time is malformed. */
async function look(
  ctx: Context,
  { tenantId, wanted, clientId }: BookingRequest,
  demands: readonly Demand[],
  occurrences: readonly Occurrence[],
  isComplete: boolean,
): Promise<Assignment | undefined> {
  const isPossible = occurrences.every(({ startTime, endTime }) => {
    const lengthMs = endTime.epochMilliseconds - startTime.epochMilliseconds;
    return lengthMs > 0 && lengthMs <= MAX_LOOK_MS;
  });
  if (!isPossible || demands.length < wanted.length) return undefined;
  return assignAll(tenantId, ctx.db, demands, occurrences, { now: ctx.now, isComplete, clientId });
}

type Looked = {
  occurrences: readonly Occurrence[];
  demands: Demand[];
  assignment: Assignment | undefined;
  input: CreateBookingInput;
};

/** What rules and others say about each occurrence. */
function verdictsOf(
  ctx: Context,
  { wanted }: BookingRequest,
  candidates: readonly Candidate[],
  { occurrences, demands, assignment, input }: Looked,
): Verdicts {
  const isSkipping = isSkippingConflicts(input);
  const byOccurrence = judgeOccurrences(candidates, occurrences, overriddenRules(input.override), {
    isComplete: isSkipping,
  });
  // Nobody needs to know what is in the way of a malformed time.
  const isMalformed = byOccurrence.some(({ refusals }) => refusals.some(({ code }) => code === 'INVALID'));
  const conflicts =
    isMalformed || !assignment
      ? []
      : conflictRefusals(assignment, { demands, wanted, occurrences }, ctx.caller);
  return { occurrences, byOccurrence, demands, isSkipping, conflicts, skipped: [] };
}

type Times = { occurrences: Occurrence[]; localStart?: NewSeries['localStart'] };

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

type Judged = Verdicts & { kept: readonly number[] };

function planOf(
  ctx: Context,
  request: BookingRequest,
  what: { tenant: TenantProfile; candidates: readonly Candidate[]; times: Times; input: CreateBookingInput },
  { kept, demands, skipped, isSkipping, byOccurrence }: Judged,
): BookingPlan {
  const { candidates, times, input } = what;
  const caller = requireKnownCaller(ctx.caller);
  const { localStart, occurrences } = times;
  const { timezone } = what.tenant.settings;
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
  const overridden = overriddenRules(input.override);
  return { candidates, overridden, demands, skipped, isSkipping, bookings, series: series ?? null };
}
