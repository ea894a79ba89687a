/** The only place that reads the current time. A request reads it once and passes it on as `now`. */
import { Temporal } from 'temporal-polyfill';

export type Clock = { now(): Temporal.Instant };

/** The machine's clock, to the millisecond: what Postgres, JSON and cursors carry without loss. */
export const systemClock: Clock = {
  now: () => Temporal.Instant.fromEpochMilliseconds(Date.now()),
};

/** A clock that moves only when it is set; for tests. */
export function fixedClock(start: string): Clock & { set(instant: string): void } {
  let current = Temporal.Instant.from(start);
  return {
    now: () => current,
    set: (instant) => {
      current = Temporal.Instant.from(instant);
    },
  };
}

/** Epoch milliseconds, for measuring durations and setting expiries. */
export const epochMs = (): number => Date.now();
