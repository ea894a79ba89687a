/** So that reloads put no load on subgraphs. */
export const STATE_CACHE_MS = 2_000;
/** Load balancers wait a second or more for our own /ready. */
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

/** By /ready at `urls` (any address of a service), cached for STATE_CACHE_MS. */
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
