import { randomInt } from 'node:crypto';
import { isPortFree } from '@scripts/dev/servers/ports';

/** Below the ports of outgoing connections and of servers on port 0 (from 32,768 on Linux), which come and go all the time. */
const FIRST_PORT = 20_000;
const PORTS_PER_WORKER = 1_000;

let count = randomInt(PORTS_PER_WORKER);

/**
 * A port for a process that the test is going to start. Tests that run at the same time have other ports: a system would otherwise
 * take another's process for its own. Vitest's own process, which starts the shared federation, counts as worker 0.
 */
export async function testPort(): Promise<number> {
  const first = FIRST_PORT + Number(process.env['VITEST_POOL_ID'] ?? 0) * PORTS_PER_WORKER;
  for (;;) {
    count = (count + 1) % PORTS_PER_WORKER;
    const port = first + count;
    if (await isPortFree(port)) return port;
  }
}
