/**
 * The pause after a pass of the relay or of a consumer: as long as the pass took, so that passes take at most half of the time and each
 * takes all events that came meanwhile. An event that comes after the pause is handled at once.
 */
import { setTimeout as sleep } from 'node:timers/promises';

const MIN_PAUSE_MS = 2;
/** Also after a pass that took longer, because of a backlog or an outage. */
const MAX_PAUSE_MS = 20;

/** `startedAtMs`: the pass's start, by `performance.now()`. */
export async function pauseAfterPass(startedAtMs: number): Promise<void> {
  const tookMs = performance.now() - startedAtMs;
  await sleep(Math.min(Math.max(tookMs, MIN_PAUSE_MS), MAX_PAUSE_MS));
}
