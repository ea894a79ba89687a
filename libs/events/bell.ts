/**
 * A doorbell of this process: rung after a commit that left work, so that whoever waits beside looks at once. It tells other
 * processes nothing; those who wait poll as well.
 */
export type Bell = {
  ring(): void;
  /** Calls `listener` at each ring; returns how to stop that. */
  onRing(listener: () => void): () => void;
};

export function createBell(): Bell {
  const listeners = new Set<() => void>();
  return {
    ring: () => listeners.forEach((listener) => listener()),
    onRing(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Rung by `announce`: a process that committed has its own relay, which sends what was announced. */
export const outboxBell = createBell();
