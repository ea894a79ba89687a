/** Fraction by which delays deviate from the schedule, to spread the retries after an outage. */
export const JITTER = 0.1;

/** The delay after `failures` failed attempts, or undefined if the schedule is exhausted. `random` is in [0, 1). */
export function retryDelayMs(
  scheduleMs: readonly number[],
  failures: number,
  random: number,
): number | undefined {
  const delayMs = scheduleMs[failures - 1];
  return delayMs === undefined ? undefined : Math.round(delayMs * (1 + JITTER * (2 * random - 1)));
}
