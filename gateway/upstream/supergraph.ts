import { ApolloGateway } from '@apollo/gateway';
import { silenceApolloTelemetry } from '@libs/runtime/apolloTelemetry';
import { subscriptionPlanner, type SubscriptionPlanner } from '../subscriptions/subscriptionPlanner.ts';
import { connectUpstream, type Upstream } from '../subscriptions/upstream.ts';
import { batchedWithinRequests } from './batchEntityFetches.ts';
import { subgraphSource, type SubgraphSource } from './dataSource.ts';
import type { SubgraphRoutes } from './subgraphRoutes.ts';
import type { LoadedSupergraph } from './supergraphFile.ts';

const PLAN_CACHE_MIB = 50;

export type FederatedGateway = {
  gateway: ApolloGateway;
  /** Plans subscriptions, which Apollo's gateway does not; usable once the gateway is loaded. */
  planner: SubscriptionPlanner;
  upstream: Upstream;
  /** Fetches waiting for unresponsive subgraphs. */
  stalled(): number;
  close(): Promise<void>;
};

/** The gateway over a supergraph, with a route for each of its subgraphs. */
export function federatedGateway(loaded: LoadedSupergraph, routes: SubgraphRoutes): FederatedGateway {
  silenceApolloTelemetry();
  const sources = new Map<string, SubgraphSource>();
  const gateway = new ApolloGateway({
    supergraphSdl: loaded.sdl,
    experimental_approximateQueryPlanStoreMiB: PLAN_CACHE_MIB,
    buildService: ({ name }) => {
      const route = routes[name];
      if (!route) throw new Error(`The subgraph ${name} has no route`);
      const source = subgraphSource(route);
      sources.set(name, source);
      return batchedWithinRequests(source);
    },
  });
  const upstream = connectUpstream(routes);
  return {
    gateway,
    planner: subscriptionPlanner(loaded, sources),
    upstream,
    stalled: () => [...sources.values()].reduce((sum, source) => sum + source.stalled(), 0),
    async close() {
      await upstream.close();
      await Promise.all([...sources.values()].map((source) => source.close()));
    },
  };
}
