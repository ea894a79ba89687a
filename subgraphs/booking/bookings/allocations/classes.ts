/**
 * A client has one booking or hold in a class: at one time of a resource in mode SESSION, be it the booking's own or an additional one. Only the
 * resource's lock keeps two from being let in at once: the index bookings_one_per_session knows neither holds nor additional resources.
 */
import type { TenantId } from '@libs/auth/tenantId';
import type { Queryable } from '@libs/db/inTransaction';
import type { Temporal } from 'temporal-polyfill';
import type { Directory } from '../../directory/bookingDirectory.ts';
import type { Occurrence } from '../../scheduling/rules.ts';
import { findClientSessions } from './allocationStore.ts';
import { sessionAt, type Demand } from './demands.ts';

export const classIdsOf = (demands: readonly Demand[]): string[] =>
  demands.flatMap(({ mode, resourceId }) => (mode === 'SESSION' ? [resourceId] : []));

/** The resources that are classes. */
export async function classesAmong(
  directory: Directory,
  tenantId: TenantId,
  resourceIds: readonly string[],
): Promise<string[]> {
  const found = await Promise.all([...new Set(resourceIds)].map((id) => directory.resource(tenantId, id)));
  return found.flatMap((resource) => (resource?.bookingMode === 'SESSION' ? [resource.id] : []));
}

/** Positions of the occurrences in whose class the client already is, in any of the classes. */
export async function findInClass(
  tenantId: TenantId,
  db: Queryable,
  classIds: readonly string[],
  occurrences: readonly Occurrence[],
  {
    clientId,
    now,
    except = [],
  }: { clientId: string; now: Temporal.Instant; except?: readonly string[] | undefined },
): Promise<number[]> {
  const sessions = occurrences.map(sessionAt);
  const found = await Promise.all(
    classIds.map((resourceId) =>
      findClientSessions(tenantId, db, { resourceId, clientId, sessions, now, except }),
    ),
  );
  return [...new Set(found.flat())].toSorted((a, b) => a - b);
}

/** Thrown under locks: the booking has become one of a class meanwhile, whose lock is missing. To begin again gets it. */
export class ClassWithoutLock extends Error {}

/** Throws ClassWithoutLock if any of the resources, which the transaction has not locked, is a class. */
export async function requireNoClass(...resources: Parameters<typeof classesAmong>): Promise<void> {
  if ((await classesAmong(...resources)).length > 0) throw new ClassWithoutLock();
}
