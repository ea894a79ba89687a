/** Gives the occurrences of a series their new times and seats, all of them or, with SKIP, those that nothing prevents. */
import type { TenantProfile } from '@libs/directory/tenants';
import { groupBy } from '@libs/db/groupBy';
import { inSavepoint } from '@libs/db/inSavepoint';
import type { Tx } from '@libs/db/inTransaction';
import type { Refusal } from '@libs/outcome/outcome';
import { Temporal } from 'temporal-polyfill';
import type { Context } from '../../context.ts';
import { MAX_BROKEN_RULES, type OverridableRule } from '../../scheduling/rules.ts';
import { assignAll } from '../allocations/assign.ts';
import type { Demand, NewAllocation } from '../allocations/demands.ts';
import { endExpiredHolds, prepareAllocations } from '../allocations/prepareAllocations.ts';
import {
  candidatesOf,
  closuresOfCandidates,
  demandsOf,
  judgeOccurrences,
  wantedResourceRefusals,
  withClosures,
} from '../judgeRequest.ts';
import { conflictRefusals } from '../refusals.ts';
import { isSkippable, reportedOf } from '../skipConflicts.ts';
import type { WantedResource } from '../wanted.ts';
import { clientsInClass } from './clientsInClass.ts';
import type { OccurrencePlan } from './planOccurrences.ts';
import { deleteAllocations, insertAllocations } from './seriesStore.ts';

/** Occurrences that ask the same of the same resources. */
export type OccurrenceGroup = {
  wanted: WantedResource[];
  demands: Demand[];
  plans: OccurrencePlan[];
};

export type Judged = {
  groups: OccurrenceGroup[];
  /** About resources. */
  refusals: Refusal[];
  /** Refusals by the rules, by the booking's id. */
  broken: Map<string, Refusal[]>;
  overridden: Map<string, OverridableRule[]>;
};

/** Occurrences that stay where they are come first, so that the others make way for them. */
export async function judgePlans(
  ctx: Context,
  tx: Tx,
  tenant: TenantProfile,
  plans: readonly OccurrencePlan[],
  { overridden, isSkipping }: { overridden: ReadonlySet<OverridableRule>; isSkipping: boolean },
): Promise<Judged> {
  const judged: Judged = { groups: [], refusals: [], broken: new Map(), overridden: new Map() };
  const byKey = groupBy(plans, keyOf);
  const sorted = [...byKey.values()].toSorted((a, b) => Number(a[0]!.isMoved) - Number(b[0]!.isMoved));
  for (const group of sorted) {
    const [{ wanted, isMoved, row }] = group as [OccurrencePlan];
    const resources = await Promise.all(
      wanted.map(({ resourceId }) => ctx.directory.resource(tenant.id, resourceId)),
    );
    const open = candidatesOf(tenant, resources, wanted, ctx.now);
    const wishes = group.map((plan) => plan.next);
    const isWellFormed = wishes.every((one) => Temporal.Instant.compare(one.startTime, one.endTime) < 0);
    const candidates =
      isMoved && isWellFormed
        ? withClosures(open, await closuresOfCandidates(tenant.id, tx, open, wishes))
        : open;
    addNew(judged.refusals, wantedResourceRefusals(candidates));
    const verdicts = isMoved
      ? judgeOccurrences(candidates, wishes, overridden, { isComplete: isSkipping })
      : [];
    for (const [index, verdict] of verdicts.entries()) {
      const { id } = group[index]!.row;
      if (verdict.refusals.length > 0) judged.broken.set(id, verdict.refusals);
      judged.overridden.set(id, verdict.overridden);
    }
    const demands = demandsOf(candidates, overridden);
    judged.groups.push({
      wanted,
      demands: isMoved ? demands : demands.map((demand, index) => withBuffersOf(row, demand, index)),
      plans: group,
    });
  }
  return judged;
}

const keyOf = ({ row, wanted, isMoved }: OccurrencePlan): string => {
  const { bufferBefore, bufferAfter, additionalResources } = row;
  const kept = isMoved ? null : [bufferBefore, bufferAfter, additionalResources];
  return JSON.stringify([wanted, kept]);
};

/** Without a move, a booking keeps its buffers. */
function withBuffersOf(row: BookingBuffers, demand: Demand, index: number): Demand {
  const kept = index === 0 ? row : row.additionalResources?.[index - 1];
  return kept ? { ...demand, bufferBefore: kept.bufferBefore, bufferAfter: kept.bufferAfter } : demand;
}
type BookingBuffers = Pick<OccurrencePlan['row'], 'bufferBefore' | 'bufferAfter' | 'additionalResources'>;

function addNew(refusals: Refusal[], more: readonly Refusal[]): void {
  for (const one of more) {
    const isKnown = refusals.some(
      ({ key, field, resourceId }) =>
        key === one.key && resourceId === one.resourceId && String(field) === String(one.field),
    );
    if (!isKnown) refusals.push(one);
  }
}

export type Placed = {
  refusals: Refusal[];
  /** Occurrences that stay, with the reasons; by the booking's id. */
  staying: ReadonlyMap<string, Refusal[]>;
};

/** Writes the allocations, unless something refuses the request. Call it under the locks of all resources. */
export async function placeOccurrences(
  ctx: Context,
  tx: Tx,
  tenant: TenantProfile,
  judged: Judged,
  { occurrences, isSkipping }: { occurrences: readonly OccurrencePlan[]; isSkipping: boolean },
): Promise<Placed> {
  const all = judged.groups.flatMap(({ plans }) => plans);
  const windows = judged.refusals.filter(({ occurrence }) => occurrence).length;
  const broken = brokenByStart(all, judged.broken);
  const isMalformed = broken.some(({ code }) => code === 'INVALID');
  const isUnknown = judged.groups.some(({ demands, wanted }) => demands.length < wanted.length);
  const isFinal = !isSkipping || judged.refusals.length > 0 || !broken.every(isSkippable);
  const staying = new Map<string, Refusal[]>(isFinal ? [] : judged.broken);
  const reported = reportedOf(broken, Math.max(0, MAX_BROKEN_RULES - windows), isSkipping);
  const known: Placed = { refusals: [...judged.refusals, ...reported], staying: new Map() };
  // A malformed time overlaps nothing.
  if (isMalformed || isUnknown) return known;
  const inClass = () => clientsInClass(ctx, tx, tenant.id, occurrences, staying);
  if (all.length === 0) return { ...known, refusals: [...known.refusals, ...(await inClass())] };

  const wanted = judged.groups.map(({ demands, plans }) => ({
    demands,
    occurrences: plans.map(({ next }) => next),
  }));
  // For all groups together: holds that one group ended after another would be locked in no order.
  await endExpiredHolds(ctx, tenant.id, tx, wanted);
  for (let round = 0; ; round += 1) {
    const active = judged.groups
      .map((group) => ({ ...group, plans: group.plans.filter(({ row }) => !staying.has(row.id)) }))
      .filter(({ plans }) => plans.length > 0);
    if (active.length === 0) return known;
    const twice = await inClass();
    const isTrial = (isFinal && known.refusals.length > 0) || twice.length > 0;
    const attempt = await tryToPlace(ctx, tx, tenant, active, { isSkipping, isTrial });
    attempt.refusals.push(...twice);
    if (round === 0) known.refusals.push(...attempt.refusals);
    const isRefused = isTrial || attempt.refusals.length > 0;
    if (!isRefused) return { refusals: [], staying };
    if (isFinal || !attempt.refusals.every(isSkippable))
      return { ...known, refusals: round === 0 ? known.refusals : attempt.refusals };
    // One that stays may be in the way of another one.
    for (const [id, refusals] of attempt.byBooking) staying.set(id, refusals);
  }
}

function brokenByStart(plans: readonly OccurrencePlan[], broken: Judged['broken']): Refusal[] {
  const found: Refusal[] = [];
  const byStart = plans.toSorted(
    (a, b) => a.next.startTime.epochMilliseconds - b.next.startTime.epochMilliseconds,
  );
  for (const { row } of byStart) {
    const refusals = broken.get(row.id) ?? [];
    // A malformed time is reported once, as all have one length.
    if (refusals.some(({ code }) => code === 'INVALID')) addNew(found, refusals);
    else found.push(...refusals);
  }
  return found;
}

type Attempt = { refusals: Refusal[]; byBooking: Map<string, Refusal[]> };

/** Leaves nothing behind if anything is refused, or if it is only a trial. */
async function tryToPlace(
  ctx: Context,
  tx: Tx,
  tenant: TenantProfile,
  groups: readonly OccurrenceGroup[],
  { isSkipping, isTrial }: { isSkipping: boolean; isTrial: boolean },
): Promise<Attempt> {
  const attempt: Attempt = { refusals: [], byBooking: new Map() };
  const undone = new Error('occurrences cannot be placed');
  try {
    await inSavepoint(tx, async (inner) => {
      const ids = groups.flatMap(({ plans }) => plans.map(({ row }) => row.id));
      await deleteAllocations(tenant.id, inner, ids);
      for (const group of groups) await placeGroup(ctx, inner, tenant, group, { isSkipping, attempt });
      if (isTrial || attempt.refusals.length > 0) throw undone;
    });
  } catch (error) {
    if (error !== undone) throw error;
  }
  return attempt;
}

async function placeGroup(
  ctx: Context,
  tx: Tx,
  tenant: TenantProfile,
  { demands, wanted, plans }: OccurrenceGroup,
  { isSkipping, attempt }: { isSkipping: boolean; attempt: Attempt },
): Promise<void> {
  const occurrences = plans.map(({ next }) => next);
  // What the earlier groups got is in the way; what all of them had is not. Their bookings still have their old clients and times, so
  // `clientsInClass` looks whether a client is in a class twice.
  const options = { now: ctx.now, isComplete: isSkipping };
  const first = await assignAll(tenant.id, tx, demands, occurrences, options);
  const assignment = await prepareAllocations(ctx, tenant.id, tx, demands, occurrences, first, options);
  const conflicts = conflictRefusals(assignment, { demands, wanted, occurrences }, ctx.caller);
  const refused = new Set<number>();
  for (const conflict of conflicts) {
    attempt.refusals.push(conflict.refusal);
    for (const position of conflict.occurrences) {
      refused.add(position);
      const { id } = plans[position]!.row;
      const before = attempt.byBooking.get(id) ?? [];
      attempt.byBooking.set(id, [...before, conflict.of(position)]);
    }
  }
  const owned = plans.flatMap(({ row }, position) =>
    refused.has(position)
      ? []
      : [
          {
            owner: { bookingId: row.id },
            allocations: assignment.allocations[position] as NewAllocation[],
          },
        ],
  );
  await insertAllocations(tenant.id, tx, owned);
}
