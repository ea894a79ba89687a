/**
 * Idempotency keys of createBooking: a repeated request returns the first result. A key belongs to a tenant and caller, and is
 * stored with its result in one transaction; a refused request stores nothing.
 */
import { createHash } from 'node:crypto';
import type { BookingRow, SeriesRow } from '@drizzle/booking/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Queryable, Tx } from '@libs/db/inTransaction';
import { done, refusal, refusedFor, type Outcome, type Refusal } from '@libs/outcome/outcome';
import { formatInstant, toInstant } from '@libs/time/instants';
import type { Temporal } from 'temporal-polyfill';
import type { CreateBookingInput } from '../../generated.ts';
import { findBookings, seriesByIdOfAllTenants } from '../store.ts';

const MAX_KEY_CHARACTERS = 200;
const KEY_LIFE_HOURS = 24;

export type KeyedRequest = { callerId: string; key: string; inputHash: string; now: Temporal.Instant };
/** By start. */
export type CreatedBookings = { bookings: BookingRow[]; series: SeriesRow | null };

/**
 * SHA-256 in hex, equal for inputs that mean the same: with or without defaults, and with times in whatever form. `zone` is the tenant's.
 */
export function inputHash(
  input: CreateBookingInput,
  people: Pick<BookingRow, 'userId' | 'clientId'>,
  zone: string,
): string {
  const { resourceId, notes, recurrence } = input;
  const [startTime, endTime] = [toInstant(input.startTime, zone), toInstant(input.endTime, zone)];
  const meaning = [
    resourceId,
    people.userId,
    people.clientId,
    startTime,
    endTime,
    notes ?? null,
    recurrence && [
      recurrence.frequency,
      recurrence.interval ?? 1,
      recurrence.endDate ? toInstant(recurrence.endDate, zone) : null,
      [...new Set(recurrence.daysOfWeek)].sort(),
    ],
  ];
  return createHash('sha256').update(JSON.stringify(meaning)).digest('hex');
}

/** INVALID for an empty key, which careless clients would share among all requests, or one over MAX_KEY_CHARACTERS. */
export function keyRefusals(key: string | null | undefined): Refusal[] {
  const field = ['input', 'idempotencyKey'];
  if (key === '') return [refusal('INVALID', 'booking.idempotencyKeyEmpty', field)];
  if (key == null || key.length <= MAX_KEY_CHARACTERS) return [];
  return [refusal('INVALID', 'booking.idempotencyKeyTooLong', field, { most: MAX_KEY_CHARACTERS })];
}

export const keyMismatch = (): Refusal =>
  refusal('IDEMPOTENCY_MISMATCH', 'booking.idempotencyMismatch', ['input', 'idempotencyKey']);

/** What an earlier request with this key created, in its current state. Refuses IDEMPOTENCY_MISMATCH if its input was different. */
export async function earlierResult(
  tenantId: TenantId,
  db: Queryable,
  request: KeyedRequest | null,
): Promise<Outcome<CreatedBookings> | undefined> {
  if (!request) return undefined;
  const [stored] = await db.sql<{ inputHash: string; bookingIds: string[] }[]>`
    select input_hash as "inputHash", booking_ids as "bookingIds" from idempotency_keys
    where tenant_id = ${tenantId}::uuid and caller_id = ${request.callerId}::uuid and key = ${request.key}
      and created_at > ${oldestAlive(request.now)}::timestamptz`;
  if (!stored) return undefined;
  if (stored.inputHash !== request.inputHash) return refusedFor(tenantId, keyMismatch());
  const bookings = await findBookings(tenantId, db, stored.bookingIds);
  const seriesId = bookings[0]?.seriesId;
  const [series] = seriesId ? await seriesByIdOfAllTenants(db, [seriesId]) : [];
  return done({ bookings, series: series ?? null });
}

/** Stores the key, replacing an expired one. Waits for a transaction that stores the same key; false if that one committed. */
export async function claimKey(
  tenantId: TenantId,
  tx: Tx,
  { callerId, key, inputHash, now }: KeyedRequest,
  bookingIds: readonly string[],
): Promise<boolean> {
  const { count } = await tx.sql`
    insert into idempotency_keys (tenant_id, caller_id, key, input_hash, booking_ids, created_at)
    values (${tenantId}::uuid, ${callerId}::uuid, ${key}, ${inputHash}, ${[...bookingIds]}::uuid[],
            ${formatInstant(now)}::timestamptz)
    on conflict (tenant_id, caller_id, key) do update
      set input_hash = excluded.input_hash, booking_ids = excluded.booking_ids, created_at = excluded.created_at
      where idempotency_keys.created_at <= ${oldestAlive(now)}::timestamptz`;
  return count > 0;
}

export async function purgeKeysOfAllTenants(db: Queryable, now: Temporal.Instant): Promise<void> {
  await db.sql`delete from idempotency_keys where created_at <= ${oldestAlive(now)}::timestamptz`;
}

const oldestAlive = (now: Temporal.Instant): string => formatInstant(now.subtract({ hours: KEY_LIFE_HOURS }));
