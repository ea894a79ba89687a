import { isOfCallersTenant } from '@libs/auth/tenantId';
import { announce } from '@libs/events/outbox';
import { done, refused, refusedFor, type Outcome } from '@libs/outcome/outcome';
import { dateAt } from '@libs/time/days';
import { Temporal } from 'temporal-polyfill';
import { applyClosureEffect } from '../bookings/cascade/applyClosureEffect.ts';
import { whileNobodyBooks } from '../bookings/cascade/whileNobodyBooks.ts';
import type { Context } from '../context.ts';
import type { UpdateClosureInput } from '../generated.ts';
import { requireClosurePermission } from './access.ts';
import { closedTimesOf, spansOf } from './closedTimes.ts';
import type { ChangedClosures } from './makeClosures.ts';
import { closureUpdated } from './events.ts';
import { referenceRefusals } from './referenceRefusals.ts';
import {
  changedValues,
  clearedRefusals,
  closureNotFound,
  closureRefusals,
  MAX_CLOSED_IDS,
  MAX_CLOSURES_AHEAD,
  tooManyAhead,
} from './rules.ts';
import {
  closureOfAllTenants,
  countClosures,
  lockClosure,
  sameValues,
  updateClosureRow,
  valuesOfRow,
} from './store.ts';

/**
 * Absent fields keep their value. The effect applies to the bookings that the closure overlaps then, even if nothing else changes.
 * Requires what createClosures requires. Refuses NOT_FOUND, INVALID, TOO_MANY, and CONFLICT with the effect REFUSE.
 */
export async function updateClosure(
  ctx: Context,
  input: UpdateClosureInput,
): Promise<Outcome<ChangedClosures>> {
  requireClosurePermission(ctx.caller, input.effect);
  const notFound = refused(closureNotFound(['input', 'id']));
  const found = await closureOfAllTenants(ctx.db, input.id);
  if (!found || !isOfCallersTenant(ctx.caller, found.tenantId)) return notFound;
  const { tenantId } = found;
  const tenant = await ctx.directory.tenant(tenantId);
  if (!tenant) return notFound;
  const cleared = clearedRefusals(input);
  if (cleared.length > 0) return refusedFor(tenantId, ...cleared);
  const { timezone } = tenant.settings;

  const expected = changedValues(valuesOfRow(found), input);
  const missing = await referenceRefusals(ctx.directory, tenantId, newReferences(input, found), ['input']);
  const refusals = [...closureRefusals(expected, ['input']), ...missing];
  if (refusals.length > 0) return refusedFor(tenantId, ...refusals);
  await closedTimesOf(ctx, tenantId, ctx.db, await spansOf(ctx, [{ id: input.id, ...expected }], timezone));

  return whileNobodyBooks(ctx, tenantId, async (tx) => {
    const locked = await lockClosure(tenantId, tx, input.id);
    if (!locked) return refusedFor(tenantId, closureNotFound(['input', 'id']));
    const before = valuesOfRow(locked);
    const values = changedValues(before, input);
    // Another update may have changed the other end meanwhile.
    const late = closureRefusals(values, ['input']);
    if (late.length > 0) return refusedFor(tenantId, ...late);
    const today = dateAt(ctx.now, timezone);
    if (isAhead(values.to, today) && !isAhead(before.to, today)) {
      const ahead = await countClosures(tenantId, tx, { from: today });
      if (ahead >= MAX_CLOSURES_AHEAD) return refusedFor(tenantId, tooManyAhead(['input', 'to']));
    }
    const spans = await spansOf(ctx, [{ id: input.id, ...values }], timezone);
    const closed = await closedTimesOf(ctx, tenantId, tx, spans);
    const outcome = await applyClosureEffect(ctx, tenantId, tx, { effect: input.effect ?? 'KEEP', closed });
    if (!outcome.ok) return outcome;
    if (sameValues(before, values)) return done({ closures: [locked], ...outcome.value });
    const row = await updateClosureRow(tenantId, tx, input.id, values, ctx.now);
    await announce(tx, closureUpdated(locked, row), ctx);
    return done({ closures: [row], ...outcome.value });
  });
}

const isAhead = (to: Temporal.PlainDate, today: Temporal.PlainDate): boolean =>
  Temporal.PlainDate.compare(to, today) >= 0;

/** Only what is not in the closure yet: that may have been deleted since. A list that is too long is refused without being looked up. */
const newReferences = (input: Lists, stored: Lists) => ({
  resourceIds: newIds(input.resourceIds, stored.resourceIds),
  categoryIds: newIds(input.categoryIds, stored.categoryIds),
});
type Ids = readonly string[] | null | undefined;
type Lists = { resourceIds?: Ids; categoryIds?: Ids };

function newIds(ids: Ids, stored: Ids): string[] | null {
  const distinct = [...new Set(ids)];
  return distinct.length <= MAX_CLOSED_IDS ? distinct.filter((id) => !stored?.includes(id)) : null;
}
