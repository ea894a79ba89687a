/** An operation with one client goes on as that client reads: whoever catches up with much is not cut for being told it fast. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SubscriptionClient } from './subscriptionHub.ts';

/** What one client may have unread before it is told more, in bytes. */
const DRAINED_BYTES = 128 * 1024;
/** How long it may take to read, in milliseconds; then it is told more, up to where it is cut. */
const DRAIN_TIMEOUT_MS = 10_000;
const POLL_MS = 20;

/** Waits for the one who is told; not for one of several, who are not to wait for each other. */
export async function waitForDrain(members: ReadonlySet<{ client: SubscriptionClient }>): Promise<void> {
  const deadline = performance.now() + DRAIN_TIMEOUT_MS;
  while (members.size === 1 && performance.now() < deadline) {
    const [member] = members;
    if (member!.client.unreadBytes() <= DRAINED_BYTES) return;
    await sleep(POLL_MS);
  }
}
