/** When failed jobs are retried. Pure. */

/** Random deviation from the schedule, as a fraction of the delay: spreads the retries after an outage. */
export const JITTER = 0.1;

/**
 * The delay before the next attempt after `failures` failed ones, in milliseconds. Undefined once the schedule is exhausted and the job
 * has failed for good. `random` is in [0, 1).
 */
export function retryDelayMs(
  scheduleMs: readonly number[],
  failures: number,
  random: number,
): number | undefined {
  const delayMs = scheduleMs[failures - 1];
  return delayMs === undefined ? undefined : Math.round(delayMs * (1 + JITTER * (2 * random - 1)));
}
