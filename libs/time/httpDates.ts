import { Temporal } from 'temporal-polyfill';

// IMF-fixdate, the only form that senders may generate (RFC 9110 §5.6.7).
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** Parses 'Sun, 06 Nov 1994 08:49:37 GMT'; undefined for any other text. */
export function parseHttpDate(text: string): Temporal.Instant | undefined {
  const ms = HTTP_DATE.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(ms) ? undefined : Temporal.Instant.fromEpochMilliseconds(ms);
}
