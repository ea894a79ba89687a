/**
 * Idempotency keys of createBooking: a repeated request returns the first result. A key belongs to a tenant and caller, and is
 * stored with its result in one transaction; a refused request stores nothing.
 */
import { createHash } from 'node:crypto';
import type { BookingRow, HoldRow, SeriesRow, StoredSkip } from '@drizzle/booking/tables';
import type { TenantId } from '@libs/auth/tenantId';
import type { Queryable, Tx } from '@libs/db/inTransaction';
import { purgeOlderThan } from '@libs/queue/claims';
import { done, refusal, refusedFor, type Conflict, type Outcome, type Refusal } from '@libs/outcome/outcome';
import { formatInstant, toInstant } from '@libs/time/instants';
import { Temporal } from 'temporal-polyfill';
import type { CreateBookingInput, CreateHoldInput, ExtendBookingSeriesInput } from '../../generated.ts';
import { holdById } from '../../holds/holdAccess.ts';
import { canonicalJson } from '../canonicalJson.ts';
import type { LeftOutOccurrence } from '../skipConflicts.ts';
import { findBookings, seriesByIdOfAllTenants } from '../store.ts';

const MAX_KEY_CHARACTERS = 200;
const KEY_LIFE_HOURS = 24;

export type KeyedRequest = { callerId: string; key: string; inputHash: string; now: Temporal.Instant };
/** By start. */
export type CreatedBookings = {
  bookings: BookingRow[];
  series: SeriesRow | null;
  /** By start; what the series leaves out. */
  skipped: LeftOutOccurrence[];
};

/**
 * SHA-256 in hex, equal for inputs that mean the same: with or without defaults, and with times in whatever form. `zone` is the tenant's.
 */
export function inputHash(
  input: CreateBookingInput,
  people: Pick<BookingRow, 'userId' | 'clientId'>,
  zone: string,
): string {
  const { resourceId, notes, recurrence, seats, additionalResources, metadata, override } = input;
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
      ...withoutDefaults([
        [recurrence.count ?? null, null],
        [[...new Set(recurrence.exceptDates?.map((date) => date.toString()))].sort(), []],
        [recurrence.onConflict ?? 'REFUSE', 'REFUSE'],
      ]),
    ],
    ...withoutDefaults([
      [seats ?? 1, 1],
      [(additionalResources ?? []).map((one) => [one.resourceId, one.seats ?? 1]), []],
      [canonicalJson(metadata ?? {}), '{}'],
      [override ? [[...new Set(override.rules)].sort(), override.reason] : null, null],
    ]),
  ];
  return createHash('sha256').update(JSON.stringify(meaning)).digest('hex');
}

/** The same of a hold. No booking's input has the same hash. */
export function holdInputHash(
  input: CreateHoldInput,
  people: Pick<BookingRow, 'userId' | 'clientId'>,
  zone: string,
): string {
  const { seats, additionalResources, override } = input;
  const asBooking = inputHash(
    { ...input, resourceId: input.resourceId ?? '', seats, additionalResources, override },
    people,
    zone,
  );
  return createHash('sha256')
    .update(JSON.stringify(['hold', asBooking, input.seconds ?? null]))
    .digest('hex');
}

/** The same of more occurrences of a series. */
export function extensionHash(
  { seriesId, endDate, count, onConflict }: ExtendBookingSeriesInput,
  zone: string,
): string {
  const end = endDate ? toInstant(endDate, zone) : null;
  const meaning = ['extension', seriesId, end, count ?? null, onConflict ?? 'REFUSE'];
  return createHash('sha256').update(JSON.stringify(meaning)).digest('hex');
}

/** None if all have their default, so that the hash is that of a release which did not know them. */
function withoutDefaults(values: readonly (readonly [value: unknown, byDefault: unknown])[]): unknown[] {
  const isDefault = values.every(([value, byDefault]) => JSON.stringify(value) === JSON.stringify(byDefault));
  return isDefault ? [] : values.map(([value]) => value);
}

/** INVALID for an empty key, which careless clients would share among all requests, or one over MAX_KEY_CHARACTERS. */
export function keyRefusals(key: string | null | undefined): Refusal[] {
  const field = ['input', 'idempotencyKey'];
  if (key === '') return [refusal('INVALID', 'booking.idempotencyKeyEmpty', field)];
  if (key == null || key.length <= MAX_KEY_CHARACTERS) return [];
  return [refusal('INVALID', 'booking.idempotencyKeyTooLong', field, { max: MAX_KEY_CHARACTERS })];
}

export const keyMismatch = (): Refusal =>
  refusal('IDEMPOTENCY_MISMATCH', 'booking.idempotencyMismatch', ['input', 'idempotencyKey']);

/** What an earlier request with this key created, in its current state. Refuses IDEMPOTENCY_MISMATCH if its input was different. */
export async function earlierResult(
  tenantId: TenantId,
  db: Queryable,
  request: KeyedRequest | null,
): Promise<Outcome<CreatedBookings> | undefined> {
  const stored = request && (await storedResult(tenantId, db, request));
  if (!stored) return undefined;
  if (stored.inputHash !== request.inputHash) return refusedFor(tenantId, keyMismatch());
  const bookings = await findBookings(tenantId, db, stored.resultIds);
  const seriesId = bookings[0]?.seriesId;
  const [series] = seriesId ? await seriesByIdOfAllTenants(db, [seriesId]) : [];
  return done({ bookings, series: series ?? null, skipped: (stored.skipped ?? []).map(skippedOf) });
}

/** The hold that an earlier request with this key made. Refuses IDEMPOTENCY_MISMATCH if its input was different. */
export async function earlierHold(
  tenantId: TenantId,
  db: Queryable,
  request: KeyedRequest | null,
): Promise<Outcome<HoldRow> | undefined> {
  const stored = request && (await storedResult(tenantId, db, request));
  if (!stored) return undefined;
  if (stored.inputHash !== request.inputHash) return refusedFor(tenantId, keyMismatch());
  const hold = await holdById(db, stored.resultIds[0]!);
  return hold && done(hold);
}

type StoredResult = { inputHash: string; resultIds: string[]; skipped: StoredSkip[] | null };

async function storedResult(
  tenantId: TenantId,
  db: Queryable,
  { callerId, key, now }: KeyedRequest,
): Promise<StoredResult | undefined> {
  const [stored] = await db.sql<StoredResult[]>`
    select input_hash as "inputHash", result_ids as "resultIds", skipped from idempotency_keys
    where tenant_id = ${tenantId}::uuid and caller_id = ${callerId}::uuid and key = ${key}
      and created_at > ${oldestAlive(now)}::timestamptz`;
  return stored;
}

/** Stores the key, replacing an expired one. Waits for a transaction that stores the same key; false if that one committed. */
export async function claimKey(
  tenantId: TenantId,
  tx: Tx,
  { callerId, key, inputHash, now }: KeyedRequest,
  { resultIds, skipped = [] }: { resultIds: readonly string[]; skipped?: readonly LeftOutOccurrence[] },
): Promise<boolean> {
  const left = skipped.length > 0 ? JSON.stringify(skipped.map(storedSkip)) : null;
  const { count } = await tx.sql`
    insert into idempotency_keys (tenant_id, caller_id, key, input_hash, result_ids, skipped, created_at)
    values (${tenantId}::uuid, ${callerId}::uuid, ${key}, ${inputHash}, ${[...resultIds]}::uuid[], ${left}::text::jsonb,
            ${formatInstant(now)}::timestamptz)
    on conflict (tenant_id, caller_id, key) do update
      set input_hash = excluded.input_hash, result_ids = excluded.result_ids, skipped = excluded.skipped, created_at = excluded.created_at
      where idempotency_keys.created_at <= ${oldestAlive(now)}::timestamptz`;
  return count > 0;
}

const storedSkip = ({ startTime, endTime, refusals }: LeftOutOccurrence): StoredSkip => ({
  startTime: formatInstant(startTime),
  endTime: formatInstant(endTime),
  // JSON has instants as text.
  refusals: refusals.map(({ occurrence: _occurrence, ...one }) => one),
});

type StoredRefusal = Omit<Refusal, 'conflict'> & {
  conflict?: { bookings: StoredTimes[]; holds: StoredTimes[]; remainingSeats: number };
};
type StoredTimes = Record<string, unknown>;

/** Its times are `startTime`, `endTime` and, of a hold, `expiresAt`. */
const withInstants = <T>(stored: StoredTimes): T =>
  Object.fromEntries(
    Object.entries(stored).map(([name, value]) => [
      name,
      /Time$|At$/.test(name) ? Temporal.Instant.from(value as string) : value,
    ]),
  ) as T;

function skippedOf({ startTime, endTime, refusals }: StoredSkip): LeftOutOccurrence {
  const occurrence = { startTime: Temporal.Instant.from(startTime), endTime: Temporal.Instant.from(endTime) };
  return {
    ...occurrence,
    refusals: (refusals as StoredRefusal[]).map(({ conflict, ...one }): Refusal => {
      if (!conflict) return { ...one, occurrence };
      const bookings = conflict.bookings.map((other) => withInstants<Conflict['bookings'][number]>(other));
      const holds = conflict.holds.map((hold) => withInstants<Conflict['holds'][number]>(hold));
      return { ...one, conflict: { ...conflict, bookings, holds } };
    }),
  };
}

/** Purges one batch. Returns whether there may be more. */
export const purgeKeysOfAllTenants = (db: Queryable, now: Temporal.Instant): Promise<boolean> =>
  purgeOlderThan(db, 'idempotency_keys', now.subtract({ hours: KEY_LIFE_HOURS }), {
    key: ['tenant_id', 'caller_id', 'key'],
  });

const oldestAlive = (now: Temporal.Instant): string => formatInstant(now.subtract({ hours: KEY_LIFE_HOURS }));
