/** An operation with one client goes on as that client reads: whoever catches up with much is not cut for being told it fast. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { LiveClient } from './live.ts';

/** What one client may have unread before it is told more, in bytes. */
const READ_BEFORE_MORE_BYTES = 128 * 1024;
/** How long it may take to read, in milliseconds; then it is told more, up to where it is cut. */
const READ_LIMIT_MS = 10_000;
const LOOK_EVERY_MS = 20;

/** Waits for the one who is told; not for one of several, who are not to wait for each other. */
export async function letRead(members: ReadonlySet<{ client: LiveClient }>): Promise<void> {
  const deadline = performance.now() + READ_LIMIT_MS;
  while (members.size === 1 && performance.now() < deadline) {
    const [member] = members;
    if (member!.client.unread() <= READ_BEFORE_MORE_BYTES) return;
    await sleep(LOOK_EVERY_MS);
  }
}
