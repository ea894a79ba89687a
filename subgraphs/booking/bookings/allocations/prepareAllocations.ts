import type { TenantId } from '@libs/auth/tenantId';
import type { Tx } from '@libs/db/inTransaction';
import type { EventContext } from '@libs/events/catalogue';
import type { Occurrence } from '../../scheduling/rules.ts';
import { findExpiredHolds } from './allocationStore.ts';
import { endHoldsBecause } from '../../holds/endExpiredHolds.ts';
import { reassignAllocations, type Assignment, type AssignOptions, type Fragmented } from './assign.ts';
import { occupiedSpan, type Demand } from './demands.ts';

type Wanted = { demands: readonly Demand[]; occurrences: readonly Occurrence[] };

/** Ends the expired holds in the way of all that a transaction wants, at once. Call it under the locks of all resources. */
export async function endExpiredHolds(
  ctx: EventContext,
  tenantId: TenantId,
  tx: Tx,
  wanted: readonly Wanted[],
): Promise<void> {
  const queries = wanted.flatMap(({ demands, occurrences }) =>
    demands.map((demand) => ({
      resourceId: demand.resourceId,
      spans: occurrences.map((occurrence) => occupiedSpan(demand, occurrence)),
    })),
  );
  const expired = await findExpiredHolds(tenantId, tx, queries, ctx.now);
  const resourceIds = queries.map(({ resourceId }) => resourceId);
  await endHoldsBecause('expired', ctx, tenantId, tx, expired, resourceIds);
}

/**
 * Makes an assignment, which was read under the locks of all resources, ready to be written: ends holds that have expired in its way, and
 * assigns the seats of others anew where those that are free are in pieces.
 */
export async function prepareAllocations(
  ctx: EventContext,
  tenantId: TenantId,
  tx: Tx,
  demands: readonly Demand[],
  occurrences: readonly Occurrence[],
  first: Assignment,
  { except = [], isComplete = false }: Pick<AssignOptions, 'except' | 'isComplete'> = {},
): Promise<Assignment> {
  if (first.hasExpired) await endExpiredHolds(ctx, tenantId, tx, [{ demands, occurrences }]);
  const isRefused = first.conflicts.length > 0 && !isComplete;
  if (first.fragmented.length === 0 || isRefused) return first;
  const allocations = [...first.allocations];
  const resourceOf = ({ index }: Fragmented): string => demands[index]!.resourceId;
  // In the order in which cancellations lock them (`inLockOrder`).
  for (const { index, positions } of first.fragmented.toSorted((a, b) =>
    resourceOf(a) < resourceOf(b) ? -1 : 1,
  )) {
    const demand = demands[index]!;
    const conflict = first.conflicts.find((one) => one.index === index);
    const refused = new Set(conflict?.occurrences.map(({ position }) => position));
    const wanted = occurrences.map((occurrence, position) =>
      refused.has(position) ? undefined : occurrence,
    );
    const given = await reassignAllocations(tenantId, tx, demand, wanted, { positions, except });
    for (const [position, allocation] of given) {
      const others = allocations[position]!.filter(({ resourceId }) => resourceId !== demand.resourceId);
      allocations[position] = [...others, allocation];
    }
  }
  return { ...first, allocations, fragmented: [] };
}
