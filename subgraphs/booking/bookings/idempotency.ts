/**
 * Idempotency keys of createBooking: a repeated request returns the first result instead of booking again. A key belongs to one
 * tenant and caller, lives KEY_LIFE_HOURS, and is stored with its result in one transaction; a refused request stores nothing.
 */
import { createHash } from 'node:crypto';
import type { BookingRow, SeriesRow } from '@drizzle/booking/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Queryable, Tx } from '@libs/db/inTransaction';
import { done, refusal, refusedFor, type Outcome, type Refusal } from '@libs/outcome/outcome';
import { formatInstant } from '@libs/time/instants';
import type { Temporal } from 'temporal-polyfill';
import type { CreateBookingInput } from '../generated.ts';
import { findBookings, seriesByIdOfAllTenants } from './store.ts';

/** Maximum length of an idempotency key, in characters. */
export const MAX_KEY_CHARACTERS = 200;
/** How long a key returns its first result, in hours. */
export const KEY_LIFE_HOURS = 24;

/** A request with a key, and the SHA-256 of its input. */
export type KeyedRequest = { callerId: string; key: string; inputHash: string; now: Temporal.Instant };
/** The bookings of one request, by start, and their series where they repeat. */
export type CreatedBookings = { bookings: BookingRow[]; series: SeriesRow | null };

/**
 * SHA-256 of what a request asks for, in hex: equal for inputs that mean the same, whether defaults are written out or not. A
 * wall-clock time and its instant are different inputs, because the tenant's zone may change between two requests.
 */
export function inputHash(
  input: CreateBookingInput,
  people: Pick<BookingRow, 'userId' | 'clientId'>,
): string {
  const { resourceId, startTime, endTime, notes, recurrence } = input;
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
      recurrence.endDate ?? null,
      [...new Set(recurrence.daysOfWeek)].sort(),
    ],
  ];
  return createHash('sha256').update(JSON.stringify(meaning)).digest('hex');
}

/** INVALID for an empty key, which would be one key for all requests of a careless client, and for one over MAX_KEY_CHARACTERS. */
export function keyRefusals(key: string | null | undefined): Refusal[] {
  const field = ['input', 'idempotencyKey'];
  if (key === '') return [refusal('INVALID', 'booking.idempotencyKeyEmpty', field)];
  if (key == null || key.length <= MAX_KEY_CHARACTERS) return [];
  return [refusal('INVALID', 'booking.idempotencyKeyTooLong', field, { most: MAX_KEY_CHARACTERS })];
}

/** The key was used with other input. */
export const keyMismatch = (): Refusal =>
  refusal('IDEMPOTENCY_MISMATCH', 'booking.idempotencyMismatch', ['input', 'idempotencyKey']);

/**
 * What an earlier request with the same key created, as it is now; undefined for the first request, or one without a key.
 * Refuses IDEMPOTENCY_MISMATCH where the earlier input was different.
 */
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

/**
 * Stores the key with what this transaction creates, replacing an expired one. Waits for another transaction that stores the same
 * key; false where that one committed.
 */
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

/** Deletes expired keys. */
export async function purgeKeysOfAllTenants(db: Queryable, now: Temporal.Instant): Promise<void> {
  await db.sql`delete from idempotency_keys where created_at <= ${oldestAlive(now)}::timestamptz`;
}

const oldestAlive = (now: Temporal.Instant): string => formatInstant(now.subtract({ hours: KEY_LIFE_HOURS }));
