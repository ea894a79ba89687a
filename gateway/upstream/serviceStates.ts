import type { SubgraphRoute, SubgraphRoutes } from './subgraphRoutes.ts';

/** How long states are cached, so that reloads put no load on subgraphs. */
const STATE_CACHE_MS = 2_000;
/** Short, because load balancers wait only a second or more for our own /ready. */
const READY_TIMEOUT_MS = 700;

export type ServiceState = { service: string; state: 'ready' | 'not_ready' | 'unreachable' };

/** Foreign subgraphs have no /ready: they are ready if they answer a query. */
const QUERY = {
  method: 'POST',
  headers: { 'content-type': 'application/json', accept: 'application/json' },
  body: JSON.stringify({ query: '{ __typename }' }),
};

async function stateOf(service: string, { url, isForeign }: SubgraphRoute): Promise<ServiceState> {
  try {
    const answer = await fetch(isForeign ? url : new URL('/ready', url), {
      ...(isForeign ? QUERY : {}),
      signal: AbortSignal.timeout(READY_TIMEOUT_MS),
      redirect: 'error',
    });
    await answer.body?.cancel();
    return { service, state: answer.ok ? 'ready' : 'not_ready' };
  } catch {
    return { service, state: 'unreachable' };
  }
}

/** The states of the subgraphs, cached for STATE_CACHE_MS. */
export function serviceStates(routes: SubgraphRoutes): () => Promise<ServiceState[]> {
  let last: { fetchedAtMs: number; states: Promise<ServiceState[]> } | undefined;
  return () => {
    if (!last || performance.now() - last.fetchedAtMs > STATE_CACHE_MS) {
      const states = Promise.all(Object.entries(routes).map(([service, route]) => stateOf(service, route)));
      last = { fetchedAtMs: performance.now(), states };
    }
    return last.states;
  };
}
