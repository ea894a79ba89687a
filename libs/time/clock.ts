/** The only place where the present is read. A request reads it once, and passes it on as `now`. */
import { Temporal } from 'temporal-polyfill';

export type Clock = { now(): Temporal.Instant };

/** The machine's clock, to the millisecond (what Postgres, JSON and cursors carry without loss). */
export const systemClock: Clock = {
  now: () => Temporal.Instant.fromEpochMilliseconds(Date.now()),
};

/** A clock that stands still until it is set; for tests. */
export function fixedClock(start: string): Clock & { set(instant: string): void } {
  let current = Temporal.Instant.from(start);
  return {
    now: () => current,
    set: (instant) => {
      current = Temporal.Instant.from(instant);
    },
  };
}

/** Milliseconds since 1970 for measuring spans and setting expiries. */
export const epochMs = (): number => Date.now();
