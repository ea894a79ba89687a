import { customType, uuid } from 'drizzle-orm/pg-core';
import { Temporal } from 'temporal-polyfill';
import { newId } from './ids.ts';

/** Parses Postgres's timestamptz output in a UTC session: '2025-12-05 14:00:00.123+00'. */
export function instantOfText(text: string): Temporal.Instant {
  return Temporal.Instant.from(text.replace(' ', 'T'));
}

/** timestamptz(3) as Temporal.Instant: milliseconds, as in the API. */
export const instant = customType<{ data: Temporal.Instant; driverData: string }>({
  dataType: () => 'timestamp (3) with time zone',
  toDriver: (value) => value.toString(),
  fromDriver: instantOfText,
});

/** A UUID for a primary key of several columns. */
export const generatedId = () =>
  uuid()
    .notNull()
    .$defaultFn(() => newId());

export const id = () => generatedId().primaryKey();
