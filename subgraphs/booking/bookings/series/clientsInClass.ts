/** Clients who would be in a class twice once the occurrences of a series are changed. */
import type { TenantId } from '@libs/auth/tenantId';
import { groupBy } from '@libs/db/groupBy';
import type { Tx } from '@libs/db/inTransaction';
import type { Refusal } from '@libs/outcome/outcome';
import type { Context } from '../../context.ts';
import { MAX_BROKEN_RULES, type Occurrence } from '../../scheduling/rules.ts';
import { classesAmong, findInClass } from '../allocations/classes.ts';
import { resourceIdsOf, sessionAt } from '../allocations/demands.ts';
import { clientInSession } from '../refusals.ts';
import type { OccurrencePlan } from './planOccurrences.ts';

/** An occurrence as it will be in a class. */
type Attendance = { id: string; clientId: string; classId: string; occurrence: Occurrence };

/**
 * ALREADY_EXISTS, one for each occurrence, by start. `staying`: those that keep their time and resources, though not their client. Call it
 * under the locks of all resources, before anything is written.
 */
export async function clientsInClass(
  ctx: Context,
  tx: Tx,
  tenantId: TenantId,
  plans: readonly OccurrencePlan[],
  staying: Pick<ReadonlyMap<string, unknown>, 'has'>,
): Promise<Refusal[]> {
  const attendances = await attendancesOf(ctx, tenantId, plans, staying);
  // Where the others of the series were is free for them, so they are compared with each other instead.
  const except = [...new Set(attendances.map(({ id }) => id))];
  const { now } = ctx;
  const refused = new Map<string, Occurrence>();
  for (const group of groupBy(attendances, ({ clientId, classId }) => `${clientId} ${classId}`).values()) {
    const [{ clientId, classId }] = group as [Attendance];
    const occurrences = group.map(({ occurrence }) => occurrence);
    const found = new Set(await findInClass(tenantId, tx, [classId], occurrences, { clientId, now, except }));
    const sessions = new Set<string>();
    for (const [position, { id, occurrence }] of group.entries()) {
      const { session } = sessionAt(occurrence);
      if (found.has(position) || sessions.has(session)) refused.set(id, occurrence);
      sessions.add(session);
    }
  }
  return [...refused.values()]
    .toSorted((a, b) => a.startTime.epochMilliseconds - b.startTime.epochMilliseconds)
    .slice(0, MAX_BROKEN_RULES)
    .map(clientInSession);
}

/** The attendances of the occurrences that get another time or seat in a class, or another client. */
async function attendancesOf(
  { directory }: Context,
  tenantId: TenantId,
  plans: readonly OccurrencePlan[],
  staying: Pick<ReadonlyMap<string, unknown>, 'has'>,
): Promise<Attendance[]> {
  const found = await Promise.all(
    plans.map(async ({ row, next, wanted, isMoved, seatsGained }): Promise<Attendance[]> => {
      const isOccupyingAnew = (isMoved || seatsGained > 0) && !staying.has(row.id);
      const { id } = row;
      const { clientId } = next;
      if (!isOccupyingAnew && clientId === row.clientId) return [];
      const resources = isOccupyingAnew ? wanted.map(({ resourceId }) => resourceId) : resourceIdsOf(row);
      const { startTime, endTime } = isOccupyingAnew ? next : row;
      const classes = await classesAmong(directory, tenantId, resources);
      return classes.map((classId) => ({ id, clientId, classId, occurrence: { startTime, endTime } }));
    }),
  );
  return found.flat();
}
