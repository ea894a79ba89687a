/** How long states are cached, so that reloads put no load on subgraphs. */
const STATE_CACHE_MS = 2_000;
/** Short, because load balancers wait only a second or more for our own /ready. */
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

/** The states of the services at `urls` (any address of each), by /ready; cached for STATE_CACHE_MS. */
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
