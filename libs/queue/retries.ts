/** When a job is tried again. Pure. */

/** How far a pause may lie from the schedule's, as a share of it: so that retries after one outage do not all come at once. */
export const JITTER = 0.1;

/**
 * The pause after the last of `failures` failed attempts, in milliseconds: the schedule's, give or take JITTER. Undefined after the
 * last one of the schedule: the job is given up. `random` is in [0, 1).
 */
export function retryDelayMs(
  scheduleMs: readonly number[],
  failures: number,
  random: number,
): number | undefined {
  const delayMs = scheduleMs[failures - 1];
  return delayMs === undefined ? undefined : Math.round(delayMs * (1 + JITTER * (2 * random - 1)));
}
