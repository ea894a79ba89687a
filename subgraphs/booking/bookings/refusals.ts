/** Refusals that need the database. */
import type { BookingRow } from '@drizzle/booking/tables';
import { violatedConstraint } from '@libs/db/constraints';
import { refusal, type ConflictingBooking, type Refusal } from '@libs/outcome/outcome';
import type { Tombstone } from './cascade/tombstoneStore.ts';
import { NO_OVERLAP } from './store.ts';

/** Also for a booking that the caller may not read. */
export const bookingNotFound = (): Refusal => refusal('NOT_FOUND', 'booking.notFound', ['input', 'id']);

/** Also for another tenant's resource. */
export const resourceNotFound = (): Refusal =>
  refusal('NOT_FOUND', 'booking.resourceNotFound', ['input', 'resourceId']);

export const conflictRefusal = (conflicts: ConflictingBooking[]): Refusal => ({
  ...refusal('CONFLICT', 'booking.conflict', ['input', 'startTime']),
  conflicts,
});

/** Another writer was faster, without the resource's lock. */
export const isOverlapViolation = (error: unknown): boolean => violatedConstraint(error) === NO_OVERLAP;

/** Refusals for what was deleted after the directory was read. */
export function tombstoneRefusals(
  tombstones: readonly Tombstone[],
  people: Partial<Pick<BookingRow, 'userId'>>,
): Refusal[] {
  return tombstones.map(({ kind, id }) => {
    switch (kind) {
      case 'TENANT':
        return refusal('NOT_FOUND', 'shared.tenantNotFound', ['input', 'tenantId']);
      case 'RESOURCE':
        return refusal('INACTIVE', 'booking.resourceInactive', ['input', 'resourceId']);
      case 'USER':
        return id === people.userId
          ? refusal('USER_CANNOT_BOOK', 'booking.userInactive', ['input', 'userId'])
          : refusal('INACTIVE', 'booking.clientInactive', ['input', 'clientId']);
    }
  });
}
