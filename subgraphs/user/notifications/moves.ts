/** What a booking was before an update. */
import type { Payload } from '@libs/events/catalogue';
import type { NotifiedBookingEvent } from './rules.ts';

type Booking = Payload<'booking.created'>;
type Update = Payload<'booking.updated'>;

/** Times and resources, as `changes` names them. */
const MOVED_FIELDS = ['start_time', 'end_time', 'resource_id', 'resource_ids'];

export const movesAmong = (changes: Update['changes']): Update['changes'] =>
  Object.fromEntries(Object.entries(changes).filter(([field]) => MOVED_FIELDS.includes(field)));

/** `resource_id` first; events of earlier releases lack `resource_ids`, as do notifications that were recorded of them. */
export const bookedResourceIds = ({
  resource_id: resourceId,
  resource_ids: resourceIds = [],
}: Pick<Booking, 'resource_id'> & Partial<Pick<Booking, 'resource_ids'>>): string[] =>
  resourceIds.length > 0 ? resourceIds : [resourceId];

/** Without the metadata, which may be what the update made of it. */
export function bookingBefore({ changes, ...booking }: Update): Booking {
  // Safe: `changes` has the fields' JSON values, as the payload does.
  const before = <F extends keyof Booking>(field: F) =>
    (changes[field]?.from ?? booking[field]) as Booking[F];
  const resourceId = before('resource_id');
  return {
    ...booking,
    client_id: before('client_id'),
    start_time: before('start_time'),
    end_time: before('end_time'),
    seats: before('seats'),
    resource_id: resourceId,
    // A booking of one resource only names the change of that one.
    resource_ids: changes.resource_ids || !changes.resource_id ? before('resource_ids') : [resourceId],
    metadata: {},
  };
}

/** The booking before it was moved; undefined if the event is of no move. */
export const beforeMoveOf = (event: NotifiedBookingEvent): Booking | undefined =>
  event.type === 'booking.moved' ? bookingBefore(event.payload) : undefined;
