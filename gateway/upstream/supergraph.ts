import { readFileSync } from 'node:fs';
import { ApolloGateway } from '@apollo/gateway';
import { silenceApolloTelemetry } from '@libs/runtime/apolloTelemetry';
import { subscriptionPlanner, type SubscriptionPlanner } from '../subscriptions/subscriptionPlanner.ts';
import { connectUpstream, type Upstream } from '../subscriptions/upstream.ts';
import { batchedWithinRequests } from './batchEntityFetches.ts';
import { subgraphSource, type SubgraphSource } from './dataSource.ts';

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

/** The supergraph that `npm run compose` writes. */
export const composedSupergraph = (): string =>
  readFileSync(new URL('../supergraph.graphql', import.meta.url), 'utf8');

/**
 * The gateway over a composed supergraph. `urls` are the subgraphs' addresses by name; those in the supergraph are for development.
 * Throws if one is missing.
 */
export function federatedGateway(
  supergraphSdl: string,
  urls: Readonly<Record<string, string>>,
): FederatedGateway {
  silenceApolloTelemetry();
  const sources = new Map<string, SubgraphSource>();
  const addresses: Record<string, string> = {};
  const gateway = new ApolloGateway({
    supergraphSdl,
    experimental_approximateQueryPlanStoreMiB: PLAN_CACHE_MIB,
    buildService: ({ name }) => {
      const address = urls[name];
      if (!address)
        throw new Error(`The subgraph ${name} has no address: set ${name.toUpperCase()}_SERVICE_URL`);
      addresses[name] = address;
      const source = subgraphSource(address);
      sources.set(name, source);
      return batchedWithinRequests(source);
    },
  });
  const upstream = connectUpstream(addresses);
  return {
    gateway,
    planner: subscriptionPlanner(supergraphSdl, sources),
    upstream,
    stalled: () => [...sources.values()].reduce((sum, source) => sum + source.stalled(), 0),
    async close() {
      await upstream.close();
      await Promise.all([...sources.values()].map((source) => source.close()));
    },
  };
}
