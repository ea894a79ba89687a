/**
 * Bounds concurrent writers per resource in this process. The resource's lock (`lockBookingParties`) serializes them anyway, but a
 * request that waits here takes no connection, so a hot resource leaves the pool to the others.
 */
import { busy } from '@libs/outcome/apiErrors';

/** Per resource: one with its lock, and one to take it next. */
const MAX_WRITERS = 2;
/** Per resource; further requests are refused at once. */
const MAX_QUEUED_WRITERS = 126;
/** For all resources of a request. */
const MAX_WRITER_WAIT_MS = 4_000;

export type Bulkhead = {
  /** Throws SERVICE_UNAVAILABLE if a queue is full: check it before gathering anything. */
  requireCapacity(resourceIds: readonly string[]): void;
  /** Whether anything writes to one of them. */
  isBusy(resourceIds: readonly string[]): boolean;
  /**
   * Runs `work` once it may write to all of `resourceIds`. Throws SERVICE_UNAVAILABLE instead if a queue is full or the wait
   * exceeds MAX_WRITER_WAIT_MS.
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
      const timer = setTimeout(
        () => {
          waiting.delete(admit);
          reject(busy(new Error(`waited too long for resource ${id}`)));
        },
        Math.max(0, deadlineMs - performance.now()),
      );
      waiting.add(admit);
    });
  }

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
    isBusy: (resourceIds) => resourceIds.some((id) => compartments.has(id)),
    async run(resourceIds, work) {
      const deadlineMs = performance.now() + limits.maxWaitMs;
      const entered: string[] = [];
      try {
        // In one order, to exclude deadlocks.
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
