/** Overload of a process, and its capacity then; see `admission.ts`. */
import type { Log } from '@libs/telemetry/log';

/** A queue that does not empty for this long means overload. */
export const MAX_BURST_MS = 500;
/** Overload ends once no request has had to queue for this long. */
export const OVERLOAD_RECOVERY_MS = 1_000;
/** Factor by which service times may exceed those of quiet times under overload. */
const OVERLOAD_SLOWDOWN = 2;
/** Lower bound of concurrency under overload. */
export const MIN_CONCURRENT_REQUESTS = 5;
/** Up to this many running requests, the process counts as quiet. */
export const MAX_QUIET_REQUESTS = 8;
const THROUGHPUT_WINDOW_MS = 250;
/** Weight of one request in the moving average. */
const BASELINE_WEIGHT = 0.02;

/** Detects the start and end of overload, and logs both. */
export function overloadDetector(log: Log) {
  let isOverloaded = false;
  let nonEmptySinceMs: number | undefined;
  let lastExcessAtMs = 0;
  let refusals = 0;
  return {
    isOverloaded: () => isOverloaded,
    update(queueLength: number): void {
      const nowMs = performance.now();
      if (!isOverloaded && nonEmptySinceMs !== undefined && nowMs - nonEmptySinceMs > MAX_BURST_MS) {
        isOverloaded = true;
        refusals = 0;
        log.warn('overloaded: requests are refused');
      } else if (isOverloaded && queueLength === 0 && nowMs - lastExcessAtMs > OVERLOAD_RECOVERY_MS) {
        isOverloaded = false;
        log.warn({ refused: refusals }, 'no longer overloaded');
      }
    },
    /** A request could not be served at once. */
    recordExcess(): void {
      lastExcessAtMs = performance.now();
    },
    recordQueued(): void {
      nonEmptySinceMs ??= performance.now();
    },
    recordEmptyQueue(): void {
      nonEmptySinceMs = undefined;
    },
    recordRefusal(): void {
      refusals += 1;
    },
  };
}

/** Estimates how many requests can run at once without exceeding OVERLOAD_SLOWDOWN. */
export function concurrencyEstimate() {
  let window = { startMs: 0, completed: 0 };
  let completedPerMs = 0;
  let quietServiceMs = 0;
  return {
    /** Little's law: concurrency is throughput times service time. */
    limit(max: number): number {
      const estimate = Math.round(completedPerMs * quietServiceMs * OVERLOAD_SLOWDOWN);
      return Math.min(Math.max(estimate, MIN_CONCURRENT_REQUESTS), max);
    },
    recordCompletion(tookMs: number, isQuiet: boolean): void {
      if (isQuiet) quietServiceMs += (tookMs - quietServiceMs) * BASELINE_WEIGHT;
      window.completed += 1;
      const nowMs = performance.now();
      const windowMs = nowMs - window.startMs;
      if (windowMs <= THROUGHPUT_WINDOW_MS) return;
      completedPerMs = window.completed / windowMs;
      window = { startMs: nowMs, completed: 0 };
    },
  };
}
