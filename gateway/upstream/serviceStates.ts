/** How each service is, as its /ready says, for the landing page and the gateway's own /ready. */

/** How long an answer is shown to everybody, in milliseconds: who reloads the page does not load the subgraphs. */
export const STATE_CACHE_MS = 2_000;
/** How long a service may take to answer, in milliseconds: a load balancer that asks how we are waits for a second or more. */
const READY_TIMEOUT_MS = 700;

export type ServiceState = { service: string; state: 'ready' | 'not_ready' | 'unreachable' };

async function stateOf(service: string, url: string): Promise<ServiceState> {
  try {
    const answer = await fetch(new URL('/ready', url), {
      signal: AbortSignal.timeout(READY_TIMEOUT_MS),
      redirect: 'error',
    });
    await answer.body?.cancel();
    return { service, state: answer.ok ? 'ready' : 'not_ready' };
  } catch {
    return { service, state: 'unreachable' };
  }
}

/** The states of the services at `urls` (any address of each), asked for at most once in STATE_CACHE_MS. */
export function serviceStates(urls: Readonly<Record<string, string>>): () => Promise<ServiceState[]> {
  let last: { at: number; states: Promise<ServiceState[]> } | undefined;
  return () => {
    if (!last || performance.now() - last.at > STATE_CACHE_MS) {
      const states = Promise.all(Object.entries(urls).map(([service, url]) => stateOf(service, url)));
      last = { at: performance.now(), states };
    }
    return last.states;
  };
}
