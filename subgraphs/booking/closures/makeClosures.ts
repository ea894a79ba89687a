/** What createClosures and importHolidays share. */
import type { ClosureRow } from '@drizzle/booking/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Tx } from '@libs/db/inTransaction';
import type { TenantProfile } from '@libs/directory/tenants';
import { announce } from '@libs/events/outbox';
import { done, refusal, refusedFor, type Outcome, type Refusal } from '@libs/outcome/outcome';
import { dateAt } from '@libs/time/days';
import { applyClosureEffect, type AffectedBookings } from '../bookings/cascade/applyClosureEffect.ts';
import { whileNobodyBooks } from '../bookings/cascade/whileNobodyBooks.ts';
import type { Context } from '../context.ts';
import type { ClosureEffect } from '../generated.ts';
import { closedTimesOf, spansOf } from './closedTimes.ts';
import { closureCreated } from './events.ts';
import {
  earliestAndLatest,
  MAX_CLOSURES,
  MAX_CLOSURES_AHEAD,
  tooManyAhead,
  tooManyClosures,
  type ClosureValues,
} from './rules.ts';
import {
  countClosures,
  findClosures,
  insertClosures,
  newClosureRows,
  sameValues,
  valuesOfRow,
} from './store.ts';

export type ChangedClosures = AffectedBookings & { closures: ClosureRow[] };

type Options = {
  effect: ClosureEffect;
  /** Where TOO_MANY is reported. */
  limitField: string[];
  /** Leaves out those that the tenant has already. */
  skipsEqual?: boolean;
};

/** Makes all of the valid, not empty `values`, in their order, or none. Refuses TOO_MANY, and CONFLICT with the effect REFUSE. */
export async function makeClosures(
  ctx: Context,
  { id: tenantId, settings: { timezone } }: TenantProfile,
  values: readonly ClosureValues[],
  { effect, limitField, skipsEqual = false }: Options,
): Promise<Outcome<ChangedClosures>> {
  const rows = newClosureRows(tenantId, values, ctx.now);
  const planned = rows.map(({ id }, index) => ({ id, ...values[index]! }));
  const spans = await spansOf(ctx, planned, timezone);
  await closedTimesOf(ctx, tenantId, ctx.db, spans);
  const today = dateAt(ctx.now, timezone);

  return whileNobodyBooks(ctx, tenantId, async (tx) => {
    const known = skipsEqual ? await equalClosures(tenantId, tx, values) : [];
    const isNew = ({ id }: { id: string }) =>
      !known.some((one) =>
        sameValues(
          one,
          planned.find((plan) => plan.id === id)!,
        ),
      );
    const newRows = rows.filter(isNew);
    if (newRows.length === 0) return done({ closures: [], affected: [], affectedCount: 0 });

    const ahead = newRows.filter(({ toDate }) => toDate >= today.toString()).length;
    const before = ahead > 0 ? await countClosures(tenantId, tx, { from: today }) : 0;
    if (before + ahead > MAX_CLOSURES_AHEAD) return refusedFor(tenantId, tooManyAhead(limitField));
    const total = (await countClosures(tenantId, tx, {})) + newRows.length;
    if (total > MAX_CLOSURES) return refusedFor(tenantId, tooManyClosures(limitField));
    const closed = await closedTimesOf(ctx, tenantId, tx, spans.filter(isNew));
    const outcome = await applyClosureEffect(ctx, tenantId, tx, { effect, closed });
    if (!outcome.ok) return outcome;
    await insertClosures(tenantId, tx, newRows);
    await announce(tx, newRows.map(closureCreated), ctx);
    return done({ closures: newRows, ...outcome.value });
  });
}

/** Stored closures that may be equal to one of `values`. */
async function equalClosures(
  tenantId: TenantId,
  tx: Tx,
  values: readonly ClosureValues[],
): Promise<ClosureValues[]> {
  const rows = await findClosures(tenantId, tx, { dates: [earliestAndLatest(values)] });
  return rows.map(valuesOfRow);
}

/** Only the platform prepares an inactive tenant. */
export function inactiveTenantRefusals({ caller }: Context, tenant: TenantProfile | undefined): Refusal[] {
  const field = ['input', 'tenantId'];
  if (!tenant) return [refusal('NOT_FOUND', 'shared.tenantNotFound', field)];
  if (tenant.isActive || caller.kind === 'platform') return [];
  return [refusal('INACTIVE', 'shared.tenantInactive', field)];
}
