/** The gateway over a supergraph, for Apollo Server and for subscriptions. */
import { ApolloGateway, type GraphQLDataSource } from '@apollo/gateway';
import type { ApolloServerOptionsWithGateway } from '@apollo/server';
import { silenceApolloTelemetry } from '@libs/runtime/apolloTelemetry';
import { getVariableValues, type DocumentNode } from 'graphql';
import type { GatewayContext } from '../context.ts';
import { executePlan, type ExecutionResult } from '../execution/executePlan.ts';
import { queryPlanner } from '../execution/planner.ts';
import { subscriptionPlanner, type SubscriptionPlanner } from '../subscriptions/subscriptionPlanner.ts';
import { connectUpstream, type Upstream } from '../subscriptions/upstream.ts';
import { batchedWithinRequests } from './batchEntityFetches.ts';
import { subgraphSource, type SubgraphSource } from './dataSource.ts';
import type { SubgraphRoutes } from './subgraphRoutes.ts';
import type { LoadedSupergraph } from './supergraphFile.ts';

export type FederatedGateway = {
  /** Queries and mutations, for Apollo Server. */
  gateway: ApolloServerOptionsWithGateway<GatewayContext>['gateway'];
  /** Usable once the gateway is loaded. */
  planner: SubscriptionPlanner;
  upstream: Upstream;
  /** Fetches waiting for unresponsive subgraphs. */
  stalled(): number;
  close(): Promise<void>;
};

/**
 * Apollo's gateway with our executor (decision 43): it loads the supergraph and has the query planner. Requires a route for each of the supergraph's
 * subgraphs.
 */
export function federatedGateway(loaded: LoadedSupergraph, routes: SubgraphRoutes): FederatedGateway {
  silenceApolloTelemetry();
  const sources = new Map<string, SubgraphSource>();
  for (const { name } of loaded.supergraph.subgraphsMetadata()) {
    const route = routes[name];
    if (!route) throw new Error(`The subgraph ${name} has no route`);
    sources.set(name, subgraphSource(name, route));
  }
  const batched = Object.fromEntries(
    [...sources].map(([name, source]) => [name, batchedWithinRequests(source)]),
  );
  const apollo = new ApolloGateway({
    supergraphSdl: loaded.sdl,
    // For the type: its own executor would use them.
    buildService: ({ name }) => batched[name] as unknown as GraphQLDataSource,
  });
  const planner = queryPlanner(loaded, () => apollo['queryPlanner']!);
  const { schema, supergraphSchema } = planner;

  async function execute(
    document: DocumentNode,
    { operationName, variables = {} }: { operationName?: string; variables?: Record<string, unknown> },
    context: GatewayContext,
  ): Promise<ExecutionResult> {
    const planned = planner.plan(document, operationName);
    const { errors } = getVariableValues(schema, planned.operation.variableDefinitions ?? [], variables);
    if (errors) return { errors };
    return executePlan(planned, { sources: batched, supergraphSchema, variables, context });
  }

  const upstream = connectUpstream(routes);
  return {
    gateway: {
      onSchemaLoadOrUpdate: (listener) => apollo.onSchemaLoadOrUpdate(listener),
      async load(options) {
        await apollo.load(options);
        return {
          executor: async ({ document, request, context }) =>
            execute(document, request, context as GatewayContext),
        };
      },
      stop: () => apollo.stop(),
    },
    planner: subscriptionPlanner(loaded, planner, sources),
    upstream,
    stalled: () => [...sources.values()].reduce((sum, source) => sum + source.stalled(), 0),
    async close() {
      await upstream.close();
      await Promise.all([...sources.values()].map((source) => source.close()));
    },
  };
}
