/**
 * Bounds how many requests of this process write to one resource at once. They come one by one there anyway, by the resource's lock in
 * the database (`lockBookingParties`); those that wait for it here rather than there need no connection, so that however many want one
 * resource, requests for all others keep theirs.
 */
import { busy } from '@libs/outcome/apiErrors';

/** Transactions for one resource at once: one that holds its lock, and one that takes it next. */
const MAX_WRITERS = 2;
/** Requests that may wait for one resource; more are refused at once. */
export const MAX_QUEUED_WRITERS = 126;
/** How long a request may wait for its resources, in milliseconds. */
const MAX_WRITER_WAIT_MS = 4_000;

export type Bulkhead = {
  /** SERVICE_UNAVAILABLE where `run` would refuse at once: asked before anything is gathered, a refusal costs next to nothing. */
  requireCapacity(resourceIds: readonly string[]): void;
  /**
   * Runs `work` once it may write to all of `resourceIds`; with none, at once. SERVICE_UNAVAILABLE, without having run it, where too
   * many wait for one of them or it would wait for too long.
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

  /** The one that has waited longest takes the place over. */
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
        // In one order for everybody, so that no two wait for each other.
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
