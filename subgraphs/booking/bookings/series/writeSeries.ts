import type { BookingRow } from '@drizzle/booking/tables';
import { newId } from '@libs/db/ids';
import type { Tx } from '@libs/db/inTransaction';
import type { TenantProfile } from '@libs/directory/tenants';
import { announce } from '@libs/events/outbox';
import type { Context } from '../../context.ts';
import type { UpdateBookingSeriesInput } from '../../generated.ts';
import { releaseSeats } from '../allocations/allocationStore.ts';
import { resourceIdsOf } from '../allocations/demands.ts';
import { bookingUpdated } from '../events.ts';
import { bookingFormat } from '../rows.ts';
import { bumpResourceVersions, deleteAdditionalResources, insertAdditionalResources } from '../store.ts';
import type { SeriesDecision } from './decideSeries.ts';
import type { LockedSeries } from './lockOccurrences.ts';
import { followOccurrences, lastStartBefore, splitSeries } from './seriesSplit.ts';
import { changeOriginalStarts, replaceBookings } from './seriesStore.ts';
import type { ChangedSeries } from './seriesRequest.ts';

/** The allocations are written already. */
export async function writeSeries(
  ctx: Context,
  tx: Tx,
  tenant: TenantProfile,
  { series, all, named, changing }: LockedSeries,
  { occurrences, move, isRuleChanged, skipped }: SeriesDecision,
  { scope, clientId }: UpdateBookingSeriesInput,
): Promise<ChangedSeries> {
  const last = scope === 'FOLLOWING' && isRuleChanged ? lastStartBefore(named, all, changing) : undefined;
  const seriesId = last ? newId() : series.id;
  const planned = occurrences.map((one) => {
    const next = { ...one.next, seriesId };
    return { ...one, next, columns: bookingFormat.changed(one.row, next) };
  });
  const changed = planned.filter(({ columns }) => columns.some((column) => column !== 'originalStart'));
  // Nobody sees where the rule has an exception, until it returns there.
  const following = planned.filter(({ columns }) => columns.join() === 'originalStart');
  const withAdditional = changed
    .filter(
      ({ row, next, isOccupyingAnew }) =>
        isOccupyingAnew && (row.additionalResources ?? next.additionalResources),
    )
    .map(({ row }) => row.id);
  const next = planned.map((one) => one.next);
  const newNamed = next.find(({ id }) => id === named.id)!;
  const newClient = clientId === null ? series.userId : clientId;

  if (withAdditional.length > 0) await deleteAdditionalResources(tenant.id, tx, withAdditional);
  const { timezone: zone } = tenant.settings;
  const change = { series, move, zone, now: ctx.now };
  const isWhole = scope === 'ALL' || (isRuleChanged && !last);
  const changedSeries = last
    ? await splitSeries(
        tx,
        { ...change, clientId: newClient },
        { id: seriesId, next, before: named, named: newNamed, last },
      )
    : await followOccurrences(tx, { ...change, clientId: isWhole ? newClient : undefined }, next, newNamed);
  if (following.length > 0) {
    await changeOriginalStarts(
      tenant.id,
      tx,
      following.map((one) => one.next),
    );
  }
  if (changed.length === 0) return { series: changedSeries, bookings: [], skipped };

  const bookings = await replaceBookings(
    tenant.id,
    tx,
    changed.map((one) => one.next),
    ctx.now,
  );
  const releasing = changed.filter(({ isReleasing }) => isReleasing);
  await Promise.all(releasing.map((one) => releaseSeats(tenant.id, tx, one.row, one.next.seats)));
  if (withAdditional.length > 0) await insertAdditionalResources(tenant.id, tx, withAdditional);
  const before = new Map<string, BookingRow>(changed.map(({ row }) => [row.id, row]));
  await announce(
    tx,
    bookings.map((row) => bookingUpdated(before.get(row.id)!, row)),
    ctx,
  );
  const resources = changed.flatMap((one) =>
    one.isOccupyingAnew || one.isReleasing ? [...resourceIdsOf(one.row), ...resourceIdsOf(one.next)] : [],
  );
  if (resources.length > 0) await bumpResourceVersions(tenant.id, tx, resources);
  return { series: changedSeries, bookings, skipped };
}
