/**
 * Bounds how many requests of this process write to one resource at once. The resource's lock in the database (`lockBookingParties`)
 * serializes them anyway; waiting here instead takes no connection, so a hot resource leaves the pool to the others.
 */
import { busy } from '@libs/outcome/apiErrors';

/** Concurrent transactions per resource: one with its lock, and one to take it next. */
export const MAX_WRITERS = 2;
/** Maximum queue length per resource; further requests are refused at once. */
export const MAX_QUEUED_WRITERS = 126;
/** Maximum wait for all resources of a request, in milliseconds. */
export const MAX_WRITER_WAIT_MS = 4_000;

export type Bulkhead = {
  /** Throws SERVICE_UNAVAILABLE if a queue is full. Checked first, it makes refusals cheap. */
  requireCapacity(resourceIds: readonly string[]): void;
  /**
   * Runs `work` once it may write to all of `resourceIds`; with none, at once. Throws SERVICE_UNAVAILABLE, without running it, if a
   * queue is full or the wait takes longer than MAX_WRITER_WAIT_MS.
   */
  run<T>(resourceIds: readonly string[], work: () => Promise<T>): Promise<T>;
};

type Compartment = { writers: number; waiting: Set<() => void> };

export function bulkhead(
  limits = { maxWriters: MAX_WRITERS, maxWaiting: MAX_QUEUED_WRITERS, maxWaitMs: MAX_WRITER_WAIT_MS },
): Bulkhead {
  const compartments = new Map<string, Compartment>();

  function requireCapacity(resourceIds: readonly string[]): void {
    for (const id of resourceIds) {
      const waiting = compartments.get(id)?.waiting.size ?? 0;
      if (waiting >= limits.maxWaiting) throw busy(new Error(`${waiting} wait for resource ${id}`));
    }
  }

  async function enter(id: string, deadlineMs: number): Promise<void> {
    const compartment = compartments.get(id) ?? { writers: 0, waiting: new Set() };
    const { waiting } = compartment;
    compartments.set(id, compartment);
    if (compartment.writers < limits.maxWriters) {
      compartment.writers += 1;
      return;
    }
    requireCapacity([id]);
    await new Promise<void>((resolve, reject) => {
      const admit = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        waiting.delete(admit);
        reject(busy(new Error(`waited too long for resource ${id}`)));
      }, deadlineMs - performance.now());
      waiting.add(admit);
    });
  }

  /** Passes the permit to the request that has waited longest. */
  function leave(id: string): void {
    const compartment = compartments.get(id)!;
    const [next] = compartment.waiting;
    if (next) {
      compartment.waiting.delete(next);
      next();
      return;
    }
    compartment.writers -= 1;
    if (compartment.writers === 0) compartments.delete(id);
  }

  return {
    requireCapacity,
    async run(resourceIds, work) {
      const deadlineMs = performance.now() + limits.maxWaitMs;
      const entered: string[] = [];
      try {
        // In the same order for every request, so that no two wait for each other.
        for (const id of [...new Set(resourceIds)].sort()) {
          await enter(id, deadlineMs);
          entered.push(id);
        }
        return await work();
      } finally {
        for (const id of entered) leave(id);
      }
    },
  };
}
