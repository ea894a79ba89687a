/** Closures as `applyClosureEffect` takes them: which resources they close, and when. */
import type { TenantId } from '@libs/auth/tenantId';
import type { Queryable } from '@libs/db/inTransaction';
import type { Span } from '@libs/time/spans';
import type { NamedClosedTime } from '../bookings/cascade/applyClosureEffect.ts';
import { occupiedResources } from '../bookings/cascade/whileNobodyBooks.ts';
import type { Context } from '../context.ts';
import { closedSpans } from '../scheduling/closures.ts';
import type { ClosureValues } from './rules.ts';

export type PlannedClosure = ClosureValues & { id: string };
type ClosedSpans = PlannedClosure & { spans: Span[] };

/** The closures' times, without those that are over. */
export async function spansOf(
  ctx: Context,
  planned: readonly PlannedClosure[],
  zone: string,
): Promise<ClosedSpans[]> {
  const closed: ClosedSpans[] = [];
  for (const closure of planned) {
    // Hours on each of many dates take milliseconds.
    await ctx.yieldToOthers();
    const { from, to } = closure;
    const spans = closedSpans([closure], { first: from, last: to }, zone);
    closed.push({ ...closure, spans: spans.filter(({ end }) => end > ctx.now.epochMilliseconds) });
  }
  return closed;
}

/**
 * Resolves categories to those of their resources that are occupied at all. Call it before the transaction too, so that under the lock
 * hardly any resource is left to be asked for.
 */
export async function closedTimesOf(
  ctx: Context,
  tenantId: TenantId,
  db: Queryable,
  closures: readonly ClosedSpans[],
): Promise<NamedClosedTime[]> {
  const ofCategories = closures.filter(({ categoryIds, spans }) => categoryIds && spans.length > 0);
  const used = ofCategories.length === 0 ? [] : await usedResources(ctx, tenantId, db, ofCategories);
  return closures.map(({ id, name, resourceIds, categoryIds, spans }) => ({
    closureId: id,
    name,
    spans,
    resourceIds:
      resourceIds === null && categoryIds === null
        ? null
        : [
            ...(resourceIds ?? []),
            ...used.filter(({ categoryId }) => categoryIds?.includes(categoryId)).map((one) => one.id),
          ],
  }));
}

async function usedResources(
  ctx: Context,
  tenantId: TenantId,
  db: Queryable,
  closures: readonly ClosedSpans[],
): Promise<{ id: string; categoryId: string }[]> {
  const start = Math.max(
    ctx.now.epochMilliseconds,
    Math.min(...closures.map(({ spans }) => spans[0]!.start)),
  );
  const end = Math.max(...closures.map(({ spans }) => spans.at(-1)!.end));
  const ids = await occupiedResources(tenantId, db, { start, end });
  const resources = await Promise.all(ids.map((id) => ctx.directory.resource(tenantId, id)));
  return resources.flatMap((one) => (one ? [{ id: one.id, categoryId: one.category.id }] : []));
}
