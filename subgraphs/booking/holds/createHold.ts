import type { HoldRow } from '@drizzle/booking/tables';
import { requireKnownCaller } from '@libs/auth/caller';
import { newId } from '@libs/db/ids';
import { inTransaction, type Tx } from '@libs/db/inTransaction';
import type { TenantProfile } from '@libs/directory/tenants';
import { announce } from '@libs/events/outbox';
import { done, refusal, refusedFor, type Outcome, type Refusal } from '@libs/outcome/outcome';
import { toInstant } from '@libs/time/instants';
import type { Context } from '../context.ts';
import type { CreateHoldInput } from '../generated.ts';
import type { Occurrence, OverridableRule } from '../scheduling/rules.ts';
import { managesBookings } from '../bookings/access.ts';
import { assignAll } from '../bookings/allocations/assign.ts';
import type { Demand } from '../bookings/allocations/demands.ts';
import { prepareAllocations } from '../bookings/allocations/prepareAllocations.ts';
import { lockBookingParties } from '../bookings/cascade/tombstoneStore.ts';
import { claimKey, earlierHold, holdInputHash, keyMismatch } from '../bookings/idempotency/idempotency.ts';
import {
  candidatesOf,
  closuresOfCandidates,
  demandsOf,
  gatherFor,
  judgeOccurrences,
  newlyClosed,
  peopleRefusals,
  wantedResourceRefusals,
  withClosures,
  type Candidate,
  type Gathered,
  type People,
} from '../bookings/judgeRequest.ts';
import { overrideOf, sourceOf, storedResources } from '../bookings/newBooking.ts';
import {
  conflictRefusals,
  isOverlapViolation,
  refusalsAfterViolation,
  tombstoneRefusals,
} from '../bookings/refusals.ts';
import { bumpResourceVersions } from '../bookings/store.ts';
import { keyedRequest, permitRequest } from '../bookings/permitRequest.ts';
import { overriddenRules } from '../bookings/wanted.ts';
import type { BookingRequest } from '../bookings/writeBookings.ts';
import { holdCreated } from './holdEvents.ts';
import { countHolds, insertHold, type NewHold } from './holdStore.ts';

/** At a time, of one person. */
export const MAX_HOLDS = 3;
const MIN_HOLD_SECONDS = 60;
const MAX_HOLD_SECONDS = 3600;

/**
 * Keeps a time for a checkout. Requires and refuses what createBooking does, and TOO_MANY for a person's fourth hold. A repeated
 * idempotency key returns the first hold.
 */
export async function createHold(ctx: Context, input: CreateHoldInput): Promise<Outcome<HoldRow>> {
  const permitted = permitRequest(ctx, input);
  if (!permitted.ok) return permitted;
  const { tenantId, wanted } = permitted.value;
  const key = await keyedRequest(ctx, tenantId, input.idempotencyKey, (zone) =>
    holdInputHash(input, permitted.value, zone),
  );
  const request = { ...permitted.value, key };
  const earlier = await earlierHold(tenantId, ctx.db, key);
  if (earlier) return earlier;
  const resourceIds = wanted.map(({ resourceId }) => resourceId);
  ctx.bulkhead.requireCapacity(resourceIds);

  const gathered = await gatherFor(ctx, tenantId, request, wanted);
  const plan = await decide(ctx, request, gathered, input);
  if (!plan.ok) return (await earlierHold(tenantId, ctx.db, key)) ?? plan;
  try {
    return await ctx.bulkhead.run(resourceIds, () =>
      inTransaction(ctx.db, (tx) => write(ctx, tx, request, plan.value)),
    );
  } catch (error) {
    if (!isOverlapViolation(error)) throw error;
    const { demands, hold } = plan.value;
    const requested = { demands, wanted, occurrences: [hold] };
    return refusedFor(tenantId, ...(await refusalsAfterViolation(ctx, tenantId, requested)));
  }
}

type HoldPlan = {
  candidates: readonly Candidate[];
  overridden: ReadonlySet<OverridableRule>;
  demands: Demand[];
  hold: NewHold;
};

/** INVALID outside of a minute to an hour; others than staff have at most the tenant's holdMinutes. */
function secondsRefusals(ctx: Context, { seconds }: CreateHoldInput, { settings }: TenantProfile): Refusal[] {
  if (seconds == null) return [];
  const max = managesBookings(ctx.caller) ? MAX_HOLD_SECONDS : settings.holdMinutes * 60;
  if (seconds >= MIN_HOLD_SECONDS && seconds <= max) return [];
  const params = { min: MIN_HOLD_SECONDS, max };
  return [refusal('INVALID', 'booking.holdSeconds', ['input', 'seconds'], params)];
}

/** Without locks: `write` checks again what may change until then. */
async function decide(
  ctx: Context,
  request: BookingRequest,
  gathered: Gathered,
  input: CreateHoldInput,
): Promise<Outcome<HoldPlan>> {
  const { tenantId, wanted } = request;
  const { tenant, resources } = gathered;
  if (!tenant) {
    return refusedFor(tenantId, refusal('NOT_FOUND', 'shared.tenantNotFound', ['input', 'tenantId']));
  }
  const candidates = candidatesOf(tenant, resources, wanted, ctx.now);
  const { timezone } = tenant.settings;
  const occurrence = {
    startTime: toInstant(input.startTime, timezone),
    endTime: toInstant(input.endTime, timezone),
  };
  const overridden = overriddenRules(input.override);
  const closures = await closuresOfCandidates(tenantId, ctx.db, candidates, [occurrence]);
  const closable = withClosures(candidates, closures);
  const [verdict] = judgeOccurrences(closable, [occurrence], overridden);
  const refusals = [
    ...secondsRefusals(ctx, input, tenant),
    ...wantedResourceRefusals(candidates),
    ...peopleRefusals(gathered, request),
    ...verdict!.refusals,
  ];
  const demands = demandsOf(candidates, overridden);
  const isMalformed = verdict!.refusals.some(({ code }) => code === 'INVALID');
  if (!isMalformed && demands.length === wanted.length) {
    const assignment = await assignAll(tenantId, ctx.db, demands, [occurrence], { now: ctx.now });
    const requested = { demands, wanted, occurrences: [occurrence] };
    refusals.push(...conflictRefusals(assignment, requested, ctx.caller).map((one) => one.refusal));
  }
  if (refusals.length > 0) return refusedFor(tenantId, ...refusals);
  const seconds = input.seconds ?? tenant.settings.holdMinutes * 60;
  return done({
    candidates: closable,
    overridden,
    demands,
    hold: newHold(ctx, request, { occurrence, demands, input, broken: verdict!.overridden, seconds }),
  });
}

function newHold(
  ctx: Context,
  { userId, clientId }: People,
  what: {
    occurrence: Occurrence;
    demands: readonly Demand[];
    input: CreateHoldInput;
    broken: readonly OverridableRule[];
    seconds: number;
  },
): NewHold {
  const caller = requireKnownCaller(ctx.caller);
  return {
    id: newId(),
    userId,
    clientId,
    createdBy: caller.kind === 'user' ? caller.userId : null,
    ...what.occurrence,
    seats: what.demands[0]!.seats,
    resources: storedResources(what.demands),
    purpose: 'CHECKOUT',
    source: sourceOf(caller),
    override: overrideOf(what.input.override, what.broken, caller, ctx.now),
    expiresAt: ctx.now.add({ seconds: what.seconds }),
    bookingId: null,
    endedAt: null,
    createdAt: ctx.now,
  };
}

/** Writes only once nothing is left to refuse. */
async function write(
  ctx: Context,
  tx: Tx,
  { tenantId, userId, clientId, key, wanted }: BookingRequest,
  { candidates, overridden, demands, hold }: HoldPlan,
): Promise<Outcome<HoldRow>> {
  const resources = demands.map(({ resourceId }) => resourceId);
  const options = { now: ctx.now };
  const users = [userId, clientId];
  // One round trip: the server takes the locks first.
  const [tombstones, earlier, count, closures, first] = await Promise.all([
    lockBookingParties(tenantId, tx, { resources, users, holder: userId }),
    earlierHold(tenantId, tx, key),
    countHolds(tenantId, tx, userId, ctx.now),
    closuresOfCandidates(tenantId, tx, candidates, [hold]),
    assignAll(tenantId, tx, demands, [hold], options),
  ]);
  if (earlier) return earlier;
  const assignment = await prepareAllocations(ctx, tenantId, tx, demands, [hold], first, options);
  const refusals = [
    ...tombstoneRefusals(tombstones, { userId }, wanted),
    ...newlyClosed(candidates, closures, [hold], overridden).flatMap((one) => one.refusals),
  ];
  if (count >= MAX_HOLDS) {
    refusals.push(refusal('TOO_MANY', 'booking.tooManyHolds', ['input', 'userId'], { max: MAX_HOLDS }));
  }
  const requested = { demands, wanted, occurrences: [hold] };
  refusals.push(...conflictRefusals(assignment, requested, ctx.caller).map((one) => one.refusal));
  if (refusals.length > 0) return refusedFor(tenantId, ...refusals);

  if (key && !(await claimKey(tenantId, tx, key, { resultIds: [hold.id] }))) {
    return (await earlierHold(tenantId, tx, key)) ?? refusedFor(tenantId, keyMismatch());
  }
  const [row] = await Promise.all([
    insertHold(tenantId, tx, hold, assignment.allocations[0]!),
    announce(tx, holdCreated({ ...hold, tenantId }), ctx),
    bumpResourceVersions(tenantId, tx, resources),
  ]);
  return done(row);
}
