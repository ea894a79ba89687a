import type { BookingRow, SeriesRow } from '@drizzle/booking/tables';
import type { Tx } from '@libs/db/inTransaction';
import { Temporal } from 'temporal-polyfill';
import type { Context } from '../../context.ts';
import type { UpdateBookingSeriesInput } from '../../generated.ts';
import { canChange } from '../access.ts';
import { requireNoClass } from '../allocations/classes.ts';
import { resourceIdsOf } from '../allocations/demands.ts';
import { lockCancellableOfSeries } from '../cascade/cascadeStore.ts';
import { lockBookingParties, type Tombstone } from '../cascade/tombstoneStore.ts';
import { findBookingsOfSeries, lockMovesOfSeries, lockSeries } from './seriesStore.ts';
import { mayMoveSeries, wantedIds, type GatheredSeries, type SeriesRequest } from './seriesRequest.ts';

export type LockedSeries = {
  series: SeriesRow;
  /** In every status, by start. */
  all: BookingRow[];
  named: BookingRow;
  /** The occurrences in the scope, locked, by start; without the named one if that cannot be changed. */
  changing: BookingRow[];
  tombstones: Tombstone[];
};

const isAhead = ({ startTime }: BookingRow, now: Temporal.Instant): boolean =>
  Temporal.Instant.compare(startTime, now) > 0;

/**
 * The order of the locks: the series, the moves of its bookings, then as every booking does. Single moves take the lock of one booking and
 * none of the series, so neither waits for the other while that one waits for it.
 */
export async function lockOccurrences(
  ctx: Context,
  tx: Tx,
  { tenantId, series: { id } }: SeriesRequest,
  { tenant, occupies }: GatheredSeries,
  input: UpdateBookingSeriesInput,
): Promise<LockedSeries | undefined> {
  const series = await lockSeries(tenantId, tx, id);
  if (!series || !canChange(series, ctx.caller)) return undefined;
  const isMoving = mayMoveSeries(input);
  const isOccupying = occupies.length > 0;
  if (isOccupying) await lockMovesOfSeries(tenant.id, tx, id, ctx.now);
  const before = (await findBookingsOfSeries(tenantId, tx, id)).filter((row) => isAhead(row, ctx.now));
  const resources = [...before.flatMap(resourceIdsOf), ...wantedIds(input)];
  const client = input.clientId === null ? series.userId : input.clientId;
  const users = [...(isMoving ? before.map(({ clientId }) => clientId) : []), ...(client ? [client] : [])];
  const parties = { resources: isOccupying ? [...new Set(resources)] : [], users };
  const tombstones = await lockBookingParties(tenantId, tx, parties);
  const locked = await lockCancellableOfSeries(tenantId, tx, id, ctx.now);
  const all = await findBookingsOfSeries(tenantId, tx, id);
  const named = all.find((row) => row.id === input.bookingId);
  // A split may have taken the named one to another series.
  if (!named || !canChange(named, ctx.caller)) return undefined;
  const lockedIds = new Set(locked.map((row) => row.id));
  const changing = all.filter(
    (row) =>
      lockedIds.has(row.id) &&
      isAhead(row, ctx.now) &&
      canChange(row, ctx.caller) &&
      (input.scope === 'ALL' || Temporal.Instant.compare(row.startTime, named.startTime) >= 0),
  );
  if (!isOccupying && input.clientId !== undefined) {
    await requireNoClass(ctx.directory, tenantId, changing.flatMap(resourceIdsOf));
  }
  // Only a move is refused for a resource that was deleted.
  const missing = tombstones.filter(({ kind }) => kind !== 'RESOURCE' || isMoving);
  return { series, all, named, changing, tombstones: missing };
}
