/** Column kinds that carry Temporal values and our ids. */
import { customType, uuid } from 'drizzle-orm/pg-core';
import { Temporal } from 'temporal-polyfill';
import { newId } from './ids.ts';

/** Reads what Postgres prints for a timestamptz in a UTC session: '2025-12-05 14:00:00.123+00'. */
export function instantOfText(text: string): Temporal.Instant {
  return Temporal.Instant.from(text.replace(' ', 'T'));
}

/** timestamptz(3) as Temporal.Instant: milliseconds, as the API shows them. */
export const instant = customType<{ data: Temporal.Instant; driverData: string }>({
  dataType: () => 'timestamp (3) with time zone',
  toDriver: (value) => value.toString(),
  fromDriver: instantOfText,
});

/** A primary key: UUID version 7, made here (RFC 9562). */
export const id = () =>
  uuid()
    .primaryKey()
    .$defaultFn(() => newId());
