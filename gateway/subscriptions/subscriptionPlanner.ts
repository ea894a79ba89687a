/**
 * Plans subscriptions with Apollo's query planner: one subgraph sends the events (`primary`), others add their fields (`rest`). Each event
 * runs as a query plan whose primary fetch the event itself answers.
 */
import type { DocumentNode, GraphQLFormattedError, GraphQLSchema } from 'graphql';
import type { GatewayContext } from '../context.ts';
import { executePlan, type ExecutionResult } from '../execution/executePlan.ts';
import type { PlannedOperation, Planner } from '../execution/planner.ts';
import type { Variables } from '../execution/selections.ts';
import { foreignFields, type ForeignFields } from '../limits/foreignFields.ts';
import { batchedEntityFetches } from '../upstream/batchEntityFetches.ts';
import type { SubgraphSource } from '../upstream/dataSource.ts';
import type { LoadedSupergraph } from '../upstream/supergraphFile.ts';

/** Answers the primary fetch with the event; not a valid subgraph name. */
const EVENT = '<event>';

/** An event of a subgraph. */
export type SubgraphEvent = {
  data?: Record<string, unknown> | null;
  errors?: readonly GraphQLFormattedError[];
};

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
    events: readonly SubgraphEvent[],
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
  { sdl }: LoadedSupergraph,
  planner: Planner,
  sources: ReadonlyMap<string, SubgraphSource>,
): SubscriptionPlanner {
  const { schema, supergraphSchema } = planner;
  return {
    schema,
    foreignFields: foreignFields(sdl),
    plan(document, operationName) {
      const { plan, ...planned } = planner.plan(document, operationName);
      if (plan.node?.kind !== 'Subscription')
        throw new Error(`planned as ${plan.node?.kind}, not as a subscription`);
      const { primary, rest } = plan.node;
      const event = { ...primary, serviceName: EVENT };
      const perEvent: PlannedOperation = {
        ...planned,
        plan: { kind: 'QueryPlan', node: rest ? { kind: 'Sequence', nodes: [event, rest] } : event },
      };
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
          return Promise.all(
            events.map(async (event) =>
              executePlan(perEvent, {
                sources: { ...services, [EVENT]: { process: async () => event } },
                supergraphSchema,
                variables,
                context,
              }),
            ),
          );
        },
      };
    },
  };
}
