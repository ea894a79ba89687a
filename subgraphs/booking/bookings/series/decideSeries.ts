/** Whether locked occurrences of a series may be changed as their caller wishes, and to what. */
import type { BookingRow } from '@drizzle/booking/tables';
import { requireKnownCaller } from '@libs/auth/caller';
import type { Tx } from '@libs/db/inTransaction';
import type { TenantProfile } from '@libs/directory/tenants';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import { Temporal } from 'temporal-polyfill';
import type { Context } from '../../context.ts';
import type { UpdateBookingSeriesInput } from '../../generated.ts';
import { bookerRefusals, clientRefusals, schedulingContextOf } from '../../scheduling/eligibility.ts';
import { MAX_BROKEN_RULES } from '../../scheduling/rules.ts';
import { approvalRefusals } from '../approval.ts';
import { cancellationContextOf } from '../cancellationWindow.ts';
import { deadlineAfterMove, occupiedColumns, overrideOf } from '../newBooking.ts';
import { tombstoneRefusals, versionRefusals } from '../refusals.ts';
import type { LeftOutOccurrence } from '../skipConflicts.ts';
import { isFinal, moveRefusal, statusWord } from '../status.ts';
import { overriddenRules } from '../wanted.ts';
import { judgePlans, placeOccurrences, type Judged, type OccurrenceGroup } from './allocateSeries.ts';
import type { LockedSeries } from './lockOccurrences.ts';
import {
  givesSeatsBack,
  planOccurrences,
  regularNear,
  type OccurrencePlan,
  type SeriesPlan,
} from './planOccurrences.ts';

export type SeriesDecision = Pick<SeriesPlan, 'move' | 'isRuleChanged'> & {
  refusals: Refusal[];
  /** Every occurrence of the scope as it will be, by its old start. Their allocations are written. */
  occurrences: {
    row: BookingRow;
    next: BookingRow;
    isOccupyingAnew: boolean;
    /** Its allocation still has the seats that it gives back. */
    isReleasing?: boolean;
  }[];
  groups: OccurrenceGroup[];
  skipped: LeftOutOccurrence[];
};

const NOTHING = { move: null, isRuleChanged: false, occurrences: [], groups: [], skipped: [] };

/** A version mismatch hides all other refusals. */
export async function decideSeries(
  ctx: Context,
  tx: Tx,
  tenant: TenantProfile,
  locked: LockedSeries,
  input: UpdateBookingSeriesInput,
): Promise<SeriesDecision> {
  const { named, changing, all } = locked;
  const hopeless = refusalsOfNamed(named, input, ctx.now);
  if (hopeless.length > 0) return { ...NOTHING, refusals: hopeless };
  const regular = regularNear(named, all, ctx.now);
  const resource = await ctx.directory.resource(tenant.id, input.resourceId ?? named.resourceId);
  const { rules } = schedulingContextOf(tenant, resource, ctx.now);
  const plan = planOccurrences(input, { named, changing, regular }, rules);

  const isSkipping = input.onConflict === 'SKIP';
  const occupying = plan.occurrences.filter((one) => one.isMoved || one.seatsGained > 0);
  const releasing = plan.occurrences.filter(givesSeatsBack);
  const repeated = repeatedRefusals(occupying, input);
  if (repeated.length > 0) return { ...NOTHING, refusals: repeated };
  const options = { overridden: overriddenRules(input.override), isSkipping };
  const judged = await judgePlans(ctx, tx, tenant, occupying, options);
  const refusals = [
    ...(await windowRefusals(ctx, tenant, [...occupying, ...releasing])),
    ...(await peopleRefusals(ctx, tenant, plan.occurrences, occupying)),
    ...(await unapprovedRefusals(ctx, tenant, occupying)),
  ];
  const reported = new Set(refusals.map(({ key }) => key));
  const { userId } = locked.series;
  const isMoving = occupying.some(({ isMoved }) => isMoved);
  const deleted = tombstoneRefusals(locked.tombstones, isMoving ? { userId } : {}, wantedOf(occupying));
  refusals.push(...deleted.filter(({ key }) => !reported.has(key)));
  const placed = await placeOccurrences(
    ctx,
    tx,
    tenant,
    { ...judged, refusals: [...refusals, ...judged.refusals] },
    { occurrences: plan.occurrences, isSkipping },
  );
  if (placed.refusals.length > 0) return { ...NOTHING, refusals: placed.refusals };
  return {
    move: plan.move,
    isRuleChanged: plan.isRuleChanged,
    refusals: [],
    occurrences: outcomesOf(ctx, plan, judged, placed.staying, input),
    groups: judged.groups,
    skipped: skippedOf(occupying, placed.staying),
  };
}

function refusalsOfNamed(
  named: BookingRow,
  { expectedVersion }: UpdateBookingSeriesInput,
  now: Temporal.Instant,
): Refusal[] {
  const mismatch = versionRefusals(named, expectedVersion);
  if (mismatch.length > 0) return mismatch;
  const field = ['input', 'bookingId'];
  if (isFinal(named.status)) {
    const params = { from: statusWord(named.status) };
    return [refusal('INVALID_TRANSITION', 'booking.cannotBeChanged', field, params)];
  }
  const isStarted = Temporal.Instant.compare(named.startTime, now) <= 0;
  return isStarted ? [refusal('INVALID_TRANSITION', 'booking.alreadyStarted', field)] : [];
}

/** An occurrence that keeps its other resources may have the new one among them. */
function repeatedRefusals(
  plans: readonly OccurrencePlan[],
  { resourceId }: UpdateBookingSeriesInput,
): Refusal[] {
  const isRepeated = plans.some(
    ({ wanted }) => new Set(wanted.map((one) => one.resourceId)).size < wanted.length,
  );
  const field = ['input', resourceId == null ? 'additionalResources' : 'resourceId'];
  return isRepeated ? [refusal('INVALID', 'booking.resourceTwice', field)] : [];
}

const wantedOf = (plans: readonly OccurrencePlan[]) => plans.flatMap(({ wanted }) => wanted);

/** For moves and for fewer seats, of each occurrence. */
async function windowRefusals(
  ctx: Context,
  tenant: TenantProfile,
  plans: readonly OccurrencePlan[],
): Promise<Refusal[]> {
  const found = await Promise.all(
    plans
      .filter(({ isMoved, seatsGained }) => isMoved || seatsGained < 0)
      .map(async ({ row }) => {
        const tooLate = moveRefusal(row, await cancellationContextOf(ctx, row, tenant), ctx.caller);
        const { startTime, endTime } = row;
        const field = ['input', 'bookingId'];
        return tooLate ? [{ ...tooLate, field, occurrence: { startTime, endTime } }] : [];
      }),
  );
  return found.flat().slice(0, MAX_BROKEN_RULES);
}

/** The refusals for the first occurrence that needs an approval, once for the whole series. */
async function unapprovedRefusals(
  ctx: Context,
  tenant: TenantProfile,
  plans: readonly OccurrencePlan[],
): Promise<Refusal[]> {
  for (const { row, wanted, isMoved } of plans) {
    const refusals = isMoved ? await approvalRefusals(ctx, row, tenant, wanted) : [];
    if (refusals.length > 0) return refusals;
  }
  return [];
}

/** The same refusals as for a single booking. */
async function peopleRefusals(
  { directory }: Context,
  tenant: TenantProfile,
  all: readonly OccurrencePlan[],
  occupying: readonly OccurrencePlan[],
): Promise<Refusal[]> {
  const isMoving = occupying.some(({ isMoved }) => isMoved);
  const { userId } = all[0]!.row;
  const changed = all.filter(({ row, next }) => row.clientId !== next.clientId);
  const clients = new Set([...occupying, ...changed].map(({ next }) => next.clientId));
  const refusals: Refusal[] = [];
  for (const id of clients) {
    const client = await directory.member(tenant.id, id);
    const found = isMoving && id === userId ? bookerRefusals(client) : clientRefusals(client);
    refusals.push(...found.filter(({ key }) => !refusals.some((one) => one.key === key)));
  }
  return refusals;
}

function outcomesOf(
  ctx: Context,
  { occurrences }: SeriesPlan,
  judged: Judged,
  staying: ReadonlyMap<string, Refusal[]>,
  input: UpdateBookingSeriesInput,
): SeriesDecision['occurrences'] {
  const demands = new Map(judged.groups.flatMap((one) => one.plans.map(({ row }) => [row.id, one.demands])));
  return occurrences.map((one) => {
    const { row, next, isMoved } = one;
    if (givesSeatsBack(one)) {
      const { seats } = one.wanted[0]!;
      return { row, next: { ...next, seats }, isOccupyingAnew: false, isReleasing: true };
    }
    const { clientId, notes, originalStart } = next;
    if (staying.has(row.id)) {
      const kept = { ...row, clientId, notes, originalStart, isException: row.isException || isMoved };
      return { row, next: kept, isOccupyingAnew: false };
    }
    const wanted = demands.get(row.id);
    if (!wanted) return { row, next, isOccupyingAnew: false };
    const occupied = { ...next, ...occupiedColumns(wanted) };
    if (!isMoved) return { row, next: occupied, isOccupyingAnew: true };
    const decisionDeadline = deadlineAfterMove(row, next.startTime, ctx.now);
    const broken = judged.overridden.get(row.id) ?? [];
    const override = overrideOf(input.override, broken, requireKnownCaller(ctx.caller), ctx.now);
    const moved = { ...occupied, override, decisionDeadline };
    return { row, next: moved, isOccupyingAnew: true };
  });
}

const skippedOf = (
  plans: readonly OccurrencePlan[],
  staying: ReadonlyMap<string, Refusal[]>,
): LeftOutOccurrence[] =>
  plans
    .flatMap(({ row, next: { startTime, endTime } }) => {
      const refusals = staying.get(row.id);
      return refusals ? [{ startTime, endTime, refusals }] : [];
    })
    .toSorted((a, b) => Temporal.Instant.compare(a.startTime, b.startTime));
