/** What only the database can say no to. */
import type { BookingRow } from '@drizzle/booking/tables';
import { violatedConstraint } from '@libs/db/constraints';
import { refusal, type ConflictingBooking, type Refusal } from '@libs/outcome/outcome';
import type { Tombstone } from './cascade/tombstoneStore.ts';
import { NO_OVERLAP } from './store.ts';

/** There is no such booking, or none that the caller may read. */
export const bookingNotFound = (): Refusal => refusal('NOT_FOUND', 'booking.notFound', ['input', 'id']);

/** There is no such resource, or it is another tenant's. */
export const resourceNotFound = (): Refusal =>
  refusal('NOT_FOUND', 'booking.resourceNotFound', ['input', 'resourceId']);

/** The time is taken. */
export const conflictRefusal = (conflicts: ConflictingBooking[]): Refusal => ({
  ...refusal('CONFLICT', 'booking.conflict', ['input', 'startTime']),
  conflicts,
});

/** Whether the exclusion constraint refused a write: somebody was faster who did not hold the resource. */
export const isOverlapViolation = (error: unknown): boolean => violatedConstraint(error) === NO_OVERLAP;

/** What a booking was to be made for is gone, though the directory still knew it. */
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
