/** The state of each service by its /ready, for the landing page and the gateway's own /ready. */

/** How long states are cached, in milliseconds, so that reloads of the page put no load on the subgraphs. */
const STATE_CACHE_MS = 2_000;
/** How long a service may take to answer, in milliseconds: load balancers wait a second or more for our own /ready. */
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

/** The states of the services at `urls` (any address of each), fetched at most once per STATE_CACHE_MS. */
export function serviceStates(urls: Readonly<Record<string, string>>): () => Promise<ServiceState[]> {
  let last: { fetchedAtMs: number; states: Promise<ServiceState[]> } | undefined;
  return () => {
    if (!last || performance.now() - last.fetchedAtMs > STATE_CACHE_MS) {
      const states = Promise.all(Object.entries(urls).map(([service, url]) => stateOf(service, url)));
      last = { fetchedAtMs: performance.now(), states };
    }
    return last.states;
  };
}
