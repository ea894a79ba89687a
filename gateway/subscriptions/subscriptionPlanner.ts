/**
 * How a subscription runs over the federation, as Apollo's planner plans it: one subgraph tells the events (`primary`), others add
 * to each what was selected of theirs (`rest`). Apollo's executor refuses subscriptions; each event is executed as a sequence of
 * the primary fetch, answered by the event itself, and the rest.
 */
import { buildOperationContext, executeQueryPlan } from '@apollo/gateway';
import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import type { DocumentNode, GraphQLError, GraphQLSchema } from 'graphql';
import type { GatewayContext } from '../context.ts';
import type { SubgraphSource } from '../upstream/dataSource.ts';
import { batchedEntityFetches } from './batchEntityFetches.ts';

/** The name under which an event stands for the subgraph that told it; no subgraph can have it. */
const EVENT = '<event>';

type Executor = Parameters<typeof executeQueryPlan>;
export type Variables = Record<string, unknown>;

/** A subscription's event or answer as a subgraph or the gateway gives it. */
export type ExecutionResult = { data?: Record<string, unknown> | null; errors?: readonly GraphQLError[] };

/** What the subgraph that tells the events is asked. */
export type PrimaryFetch = {
  service: string;
  query: string;
  operationName: string | undefined;
  /** Those of the client's variables that the subgraph needs. */
  variables: Variables;
};

export type SubscriptionPlan = {
  /** What is asked where the client's variables are these. */
  primary(variables: Variables): PrimaryFetch;
  /**
   * Each event with all that other subgraphs add, and errors as they came; asked in the name of `context`, for all events together.
   */
  complete(
    events: readonly ExecutionResult[],
    variables: Variables,
    context: GatewayContext,
  ): Promise<ExecutionResult[]>;
};

export type SubscriptionPlanner = {
  /** The schema that clients see. */
  schema: GraphQLSchema;
  /** Plans a subscription that `schema` has validated. */
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
      const needed = primary.variableUsages ?? [];

      return {
        primary: (variables) => ({
          service: primary.serviceName,
          query: primary.operation,
          operationName: primary.operationName,
          variables: Object.fromEntries(Object.entries(variables).filter(([name]) => needed.includes(name))),
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
