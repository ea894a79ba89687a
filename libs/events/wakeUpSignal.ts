/**
 * A doorbell of this process: rung after a commit that left work, so that whoever waits beside looks at once. It tells other
 * processes nothing; those who wait poll as well.
 */
export type WakeUpSignal = {
  wakeUp(): void;
  /** Calls `listener` at each ring; returns how to stop that. */
  onWakeUp(listener: () => void): () => void;
};

export function createWakeUpSignal(): WakeUpSignal {
  const listeners = new Set<() => void>();
  return {
    wakeUp: () => listeners.forEach((listener) => listener()),
    onWakeUp(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** Rung by `announce`: a process that committed has its own relay, which sends what was announced. */
export const outboxSignal = createWakeUpSignal();
