/** Refusals that need the database. */
import type { BookingRow } from '@drizzle/booking/tables';
import type { Caller } from '@libs/auth/caller';
import type { TenantId } from '@libs/auth/tenantId';
import { violatedConstraint } from '@libs/db/constraints';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import { overlap, type Span } from '@libs/time/spans';
import type { Context } from '../context.ts';
import { MAX_BROKEN_RULES, type Occurrence } from '../scheduling/rules.ts';
import { MAX_CONFLICTS, NO_OVERLAP } from './allocations/allocationStore.ts';
import { assignAll, type Assignment, type SeatConflict } from './allocations/assign.ts';
import { occupiedSpan, type Demand } from './allocations/demands.ts';
import type { Tombstone } from './cascade/tombstoneStore.ts';
import { fieldOfWanted, type WantedResource } from './wanted.ts';

/** Also for a booking that the caller may not read. */
export const bookingNotFound = (): Refusal => refusal('NOT_FOUND', 'booking.notFound', ['input', 'id']);

/** Also for another tenant's resource. */
export const resourceNotFound = (): Refusal =>
  refusal('NOT_FOUND', 'resource.notFound', ['input', 'resourceId']);

/** VERSION_MISMATCH if another version is expected. */
export function versionRefusals(
  { version }: Pick<BookingRow, 'version'>,
  expected: number | null | undefined,
): Refusal[] {
  if (expected == null || expected === version) return [];
  const params = { expected, actual: version };
  return [refusal('VERSION_MISMATCH', 'booking.versionMismatch', ['input', 'expectedVersion'], params)];
}

/** A client has one booking or hold in a class. `occurrence`: of a series. */
export const clientInSession = (occurrence?: Occurrence): Refusal => ({
  ...refusal('ALREADY_EXISTS', 'booking.clientInSession', ['input', 'clientId']),
  ...(occurrence && { occurrence }),
});

/** A refusal because of other bookings and holds. */
export type ConflictRefusal = {
  refusal: Refusal;
  /** Positions of the occurrences. */
  occurrences: readonly number[];
  /** The refusal of one of them alone, by position. */
  of(position: number): Refusal;
};

export type Requested = {
  demands: readonly Demand[];
  /** In the order of `demands`. */
  wanted: readonly Pick<WantedResource, 'position'>[];
  occurrences: readonly Occurrence[];
};

/** One for each resource that is taken, and one for each occurrence in whose class the client already is. */
export function conflictRefusals(
  { conflicts, inSession }: Pick<Assignment, 'conflicts' | 'inSession'>,
  { demands, wanted, occurrences }: Requested,
  caller: Caller,
): ConflictRefusal[] {
  const found = conflicts.map((conflict): ConflictRefusal => {
    const demand = demands[conflict.index]!;
    const field = fieldOfWanted(wanted[conflict.index]!, ['input', 'startTime']);
    return {
      refusal: conflictRefusal(conflict, demand, field, caller),
      occurrences: conflict.occurrences.map(({ position }) => position),
      of(position) {
        const span = occupiedSpan(demand, occurrences[position]!);
        return conflictRefusal(partOf(conflict, span, position), demand, field, caller);
      },
    };
  });
  // In a series, the times tell the occurrences apart, as for broken rules.
  const inClass = inSession.slice(0, MAX_BROKEN_RULES).map((position): ConflictRefusal => {
    const one = clientInSession(occurrences.length > 1 ? timesOf(occurrences[position]!) : undefined);
    return { refusal: one, occurrences: [position], of: () => one };
  });
  return [...found, ...inClass];
}

const timesOf = ({ startTime, endTime }: Occurrence): Occurrence => ({ startTime, endTime });

/** The conflict of one of the occurrences alone. */
function partOf(conflict: SeatConflict, span: Span, position: number): SeatConflict {
  const isInTheWay = ({ occupied }: { occupied: Span }) => overlap(occupied, span);
  const own = conflict.occurrences.filter((one) => one.position === position);
  return {
    ...conflict,
    bookings: conflict.bookings.filter(isInTheWay),
    holds: conflict.holds.filter(isInTheWay),
    remainingSeats: own[0]?.remainingSeats ?? 0,
    occurrences: own,
  };
}

function conflictRefusal(
  { bookings, holds, remainingSeats }: SeatConflict,
  { resourceId, mode }: Demand,
  field: string[],
  caller: Caller,
): Refusal {
  const callerId = 'userId' in caller ? caller.userId : undefined;
  const shownBookings = bookings
    .slice(0, MAX_CONFLICTS)
    .map(({ bookingId, startTime, endTime }) => ({ bookingId, startTime, endTime }));
  const shownHolds = holds.slice(0, MAX_CONFLICTS).map(({ createdBy, startTime, endTime, expiresAt }) => ({
    startTime,
    endTime,
    expiresAt,
    isMine: createdBy !== null && createdBy === callerId,
  }));
  const key = mode === 'EXCLUSIVE' ? 'booking.conflict' : 'booking.notEnoughSeats';
  const params = { remaining: remainingSeats };
  return {
    ...refusal('CONFLICT', key, field, mode === 'EXCLUSIVE' ? undefined : params),
    conflict: { bookings: shownBookings, holds: shownHolds, remainingSeats },
    resourceId,
  };
}

/** Another writer was faster, without the resource's lock. */
export const isOverlapViolation = (error: unknown): boolean =>
  NO_OVERLAP.includes(violatedConstraint(error) ?? '');

export const isSessionViolation = (error: unknown): boolean =>
  violatedConstraint(error) === 'bookings_one_per_session';

/** After a violation: what is in the way now, which may already have gone. */
export async function refusalsAfterViolation(
  { db, now, caller }: Context,
  tenantId: TenantId,
  requested: Requested,
  except: readonly string[] = [],
): Promise<Refusal[]> {
  const { demands, occurrences } = requested;
  const assignment = await assignAll(tenantId, db, demands, occurrences, { now, except });
  const found = conflictRefusals(assignment, requested, caller);
  if (found.length > 0) return found.map((one) => one.refusal);
  const first = [{ position: 0, remainingSeats: 0 }];
  const nothing = { index: 0, bookings: [], holds: [], remainingSeats: 0, occurrences: first };
  return conflictRefusals({ conflicts: [nothing], inSession: [] }, requested, caller).map(
    (one) => one.refusal,
  );
}

/** Refusals for what was deleted after the directory was read. */
export function tombstoneRefusals(
  tombstones: readonly Tombstone[],
  people: Partial<Pick<BookingRow, 'userId'>>,
  wanted: readonly WantedResource[] = [],
): Refusal[] {
  return tombstones.map(({ kind, id }) => {
    switch (kind) {
      case 'TENANT':
        return refusal('NOT_FOUND', 'shared.tenantNotFound', ['input', 'tenantId']);
      case 'RESOURCE': {
        const position = wanted.find(({ resourceId }) => resourceId === id)?.position ?? null;
        return refusal(
          'INACTIVE',
          'booking.resourceInactive',
          fieldOfWanted({ position }, ['input', 'resourceId']),
        );
      }
      case 'USER':
        return id === people.userId
          ? refusal('USER_CANNOT_BOOK', 'booking.userInactive', ['input', 'userId'])
          : refusal('INACTIVE', 'booking.clientInactive', ['input', 'clientId']);
    }
  });
}
