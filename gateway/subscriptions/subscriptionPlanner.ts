/**
 * Plans subscriptions with Apollo's query planner: one subgraph sends the events (`primary`), others add their fields (`rest`).
 * Apollo's executor refuses subscriptions, so each event runs as a query plan whose primary fetch the event itself answers.
 */
import { buildOperationContext, executeQueryPlan } from '@apollo/gateway';
import { operationFromDocument } from '@apollo/federation-internals';
import { QueryPlanner } from '@apollo/query-planner';
import type { DocumentNode, GraphQLError, GraphQLSchema } from 'graphql';
import type { GatewayContext } from '../context.ts';
import { foreignFields, type ForeignFields } from '../limits/foreignFields.ts';
import { batchedEntityFetches } from '../upstream/batchEntityFetches.ts';
import type { SubgraphSource } from '../upstream/dataSource.ts';
import type { LoadedSupergraph } from '../upstream/supergraphFile.ts';

/** Answers the primary fetch with the event; not a valid subgraph name. */
const EVENT = '<event>';

type ExecuteQueryPlanArgs = Parameters<typeof executeQueryPlan>;
export type Variables = Record<string, unknown>;

/** An event of a subgraph, or its completed form. */
export type ExecutionResult = { data?: Record<string, unknown> | null; errors?: readonly GraphQLError[] };

export type PrimaryFetch = {
  service: string;
  query: string;
  operationName: string | undefined;
  /** Only the variables that it uses. */
  variables: Variables;
};

export type SubscriptionPlan = {
  primary(variables: Variables): PrimaryFetch;
  /** Adds the fields of other subgraphs, fetched for all events together. Errors are not formatted. */
  complete(
    events: readonly ExecutionResult[],
    variables: Variables,
    context: GatewayContext,
  ): Promise<ExecutionResult[]>;
};

export type SubscriptionPlanner = {
  /** The API schema. */
  schema: GraphQLSchema;
  foreignFields: ForeignFields;
  /** Requires a subscription that is valid in `schema`. */
  plan(document: DocumentNode, operationName: string | undefined): SubscriptionPlan;
};

export function subscriptionPlanner(
  { sdl, supergraph }: LoadedSupergraph,
  sources: ReadonlyMap<string, SubgraphSource>,
): SubscriptionPlanner {
  const planner = new QueryPlanner(supergraph);
  const api = supergraph.apiSchema();
  const schema = api.toGraphQLJSSchema();
  const supergraphSchema = supergraph.schema.toGraphQLJSSchema();

  return {
    schema,
    foreignFields: foreignFields(sdl),
    plan(document, operationName) {
      const operation = operationFromDocument(api, document, { operationName });
      const { node } = planner.buildQueryPlan(operation);
      if (node?.kind !== 'Subscription') throw new Error(`planned as ${node?.kind}, not as a subscription`);
      const { primary, rest } = node;
      const event = { ...primary, serviceName: EVENT };
      const plan: ExecuteQueryPlanArgs[0] = {
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
                  request as unknown as ExecuteQueryPlanArgs[2],
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
