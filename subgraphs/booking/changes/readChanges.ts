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

/** Changes per page. */
export const CHANGES_PER_READ = 200;

/** A change, with the booking in its state at the time of reading. */
export type Change = ChangeSummary & {
  position: bigint;
  /** The event id. */
  id: string;
  traceId: string;
  occurredAt: Temporal.Instant;
  tenantId: TenantId;
  booking: BookingRow;
};

export const checkpointOfChange = ({ position, id }: Change): Checkpoint => ({ position, eventId: id });

/** `last`: the checkpoint to continue from; not always that of the last change. */
export type ChangePage = { changes: Change[]; last: Checkpoint; isLastPage: boolean };

/** All other events of the outbox, such as those of holds and closures, are no changes of bookings. */
const TYPES: Partial<Record<EventType, BookingChangeType>> = {
  'booking.created': 'CREATED',
  'booking.updated': 'UPDATED',
  'booking.cancelled': 'CANCELLED',
  'booking.status_changed': 'STATUS_CHANGED',
};

/** The error for a checkpoint from which changes cannot be read without gaps. */
export function checkpointError(status: Exclude<CheckpointStatus, 'current'>): ApiError {
  return status === 'removed'
    ? badUserInput('booking.changesCursorTooOld', { days: OUTBOX_RETENTION_DAYS })
    : badUserInput('booking.changesCursorReplaced');
}

/**
 * Reads at most CHANGES_PER_READ of the tenant's changes after a checkpoint, without those whose bookings no longer exist. Throws
 * `checkpointError` if some may be missing.
 */
export async function readChanges(tenantId: TenantId, db: Db, after: Checkpoint): Promise<ChangePage> {
  const { status, rows } = await readAfterCheckpoint(db.sql, after, { tenantId, limit: CHANGES_PER_READ });
  if (status !== 'current') throw checkpointError(status);
  const read = rows.flatMap((row) => {
    const type = TYPES[row.type];
    return type ? [{ row, type, payload: JSON.parse(row.payload) as AnyPayload }] : [];
  });
  const ids = new Set(read.map(({ payload }) => payload.booking_id));
  const found = ids.size > 0 ? await findBookings(tenantId, db, [...ids]) : [];
  const bookings = new Map(found.map((booking) => [booking.id, booking]));
  const changes = read.flatMap(({ row, type, payload }) => {
    const booking = bookings.get(payload.booking_id);
    return booking ? [changeOf(tenantId, row, { payload, booking, type })] : [];
  });
  const last = rows.at(-1);
  return {
    changes,
    last: last ? { position: BigInt(last.position), eventId: last.metadata.event_id } : after,
    isLastPage: rows.length < CHANGES_PER_READ,
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
    const all: unknown[] = Array.isArray(from) ? from : [from];
    return all.filter((one) => typeof one === 'string');
  };
  // Events of before there were additional resources name only one.
  const resources = payload.resource_ids ?? [payload.resource_id];
  return {
    position: BigInt(position),
    id: metadata.event_id,
    traceId: metadata.trace_id,
    type,
    occurredAt: Temporal.Instant.from(metadata.occurred_at),
    tenantId,
    booking,
    resourceIds: [...resources, ...before('resource_id'), ...before('resource_ids')],
    userIds: [payload.user_id, payload.client_id, ...before('client_id')],
  };
}
