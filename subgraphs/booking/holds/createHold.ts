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
import { managesBookings } from '../bookings/access.ts';
import { prepareAllocations } from '../bookings/allocations/prepareAllocations.ts';
import { lockBookingParties } from '../bookings/cascade/tombstoneStore.ts';
import { claimKey, earlierHold, holdInputHash, keyMismatch } from '../bookings/idempotency/idempotency.ts';
import {
  candidatesOf,
  demandsOf,
  gatherFor,
  peopleRefusals,
  wantedResourceRefusals,
  type People,
} from '../bookings/judgeRequest.ts';
import { overrideOf, sourceOf, storedResources } from '../bookings/newBooking.ts';
import { isOverlapViolation, refusalsAfterViolation, tombstoneRefusals } from '../bookings/refusals.ts';
import {
  findObstacles,
  judgeTimes,
  refusalsBeforeLocking,
  type JudgedTimes,
  type RequestedTimes,
} from '../bookings/requestedTimes.ts';
import { bumpResourceVersions } from '../bookings/store.ts';
import { keyedRequest, permitRequest } from '../bookings/permitRequest.ts';
import { overriddenRules } from '../bookings/wanted.ts';
import type { BookingRequest } from '../bookings/writeBookings.ts';
import { holdCreated } from './holdEvents.ts';
import { countHolds, insertHold, type NewHold } from './holdStore.ts';

/** Holds of one person at a time. */
export const MAX_HOLDS = 3;
const MIN_HOLD_SECONDS = 60;
const MAX_HOLD_SECONDS = 3600;

/**
 * Keeps a time for a checkout. Requires and refuses what createBooking does, and TOO_MANY for a person's fourth hold. In a class, it counts as its
 * client's booking. A repeated idempotency key returns the first hold.
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

  const draft = await draftOf(ctx, request, input);
  if (!draft.ok) return draft;
  const { requested, refusals } = draft.value;
  const early = await refusalsBeforeLocking(ctx, requested, refusals);
  if (early.length > 0) return (await earlierHold(tenantId, ctx.db, key)) ?? refusedFor(tenantId, ...early);
  try {
    return await ctx.bulkhead.run(resourceIds, () =>
      inTransaction(ctx.db, (tx) => write(ctx, tx, request, draft.value)),
    );
  } catch (error) {
    if (!isOverlapViolation(error)) throw error;
    return refusedFor(tenantId, ...(await refusalsAfterViolation(ctx, tenantId, requested)));
  }
}

type Draft = {
  input: CreateHoldInput;
  requested: RequestedTimes;
  /** About the duration of the hold, people and resources. */
  refusals: Refusal[];
  seconds: number;
};

/** INVALID outside of a minute to an hour; others than staff have at most the tenant's holdMinutes. */
function secondsRefusals(ctx: Context, { seconds }: CreateHoldInput, { settings }: TenantProfile): Refusal[] {
  if (seconds == null) return [];
  const max = managesBookings(ctx.caller) ? MAX_HOLD_SECONDS : settings.holdMinutes * 60;
  if (seconds >= MIN_HOLD_SECONDS && seconds <= max) return [];
  const params = { min: MIN_HOLD_SECONDS, max };
  const key = max > MIN_HOLD_SECONDS ? 'booking.holdSeconds' : 'booking.holdSecondsFixed';
  return [refusal('INVALID', key, ['input', 'seconds'], params)];
}

async function draftOf(
  ctx: Context,
  request: BookingRequest,
  input: CreateHoldInput,
): Promise<Outcome<Draft>> {
  const { tenantId, clientId, wanted } = request;
  const gathered = await gatherFor(ctx, tenantId, request, wanted);
  const { tenant, resources } = gathered;
  if (!tenant) {
    return refusedFor(tenantId, refusal('NOT_FOUND', 'shared.tenantNotFound', ['input', 'tenantId']));
  }
  const candidates = candidatesOf(tenant, resources, wanted, ctx.now);
  const { timezone, holdMinutes } = tenant.settings;
  const overridden = overriddenRules(input.override);
  const occurrence = {
    startTime: toInstant(input.startTime, timezone),
    endTime: toInstant(input.endTime, timezone),
  };
  const requested = {
    tenantId,
    clientId,
    wanted,
    candidates,
    demands: demandsOf(candidates, overridden),
    occurrences: [occurrence],
    overridden,
    isSkipping: false,
    now: ctx.now,
  };
  const refusals = [
    ...secondsRefusals(ctx, input, tenant),
    ...wantedResourceRefusals(candidates),
    ...peopleRefusals(gathered, request),
  ];
  return done({ input, requested, refusals, seconds: input.seconds ?? holdMinutes * 60 });
}

function newHold(
  ctx: Context,
  { userId, clientId }: People,
  { input, requested: { demands, occurrences }, seconds }: Draft,
  { byOccurrence }: JudgedTimes,
): NewHold {
  const caller = requireKnownCaller(ctx.caller);
  const { startTime, endTime } = occurrences[0]!;
  return {
    id: newId(),
    userId,
    clientId,
    createdBy: caller.kind === 'user' ? caller.userId : null,
    startTime,
    endTime,
    seats: demands[0]!.seats,
    resources: storedResources(demands),
    purpose: 'CHECKOUT',
    source: sourceOf(caller),
    override: overrideOf(input.override, byOccurrence[0]!.overridden, caller, ctx.now),
    expiresAt: ctx.now.add({ seconds }),
    bookingId: null,
    endedAt: null,
    createdAt: ctx.now,
  };
}

/** Looks and judges under the locks, and writes only once nothing is left to refuse. */
async function write(ctx: Context, tx: Tx, request: BookingRequest, draft: Draft): Promise<Outcome<HoldRow>> {
  const { tenantId, userId, clientId, key, wanted } = request;
  const { requested } = draft;
  const resources = requested.demands.map(({ resourceId }) => resourceId);
  const users = [userId, clientId];
  // One round trip: the server takes the locks first.
  const [tombstones, earlier, count, obstacles] = await Promise.all([
    lockBookingParties(tenantId, tx, { resources, users, holder: userId }),
    earlierHold(tenantId, tx, key),
    countHolds(tenantId, tx, userId, ctx.now),
    findObstacles(tx, requested),
  ]);
  if (earlier) return earlier;
  const judged = judgeTimes(requested, obstacles, ctx.caller);
  const refusals = [...tombstoneRefusals(tombstones, { userId }, wanted), ...judged.refusals];
  if (count >= MAX_HOLDS) {
    refusals.push(refusal('TOO_MANY', 'booking.tooManyHolds', ['input', 'userId'], { max: MAX_HOLDS }));
  }
  if (refusals.length > 0) return refusedFor(tenantId, ...refusals);

  const hold = newHold(ctx, request, draft, judged);
  if (key && !(await claimKey(tenantId, tx, key, { resultIds: [hold.id] }))) {
    return (await earlierHold(tenantId, tx, key)) ?? refusedFor(tenantId, keyMismatch());
  }
  const { demands, occurrences } = requested;
  const free = obstacles.assignment!;
  const { allocations } = await prepareAllocations(ctx, tenantId, tx, demands, occurrences, free);
  const [row] = await Promise.all([
    insertHold(tenantId, tx, hold, allocations[0]!),
    announce(tx, holdCreated({ ...hold, tenantId }), ctx),
    bumpResourceVersions(tenantId, tx, resources),
  ]);
  return done(row);
}
