/** Times that a request wants on resources, and what is in their way. */
import type { TenantId } from '@libs/auth/tenantId';
import type { Caller } from '@libs/auth/caller';
import type { Queryable } from '@libs/db/inTransaction';
import type { Refusal } from '@libs/outcome/outcome';
import type { Temporal } from 'temporal-polyfill';
import type { Context } from '../context.ts';
import type { ClosureTimes } from '../scheduling/closures.ts';
import { MAX_BOOKING_DAYS } from '../scheduling/durations.ts';
import type { OverridableRule } from '../scheduling/rules.ts';
import { assignAll, type Assignment } from './allocations/assign.ts';
import {
  closuresOfCandidates,
  judgeOccurrences,
  withClosures,
  type Candidate,
  type OccurrenceVerdict,
} from './judgeRequest.ts';
import { conflictRefusals, type Requested } from './refusals.ts';
import { withoutRefused, type Kept } from './skipConflicts.ts';

export type RequestedTimes = Requested & {
  tenantId: TenantId;
  candidates: readonly Candidate[];
  overridden: ReadonlySet<OverridableRule>;
  /** Whether a series leaves out what is refused (the contract's SeriesConflictPolicy SKIP). */
  isSkipping: boolean;
  /** Whom the booking or hold is for. */
  clientId: string;
  /** Bookings that give their time back. */
  except?: readonly string[];
  now: Temporal.Instant;
};

/** What the database has that prevents these times. `assignment`: undefined if they cannot be assigned. */
export type Obstacles = { closures: ClosureTimes[][]; assignment: Assignment | undefined };

/** Looks, without changing anything, in one round trip. */
export async function findObstacles(db: Queryable, requested: RequestedTimes): Promise<Obstacles> {
  const { tenantId, candidates, demands, occurrences, isSkipping: isComplete } = requested;
  const { now, clientId, except } = requested;
  const [closures, assignment] = await Promise.all([
    closuresOfCandidates(tenantId, db, candidates, occurrences),
    isAssignable(requested)
      ? assignAll(tenantId, db, demands, occurrences, { now, clientId, except, isComplete })
      : undefined,
  ]);
  return { closures, assignment };
}

const DAY_MS = 86_400_000;
/** More than any booking may have; a longer time could overlap all that a resource ever had. */
const MAX_LOOK_MS = (MAX_BOOKING_DAYS + 1) * DAY_MS;

/** Unless a resource is missing or a time is malformed: then rules refuse them. */
const isAssignable = ({ demands, wanted, occurrences }: RequestedTimes): boolean =>
  demands.length === wanted.length &&
  occurrences.every(({ startTime, endTime }) => {
    const lengthMs = endTime.epochMilliseconds - startTime.epochMilliseconds;
    return lengthMs > 0 && lengthMs <= MAX_LOOK_MS;
  });

export type JudgedTimes = Kept & {
  /** Verdicts by the rules; missing ones broke none. */
  byOccurrence: readonly OccurrenceVerdict[];
};

export function judgeTimes(
  requested: RequestedTimes,
  { closures, assignment }: Obstacles,
  caller: Caller,
): JudgedTimes {
  const { candidates, occurrences, overridden, isSkipping } = requested;
  const byOccurrence = judgeOccurrences(withClosures(candidates, closures), occurrences, overridden, {
    isComplete: isSkipping,
  });
  // Nobody needs to know what is in the way of a malformed time.
  const isMalformed = byOccurrence.some(({ refusals }) => refusals.some(({ code }) => code === 'INVALID'));
  const conflicts = isMalformed || !assignment ? [] : conflictRefusals(assignment, requested, caller);
  return { byOccurrence, ...withoutRefused({ occurrences, byOccurrence, conflicts, isSkipping }) };
}

/** All that refuses the request, beside `refusals`. */
export async function refusalsOf(
  { caller }: Context,
  db: Queryable,
  requested: RequestedTimes,
  refusals: readonly Refusal[],
): Promise<Refusal[]> {
  const judged = judgeTimes(requested, await findObstacles(db, requested), caller);
  return [...refusals, ...judged.refusals];
}

/**
 * Looks without locks for what refuses the request: where that is certain, or where others write to the resources and would have to be
 * waited for. Otherwise the look under the locks tells as soon.
 */
export async function refusalsBeforeLocking(
  ctx: Context,
  requested: RequestedTimes,
  refusals: readonly Refusal[],
): Promise<Refusal[]> {
  const resourceIds = requested.demands.map(({ resourceId }) => resourceId);
  const isCertain = refusals.length > 0 || !isAssignable(requested);
  return isCertain || ctx.bulkhead.isBusy(resourceIds) ? refusalsOf(ctx, ctx.db, requested, refusals) : [];
}
