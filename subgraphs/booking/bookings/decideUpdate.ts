/** Whether a locked booking may be updated as its caller wishes, and to what. */
import type { BookingRow } from '@drizzle/booking/tables';
import { requireKnownCaller } from '@libs/auth/caller';
import { tenantOfRow } from '@libs/auth/tenantId';
import type { Tx } from '@libs/db/inTransaction';
import type { TenantProfile } from '@libs/directory/tenants';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import type { Context } from '../context.ts';
import type { UpdateBookingInput } from '../generated.ts';
import { bookerRefusals, clientRefusals } from '../scheduling/eligibility.ts';
import { wallClockAfter } from '../scheduling/wallClock.ts';
import type { Assignment } from './allocations/assign.ts';
import { classesAmong, findInClass } from './allocations/classes.ts';
import { resourceIdsOf, type Demand } from './allocations/demands.ts';
import { approvalRefusals } from './approval.ts';
import { cancellationContextOf } from './cancellationWindow.ts';
import type { Tombstone } from './cascade/tombstoneStore.ts';
import {
  candidatesOf,
  demandsOf,
  judgeOccurrences,
  wantedResourceRefusals,
  withClosures,
} from './judgeRequest.ts';
import { deadlineAfterMove, occupiedColumns, overrideOf } from './newBooking.ts';
import { isMove, isReleasing, seatsGained, wantedRefusalsAfter, type Wishes } from './requestedUpdate.ts';
import { clientInSession, conflictRefusals, tombstoneRefusals, versionRefusals } from './refusals.ts';
import { findObstacles, type RequestedTimes } from './requestedTimes.ts';
import { isFinal, moveRefusal, statusWord } from './status.ts';
import type { BookingChanges } from './store.ts';
import { overriddenRules } from './wanted.ts';

export type Locked = { row: BookingRow; tombstones: Tombstone[] };
export type UpdateDecision = {
  refusals: Refusal[];
  changes: BookingChanges;
  /** For a booking that occupies something else than before. */
  occupied?: { requested: RequestedTimes; assignment: Assignment };
  /** For a booking that gives seats of its own resource back, and changes nothing else of what it occupies. */
  isReleasing?: boolean;
};

type Update = { tenant: TenantProfile; locked: Locked; wishes: Wishes; input: UpdateBookingInput };

/** A version mismatch hides all other refusals. */
export async function decideUpdate(ctx: Context, tx: Tx, update: Update): Promise<UpdateDecision> {
  const { wishes, input } = update;
  const { row, tombstones } = update.locked;
  const { clientId, notes, metadata } = wishes;
  const changes: BookingChanges = { clientId, notes, metadata };
  const mismatch = versionRefusals(row, input.expectedVersion);
  if (mismatch.length > 0) return { refusals: mismatch, changes };
  const isMoved = isMove(row, wishes);
  if (!isMoved && seatsGained(row, wishes) === 0 && row.clientId === clientId)
    return { refusals: [], changes };
  if (isFinal(row.status)) {
    const params = { from: statusWord(row.status) };
    const final = refusal('INVALID_TRANSITION', 'booking.cannotBeChanged', ['input', 'id'], params);
    return { refusals: [final], changes };
  }

  // Seats can be given back whoever the client is.
  const isOnlyFewer = isReleasing(row, wishes) && row.clientId === clientId;
  const refusals = isOnlyFewer ? [] : await refusalsOfPeople(ctx, row, { clientId, isMoved });
  const occupied = await decideOccupied(ctx, tx, update, isMoved);
  refusals.push(...occupied.refusals);
  // The directory may already know of the deletion.
  const reported = new Set(refusals.map(({ key }) => key));
  const deleted = tombstoneRefusals(tombstones, isMoved ? row : {}, wishes.wanted);
  refusals.push(...deleted.filter(({ key }) => !reported.has(key)));
  return { ...occupied, refusals, changes: { ...changes, ...occupied.changes } };
}

/** The caller's own permission was checked before. The booking's user matters only where it is for them: others may have left. */
async function refusalsOfPeople(
  ctx: Context,
  row: BookingRow,
  { clientId, isMoved }: { clientId: string; isMoved: boolean },
): Promise<Refusal[]> {
  const client = await ctx.directory.member(tenantOfRow(row), clientId);
  return isMoved && clientId === row.userId ? bookerRefusals(client) : clientRefusals(client);
}

/** Resources, rules and others, if the booking is moved or wants another number of seats. */
async function decideOccupied(
  ctx: Context,
  tx: Tx,
  { tenant, locked: { row }, wishes, input }: Update,
  isMoved: boolean,
): Promise<UpdateDecision> {
  const { wanted } = wishes;
  if (!isMoved && seatsGained(row, wishes) === 0) {
    return { refusals: await newClientRefusals(ctx, tx, row, wishes), changes: {} };
  }
  const tooLate =
    isMoved || isReleasing(row, wishes)
      ? moveRefusal(row, await cancellationContextOf(ctx, row, tenant), ctx.caller)
      : undefined;
  const refusals: Refusal[] = tooLate ? [tooLate] : [];
  // Fewer always fit, whatever the resource's mode and capacity are by now.
  if (isReleasing(row, wishes)) {
    refusals.push(...(await newClientRefusals(ctx, tx, row, wishes)));
    return { refusals, changes: { seats: wanted[0]!.seats }, isReleasing: true };
  }
  if (isMoved) refusals.push(...(await approvalRefusals(ctx, row, tenant, wanted)));
  // Another request may have given it one of them meanwhile.
  refusals.push(...wantedRefusalsAfter(wanted, input));
  const resources = await Promise.all(
    wanted.map(({ resourceId }) => ctx.directory.resource(tenant.id, resourceId)),
  );
  const candidates = candidatesOf(tenant, resources, wanted, ctx.now);
  const overridden = overriddenRules(input.override);
  // Without a move, the booking keeps its buffers.
  const demands = isMoved
    ? demandsOf(candidates, overridden)
    : withBuffersOf(row, demandsOf(candidates, overridden));
  const requested = {
    ...{ tenantId: tenant.id, wanted, candidates, demands, overridden, isSkipping: false },
    ...{ occurrences: [wishes], clientId: wishes.clientId, except: [row.id], now: ctx.now },
  };
  const { closures, assignment } = await findObstacles(tx, requested);
  const closable = withClosures(candidates, closures);
  const [verdict] = isMoved ? judgeOccurrences(closable, [wishes], overridden) : [];
  refusals.push(...wantedResourceRefusals(candidates), ...(verdict?.refusals ?? []));
  const changes = isMoved
    ? movedColumns(ctx, row, { tenant, demands, wishes, input }, verdict!.overridden)
    : occupiedColumns(demands);
  const isMalformed = refusals.some(({ code }) => code === 'INVALID');
  // A malformed time overlaps nothing.
  if (isMalformed || !assignment) return { refusals, changes };
  refusals.push(...conflictRefusals(assignment, requested, ctx.caller).map((one) => one.refusal));
  return { refusals, changes, occupied: { requested, assignment } };
}

/** A booking that stays where it is may still be in a class in which its new client already is. */
async function newClientRefusals(
  { directory, now }: Context,
  tx: Tx,
  row: BookingRow,
  { clientId }: Wishes,
): Promise<Refusal[]> {
  if (clientId === row.clientId) return [];
  const tenantId = tenantOfRow(row);
  const classes = await classesAmong(directory, tenantId, resourceIdsOf(row));
  const found = await findInClass(tenantId, tx, classes, [row], { clientId, now, except: [row.id] });
  return found.length > 0 ? [clientInSession()] : [];
}

function withBuffersOf(row: BookingRow, [own, ...additional]: readonly Demand[]): Demand[] {
  const kept = new Map(row.additionalResources?.map((one) => [one.resourceId, one]));
  return [
    ...(own ? [{ ...own, bufferBefore: row.bufferBefore, bufferAfter: row.bufferAfter }] : []),
    ...additional.map((one) => ({ ...one, ...kept.get(one.resourceId) })),
  ];
}

function movedColumns(
  ctx: Context,
  row: BookingRow,
  what: { tenant: TenantProfile; demands: readonly Demand[]; wishes: Wishes; input: UpdateBookingInput },
  broken: Parameters<typeof overrideOf>[1],
): BookingChanges {
  const { tenant, demands, wishes, input } = what;
  const { startTime, endTime } = wishes;
  return {
    startTime,
    endTime,
    ...wallClockAfter(row, wishes, tenant.settings.timezone),
    ...(demands.length > 0 ? occupiedColumns(demands) : {}),
    override: overrideOf(input.override, broken, requireKnownCaller(ctx.caller), ctx.now),
    isException: row.isException || row.seriesId !== null,
    decisionDeadline: deadlineAfterMove(row, startTime, ctx.now),
  };
}
