/** What closures do to the bookings that they overlap: see ClosureEffect. */
import type { BookingRow } from '@drizzle/booking/tables';
import type { TenantId } from '@libs/auth/tenantId';
import { groupBy } from '@libs/db/groupBy';
import type { Tx } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { done, refusal, refusedFor, type Outcome } from '@libs/outcome/outcome';
import { Temporal } from 'temporal-polyfill';
import type { Context } from '../../context.ts';
import type { ClosureEffect } from '../../generated.ts';
import { endHoldsBecause } from '../../holds/endExpiredHolds.ts';
import { onlyBookingsOf, readsBookings } from '../access.ts';
import { resourceIdsOf } from '../allocations/demands.ts';
import { bookingsCancelled } from '../events.ts';
import { cancellationBy } from '../status.ts';
import { bumpResourceVersions, changeBookings, findBookings } from '../store.ts';
import { CASCADE_BATCH } from './cascadeStore.ts';
import {
  findAllOverlapping,
  findOverlapping,
  findOverlappingHolds,
  lockCancellable,
  type ClosedTime,
  type OverlappingHold,
} from './closedTimeStore.ts';

/** Bookings and holds in an answer, each. */
const MAX_SHOWN = 100;

export type NamedClosedTime = ClosedTime & { closureId: string; name: string };
/** `affected`: the first MAX_SHOWN by start. */
export type AffectedBookings = { affected: BookingRow[]; affectedCount: number };

/**
 * Call it under the tenant's lock (`lockTenant`), before the closures are written. REFUSE refuses CONFLICT if anything is in the way.
 */
export async function applyClosureEffect(
  ctx: Context,
  tenantId: TenantId,
  tx: Tx,
  { effect, closed }: { effect: ClosureEffect; closed: readonly NamedClosedTime[] },
): Promise<Outcome<AffectedBookings>> {
  if (effect === 'CANCEL') return done(await cancelAll(ctx, tenantId, tx, closed));
  const query = { closed, now: ctx.now, limit: MAX_SHOWN };
  if (effect === 'REFUSE') return refuseIfAny(ctx, tenantId, tx, query);
  const { total, ids } = await findOverlapping(tenantId, tx, {
    ...query,
    limit: readsBookings(ctx.caller) ? MAX_SHOWN : 0,
    onlyOf: onlyBookingsOf(ctx.caller),
  });
  return done({ affected: await findBookings(tenantId, tx, ids), affectedCount: total });
}

async function refuseIfAny(
  ctx: Context,
  tenantId: TenantId,
  tx: Tx,
  query: { closed: readonly ClosedTime[]; now: Temporal.Instant; limit: number },
): Promise<Outcome<AffectedBookings>> {
  const [{ total, ids }, holds] = await Promise.all([
    findOverlapping(tenantId, tx, query),
    findOverlappingHolds(tenantId, tx, query),
  ]);
  const count = total + holds.length;
  if (count === 0) return done({ affected: [], affectedCount: 0 });
  const bookings = await findBookings(tenantId, tx, ids);
  const conflict = {
    bookings: bookings.map(({ id: bookingId, startTime, endTime, resourceId }) => ({
      bookingId,
      startTime,
      endTime,
      resourceId,
    })),
    holds: holds.slice(0, MAX_SHOWN).map((hold) => conflictingHold(hold, ctx)),
    remainingSeats: 0,
  };
  return refusedFor(tenantId, {
    ...refusal('CONFLICT', 'closure.inTheWay', ['input', 'effect'], { count }),
    conflict,
  });
}

const conflictingHold = (
  { startTime, endTime, expiresAt, createdBy }: OverlappingHold,
  { caller }: Context,
) => ({
  startTime,
  endTime,
  expiresAt,
  isMine: createdBy !== null && 'userId' in caller && caller.userId === createdBy,
});

const byStart = (a: BookingRow, b: BookingRow): number =>
  Temporal.Instant.compare(a.startTime, b.startTime) || (a.id < b.id ? -1 : 1);

/** In batches, so that no statement that writes grows with the number of bookings. */
async function cancelAll(
  ctx: Context,
  tenantId: TenantId,
  tx: Tx,
  closed: readonly NamedClosedTime[],
): Promise<AffectedBookings> {
  const query = { closed, now: ctx.now };
  const overlapping = await findAllOverlapping(tenantId, tx, query);
  const closureOf = new Map(overlapping.map(({ id, n }) => [id, closed[n]!]));
  const resources = new Set<string>();
  let affected: BookingRow[] = [];
  let affectedCount = 0;
  for (let start = 0; start < overlapping.length; start += CASCADE_BATCH) {
    const ids = overlapping.slice(start, start + CASCADE_BATCH).map(({ id }) => id);
    const locked = await lockCancellable(tenantId, tx, ids);
    for (const [{ closureId, name }, rows] of groupBy(locked, ({ id }) => closureOf.get(id)!)) {
      const cancelled = await changeBookings(tenantId, tx, rows, cancellationBy(ctx.caller, name), ctx.now);
      await announce(tx, bookingsCancelled(rows, cancelled, closureId), ctx);
      for (const row of cancelled) for (const id of resourceIdsOf(row)) resources.add(id);
      affected = [...affected, ...cancelled].sort(byStart).slice(0, MAX_SHOWN);
      affectedCount += cancelled.length;
    }
  }
  const holds = await findOverlappingHolds(tenantId, tx, query);
  if (holds.length > 0) {
    const holdIds = holds.map(({ id }) => id);
    await endHoldsBecause('closed', ctx, tenantId, tx, holdIds);
    for (const { resourceIds } of holds) for (const id of resourceIds) resources.add(id);
  }
  await bumpResourceVersions(tenantId, tx, [...resources]);
  return { affected, affectedCount };
}
