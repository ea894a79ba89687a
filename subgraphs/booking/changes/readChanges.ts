import type { BookingRow } from '@drizzle/booking/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Db } from '@libs/db/connect';
import type { EventType, Payload } from '@libs/events/catalogue';
import type { Checkpoint, CheckpointStatus } from '@libs/events/history';
import { OUTBOX_RETENTION_DAYS, readAfterCheckpoint, type OutboxRow } from '@libs/events/outbox';
import { badUserInput, type ApiError } from '@libs/outcome/apiErrors';
import { Temporal } from 'temporal-polyfill';
import { findBookings } from '../bookings/store.ts';
import type { BookingChangeType } from '../generated.ts';
import type { ChangeSummary } from './access.ts';
import type { Position } from './cursors.ts';

/** Changes that one statement reads. */
export const CHANGES_PER_READ = 200;

/** One change, with the booking as it is when the change is read. */
export type Change = ChangeSummary & {
  position: Position;
  /** The event's id. */
  id: string;
  occurredAt: Temporal.Instant;
  tenantId: TenantId;
  booking: BookingRow;
};

/** The checkpoint of a change. */
export const checkpointOfChange = ({ position, id }: Change): Checkpoint => ({ position, eventId: id });

/** Changes in their order, the checkpoint that they lead up to, and whether none were left to read. */
export type ChangePage = { changes: Change[]; last: Checkpoint; isAll: boolean };

const TYPES: Partial<Record<EventType, BookingChangeType>> = {
  'booking.created': 'CREATED',
  'booking.updated': 'UPDATED',
  'booking.cancelled': 'CANCELLED',
  'booking.status_changed': 'STATUS_CHANGED',
};

/** Why nothing can be told after a checkpoint that is not of this history, or behind which changes are no longer kept. */
export function refusalOf(status: Exclude<CheckpointStatus, 'current'>): ApiError {
  return status === 'removed'
    ? badUserInput('booking.changesCursorTooOld', { days: OUTBOX_RETENTION_DAYS })
    : badUserInput('booking.changesCursorReplaced');
}

/**
 * The tenant's changes after a checkpoint, CHANGES_PER_READ at most; those whose bookings are gone with their tenant are left out.
 * Throws `refusalOf` where some may be missing.
 */
export async function readChanges(tenantId: TenantId, db: Db, after: Checkpoint): Promise<ChangePage> {
  const { status, rows } = await readAfterCheckpoint(db.sql, after, { tenantId, limit: CHANGES_PER_READ });
  if (status !== 'current') throw refusalOf(status);
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
  return {
    changes,
    last: last ? { position: BigInt(last.position), eventId: last.metadata.event_id } : after,
    isAll: rows.length < CHANGES_PER_READ,
  };
}

type AnyPayload = Payload<'booking.created'> & Partial<Pick<Payload<'booking.updated'>, 'changes'>>;

function changeOf(
  tenantId: TenantId,
  { position, metadata }: OutboxRow,
  source: { payload: AnyPayload; booking: BookingRow; type: BookingChangeType },
): Change {
  const { payload, booking, type } = source;
  const before = (field: string): string[] => {
    const from = payload.changes?.[field]?.from;
    return typeof from === 'string' ? [from] : [];
  };
  return {
    position: BigInt(position),
    id: metadata.event_id,
    type,
    occurredAt: Temporal.Instant.from(metadata.occurred_at),
    tenantId,
    booking,
    resourceIds: [payload.resource_id, ...before('resource_id')],
    userIds: [payload.user_id, payload.client_id, ...before('client_id')],
  };
}
