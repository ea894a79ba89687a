/**
 * Traffic shaping: spreads the operations of a key evenly over time. After a burst, each starts once those before it are paid for at its rate (GCRA, the
 * generic cell rate algorithm, ITU-T I.371). Each process shapes by itself.
 */
const MS_PER_MINUTE = 60_000;
/** What a key may use at once after a pause, in time at its rate. */
export const BURST_MS = 200;
/** An operation that would wait longer is refused. */
export const MAX_SHAPING_WAIT_MS = 5_000;
/** Keys that have nothing to pay are forgotten once there are so many. */
const MAX_KEYS = 10_000;

export type TrafficShaper = {
  /** Milliseconds until an operation of `key` may start; 0: now. */
  waitMs(key: string): number;
  /** Delays later operations until `points` more are paid for at `perMinute`. */
  add(key: string, points: number, perMinute: number): void;
};

/** `nowMs`: a monotonic clock. */
export function trafficShaper(nowMs: () => number): TrafficShaper {
  /** When everything that has been started is paid for. */
  const paidAtMs = new Map<string, number>();

  function purgePaid(): void {
    const now = nowMs();
    for (const [key, atMs] of paidAtMs) if (atMs <= now) paidAtMs.delete(key);
  }

  return {
    waitMs: (key) => Math.max(0, (paidAtMs.get(key) ?? 0) - BURST_MS - nowMs()),
    add(key, points, perMinute) {
      if (paidAtMs.size >= MAX_KEYS) purgePaid();
      const startMs = Math.max(paidAtMs.get(key) ?? 0, nowMs());
      paidAtMs.set(key, startMs + (points / perMinute) * MS_PER_MINUTE);
    },
  };
}
