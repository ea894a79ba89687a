import type { BookingRow } from '@drizzle/booking/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Db } from '@libs/db/connect';
import type { FactType, Payload } from '@libs/events/catalogue';
import { readOutboxAfter, type OutboxRow } from '@libs/events/outbox';
import { Temporal } from 'temporal-polyfill';
import { findBookings } from '../bookings/store.ts';
import type { BookingChangeType } from '../generated.ts';
import type { JudgedChange } from './access.ts';
import type { Position } from './cursors.ts';

/** Changes that one statement reads. */
export const CHANGES_PER_READ = 200;

/** One change, with the booking as it is when the change is read. */
export type Change = JudgedChange & {
  position: Position;
  /** The event's id. */
  id: string;
  occurredAt: Temporal.Instant;
  tenantId: TenantId;
  booking: BookingRow;
};

/** Changes in their order, the place that they lead up to, and whether none were left to read. */
export type ChangePage = { changes: Change[]; last: Position; isAll: boolean };

const TYPES: Partial<Record<FactType, BookingChangeType>> = {
  'booking.created': 'CREATED',
  'booking.updated': 'UPDATED',
  'booking.cancelled': 'CANCELLED',
  'booking.status_changed': 'STATUS_CHANGED',
};

/** The tenant's changes after `after`, CHANGES_PER_READ at most; those whose bookings are gone with their tenant are left out. */
export async function readChanges(tenantId: TenantId, db: Db, after: Position): Promise<ChangePage> {
  const rows = await readOutboxAfter(db.sql, after.toString(), { tenantId, limit: CHANGES_PER_READ });
  const read = rows.map((row) => ({ row, payload: JSON.parse(row.payload) as AnyPayload }));
  const ids = new Set(read.map(({ payload }) => payload.booking_id));
  const found = ids.size > 0 ? await findBookings(tenantId, db, [...ids]) : [];
  const bookings = new Map(found.map((booking) => [booking.id, booking]));
  const changes = read.flatMap(({ row, payload }) => {
    const booking = bookings.get(payload.booking_id);
    const type = TYPES[row.type];
    return booking && type ? [changeOf(tenantId, row, { payload, booking, type })] : [];
  });
  const last = rows.at(-1);
  return { changes, last: last ? BigInt(last.cursor) : after, isAll: rows.length < CHANGES_PER_READ };
}

type AnyPayload = Payload<'booking.created'> & Partial<Pick<Payload<'booking.updated'>, 'changes'>>;

function changeOf(
  tenantId: TenantId,
  { cursor, metadata }: OutboxRow,
  told: { payload: AnyPayload; booking: BookingRow; type: BookingChangeType },
): Change {
  const { payload, booking, type } = told;
  const before = (field: string): string[] => {
    const from = payload.changes?.[field]?.from;
    return typeof from === 'string' ? [from] : [];
  };
  return {
    position: BigInt(cursor),
    id: metadata.event_id,
    type,
    occurredAt: Temporal.Instant.from(metadata.occurred_at),
    tenantId,
    booking,
    resourceIds: [payload.resource_id, ...before('resource_id')],
    userIds: [payload.user_id, payload.client_id, ...before('client_id')],
  };
}
