/** Queries on series: who may see what. */
import type { SeriesRow } from '@drizzle/booking/tables';
import { tenantOfRow } from '@libs/auth/tenantId';
import type { Context } from '../../context.ts';
import { canRead } from '../access.ts';
import { hasBookingInSeries } from './seriesStore.ts';

export const previousSeries = async (ctx: Context, { previousId }: SeriesRow): Promise<SeriesRow | null> =>
  previousId ? ifReadable(ctx, await ctx.seriesById.load(previousId)) : null;

export const nextSeries = async (ctx: Context, { id }: SeriesRow): Promise<SeriesRow | null> =>
  ifReadable(ctx, await ctx.seriesByPreviousId.load(id));

/** For its user, its client and staff, and the people of any of its bookings. */
async function ifReadable(ctx: Context, series: SeriesRow | null): Promise<SeriesRow | null> {
  const { caller } = ctx;
  if (!series || canRead(series, caller)) return series;
  if (caller.kind !== 'user' || caller.tenantId !== series.tenantId) return null;
  const query = { seriesId: series.id, userId: caller.userId };
  return (await hasBookingInSeries(tenantOfRow(series), ctx.db, query)) ? series : null;
}
