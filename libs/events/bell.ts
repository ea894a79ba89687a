/**
 * The doorbell of this process: rung after each commit that announced something, so that the relay beside it looks at once.
 * A process that committed has its own relay, so nothing needs to be told to other processes; polling covers a missed ring.
 */
const listeners = new Set<() => void>();

export function ringBell(): void {
  for (const listener of listeners) listener();
}

/** Calls `listener` at each ring; returns how to stop that. */
export function onBell(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
