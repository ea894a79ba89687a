const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Delays after the first, second … failure; one more ends the notification, after 21.4 hours in all. */
export const NOTIFICATION_RETRY_DELAYS_MS: readonly number[] = [
  10 * SECOND_MS,
  MINUTE_MS,
  5 * MINUTE_MS,
  20 * MINUTE_MS,
  HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
  11 * HOUR_MS,
];
/** The record of who got which e-mail. */
export const NOTIFICATION_RETENTION_DAYS = 30;
