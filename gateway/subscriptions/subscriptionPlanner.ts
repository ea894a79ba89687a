/**
 * Plans subscriptions with Apollo's query planner: one subgraph sends the events (`primary`), others add the selected fields of
 * theirs (`rest`). Apollo's executor refuses subscriptions, so each event is executed as a sequence of the primary fetch, answered
 * by the event itself, and the rest.
 */
import { buildOperationContext, executeQueryPlan } from '@apollo/gateway';
import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import type { DocumentNode, GraphQLError, GraphQLSchema } from 'graphql';
import type { GatewayContext } from '../context.ts';
import { batchedEntityFetches } from '../upstream/batchEntityFetches.ts';
import type { SubgraphSource } from '../upstream/dataSource.ts';

/** The service name that answers the primary fetch with the event; not a valid subgraph name. */
const EVENT = '<event>';

type Executor = Parameters<typeof executeQueryPlan>;
export type Variables = Record<string, unknown>;

/** An event of a subgraph, or its completed form. */
export type ExecutionResult = { data?: Record<string, unknown> | null; errors?: readonly GraphQLError[] };

/** The operation for the subgraph that sends the events. */
export type PrimaryFetch = {
  service: string;
  query: string;
  operationName: string | undefined;
  /** Only the variables that it uses. */
  variables: Variables;
};

export type SubscriptionPlan = {
  /** The primary fetch, with its share of the client's variables. */
  primary(variables: Variables): PrimaryFetch;
  /** Adds the fields of other subgraphs to each event, fetched for all events together. Does not format errors. */
  complete(
    events: readonly ExecutionResult[],
    variables: Variables,
    context: GatewayContext,
  ): Promise<ExecutionResult[]>;
};

export type SubscriptionPlanner = {
  /** The schema that clients see. */
  schema: GraphQLSchema;
  /** Plans a subscription that is valid in `schema`. */
  plan(document: DocumentNode, operationName: string | undefined): SubscriptionPlan;
};

export function subscriptionPlanner(
  supergraphSdl: string,
  sources: ReadonlyMap<string, SubgraphSource>,
): SubscriptionPlanner {
  const supergraph = Supergraph.build(supergraphSdl);
  const planner = new QueryPlanner(supergraph);
  const api = supergraph.apiSchema();
  const schema = api.toGraphQLJSSchema();
  const supergraphSchema = supergraph.schema.toGraphQLJSSchema();

  return {
    schema,
    plan(document, operationName) {
      const operation = operationFromDocument(api, document, { operationName });
      const { node } = planner.buildQueryPlan(operation);
      if (node?.kind !== 'Subscription') throw new Error(`planned as ${node?.kind}, not as a subscription`);
      const { primary, rest } = node;
      const event = { ...primary, serviceName: EVENT };
      const plan: Executor[0] = {
        kind: 'QueryPlan',
        node: rest ? { kind: 'Sequence', nodes: [event, rest] } : event,
      };
      const operationContext = buildOperationContext({ schema, operationDocument: document, operationName });
      const usedVariables = primary.variableUsages ?? [];

      return {
        primary: (variables) => ({
          service: primary.serviceName,
          query: primary.operation,
          operationName: primary.operationName,
          variables: Object.fromEntries(
            Object.entries(variables).filter(([name]) => usedVariables.includes(name)),
          ),
        }),
        complete(events, variables, context) {
          const isBurst = events.length > 1;
          const services = Object.fromEntries(
            [...sources].map(([name, source]) => [name, isBurst ? batchedEntityFetches(source) : source]),
          );
          const request = { request: { variables }, context, logger: context.log, metrics: {} };
          return Promise.all(
            events.map(
              async (event) =>
                (await executeQueryPlan(
                  plan,
                  { ...services, [EVENT]: { process: async () => event } },
                  request as unknown as Executor[2],
                  operationContext,
                  supergraphSchema,
                  api,
                )) as ExecutionResult,
            ),
          );
        },
      };
    },
  };
}
