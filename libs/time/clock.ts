/** The only place that reads the current time. A request reads it once. */
import { Temporal } from 'temporal-polyfill';

export type Clock = { now(): Temporal.Instant };

/** To the millisecond: what Postgres, JSON and cursors carry without loss. */
export const systemClock: Clock = {
  now: () => Temporal.Instant.fromEpochMilliseconds(Date.now()),
};

/** For tests. */
export function fixedClock(start: string): Clock & { set(instant: string): void } {
  let current = Temporal.Instant.from(start);
  return {
    now: () => current,
    set: (instant) => {
      current = Temporal.Instant.from(instant);
    },
  };
}

/** For durations and expiries. */
export const epochMs = (): number => Date.now();
