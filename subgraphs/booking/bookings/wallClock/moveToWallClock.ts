import type { BookingRow } from '@drizzle/booking/tables';
import { tenantOfRow, type TenantId } from '@libs/auth/tenantId';
import type { Db } from '@libs/db/connect';
import { inTransaction, type Tx } from '@libs/db/inTransaction';
import type { EventContext } from '@libs/events/catalogue';
import { announce } from '@libs/events/outbox';
import { Temporal } from 'temporal-polyfill';
import type { BookableResource } from '../../directory/resourceSource.ts';
import type { Occurrence } from '../../scheduling/rules.ts';
import {
  hasWallClock,
  occurrenceByWallClock,
  startByRule,
  type RuleOfSeries,
  type WallClock,
  type ZoneRules,
} from '../../scheduling/wallClock.ts';
import { replaceAllocations } from '../allocations/allocationStore.ts';
import { assignAll, type Assignment } from '../allocations/assign.ts';
import { resourceIdsOf, type Demand } from '../allocations/demands.ts';
import { prepareAllocations } from '../allocations/prepareAllocations.ts';
import { lockBookingMove, lockBookingParties } from '../cascade/tombstoneStore.ts';
import { bookingUpdated } from '../events.ts';
import { deadlineAfterMove } from '../newBooking.ts';
import {
  bumpResourceVersions,
  changeBookings,
  deleteAdditionalResources,
  findBooking,
  insertAdditionalResources,
  lockBooking,
} from '../store.ts';
import { restoreWallClock, ruleOfSeries } from './wallClockStore.ts';

export type SeatsOfResource = Pick<BookableResource, 'bookingMode' | 'capacity'>;

/** `unknown`: a resource that the resource subgraph does not have. */
export type Obstacle =
  | { kind: 'conflict'; bookingIds: string[]; holds: number }
  | { kind: 'clientInSession' }
  | { kind: 'unknownResource' }
  /** These rules do not know its zone. */
  | { kind: 'unknownZone' }
  /** By these rules the booking would end at or before its start. */
  | { kind: 'noTime' };

export type ClockMove = { row: BookingRow; next: Occurrence; originalStart: Temporal.Instant | null };

/** Where the wall clock and the series' rule have the booking by `rules`; undefined where it is, or if the wall clock is unknown. */
export function clockMoveOf(
  row: BookingRow,
  series: RuleOfSeries | undefined,
  rules: ZoneRules,
): ClockMove | undefined {
  if (!hasWallClock(row)) return undefined;
  const next = occurrenceByWallClock(row, row, rules);
  const { originalStart: before } = row;
  const isRegular = before?.equals(row.startTime);
  const originalStart = isRegular
    ? next.startTime
    : before && series
      ? startByRule(before, series, rules)
      : before;
  const isThere =
    next.startTime.equals(row.startTime) &&
    next.endTime.equals(row.endTime) &&
    (before === originalStart || before!.equals(originalStart!));
  return isThere ? undefined : { row, next, originalStart };
}

/** Demands with the booking's own buffers, and never fewer seats than it has, whatever the capacity is by now. Undefined for an unknown resource. */
export function demandsOfRow(
  row: BookingRow,
  resources: ReadonlyMap<string, SeatsOfResource>,
): Demand[] | undefined {
  const { resourceId, seats, bufferBefore, bufferAfter } = row;
  const all = [{ resourceId, seats, bufferBefore, bufferAfter }, ...(row.additionalResources ?? [])];
  const demands = all.flatMap((one): Demand[] => {
    const resource = resources.get(one.resourceId);
    if (!resource) return [];
    return [{ ...one, mode: resource.bookingMode, capacity: Math.max(resource.capacity, one.seats) }];
  });
  return demands.length === all.length ? demands : undefined;
}

export function obstacleOf({ conflicts, inSession }: Assignment): Obstacle | undefined {
  if (inSession.length > 0) return { kind: 'clientInSession' };
  if (conflicts.length === 0) return undefined;
  return {
    kind: 'conflict',
    bookingIds: [...new Set(conflicts.flatMap(({ bookings }) => bookings.map((one) => one.bookingId)))],
    holds: conflicts.reduce((sum, { holds }) => sum + holds.length, 0),
  };
}

export type MoveDeps = {
  db: Db;
  rules: ZoneRules;
  resources: ReadonlyMap<string, SeatsOfResource>;
};

/**
 * Moves a booking to where its wall clock has it, by the system: with the locks, the guarantees and the event of updateBooking. Its rules
 * are not judged, as for its people nothing changes. Returns what is in the way; undefined if it is there now, or does not take place.
 */
export async function moveToWallClock(
  { db, rules, resources }: MoveDeps,
  tenantId: TenantId,
  id: string,
  ctx: EventContext,
): Promise<Obstacle | undefined> {
  return inTransaction(db, async (tx) => {
    await lockBookingMove(tx, id);
    const before = await findBooking(tenantId, tx, id);
    if (!before) return undefined;
    await lockBookingParties(tenantId, tx, { resources: resourceIdsOf(before), users: [] });
    const row = await lockBooking(tenantId, tx, id);
    if (!row || !hasWallClock(row) || (row.status !== 'PENDING' && row.status !== 'CONFIRMED'))
      return undefined;
    const move = clockMoveOf(row, await ruleOfSeries(tenantId, tx, row), rules);
    if (!move) return undefined;
    const isElsewhere = !move.next.startTime.equals(row.startTime) || !move.next.endTime.equals(row.endTime);
    const obstacle = isElsewhere ? await occupyAnew(tx, move, resources, ctx) : undefined;
    if (!obstacle) await restoreWallClock(tenantId, tx, id, row as WallClock, move.originalStart);
    return obstacle;
  });
}

async function occupyAnew(
  tx: Tx,
  { row, next }: ClockMove,
  resources: MoveDeps['resources'],
  ctx: EventContext,
): Promise<Obstacle | undefined> {
  if (Temporal.Instant.compare(next.startTime, next.endTime) >= 0) return { kind: 'noTime' };
  const tenantId = tenantOfRow(row);
  const demands = demandsOfRow(row, resources);
  if (!demands) return { kind: 'unknownResource' };
  const options = { now: ctx.now, except: [row.id], clientId: row.clientId };
  const first = await assignAll(tenantId, tx, demands, [next], options);
  const obstacle = obstacleOf(first);
  if (obstacle) return obstacle;
  const assignment = await prepareAllocations(ctx, tenantId, tx, demands, [next], first, options);

  const changes = {
    ...next,
    isSession: demands[0]!.mode === 'SESSION',
    decisionDeadline: deadlineAfterMove(row, next.startTime, ctx.now),
  };
  if (row.additionalResources) await deleteAdditionalResources(tenantId, tx, [row.id]);
  const [changed] = await changeBookings(tenantId, tx, [row], changes, ctx.now);
  await replaceAllocations(tenantId, tx, row.id, assignment.allocations[0]!, demands.length);
  if (row.additionalResources) await insertAdditionalResources(tenantId, tx, [row.id]);
  await announce(tx, bookingUpdated(row, changed!), ctx);
  await bumpResourceVersions(tenantId, tx, resourceIdsOf(row));
  return undefined;
}
