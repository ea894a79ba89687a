/** How requests that may come twice are told apart. */
import { createHash } from 'node:crypto';
import type { BookingRow } from '@drizzle/booking/tables';
import { refusal, type Refusal } from '@libs/outcome/outcome';
import type { CreateBookingInput } from '../../generated.ts';

/** An idempotency key at most, in characters. */
const MAX_KEY_CHARACTERS = 200;

/**
 * SHA-256 of what a request asks for, in hex: equal for inputs that mean the same, whether a default is written out or not. A
 * wall-clock time and the instant that it is are two inputs: the tenant's zone may change between them.
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

/** INVALID where the key is empty or too long. An empty one is a client's mistake: it would be one key for all its requests. */
export function keyRefusals(key: string | null | undefined): Refusal[] {
  const field = ['input', 'idempotencyKey'];
  if (key === '') return [refusal('INVALID', 'booking.idempotencyKeyEmpty', field)];
  if (key == null || key.length <= MAX_KEY_CHARACTERS) return [];
  return [refusal('INVALID', 'booking.idempotencyKeyTooLong', field, { max: MAX_KEY_CHARACTERS })];
}

/** The key was used with other input. */
export const keyMismatch = (): Refusal =>
  refusal('IDEMPOTENCY_MISMATCH', 'booking.idempotencyMismatch', ['input', 'idempotencyKey']);
