/**
 * The doorbell of this process: rung after each commit that left something to deliver, so that the worker beside it
 * looks at once. Polling finds what other processes left.
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
