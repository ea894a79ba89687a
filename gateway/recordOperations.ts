/** What logs and metrics say about an operation (libs/runtime/requests.ts). */
import type { ApolloServerPlugin } from '@apollo/server';
import type { RequestRecord } from '@libs/runtime/requests';
import { Kind, type GraphQLFormattedError, type OperationDefinitionNode } from 'graphql';
import type { GatewayContext } from './context.ts';
import { rootFields } from './gatewayMetrics.ts';
import type { QueryCost } from './limits/queryCost.ts';
import type { OperationNames } from './operationNames.ts';

/** Operations of one class take about as long: a few reads, slots, writes, password hashes. */
function classOf(cost: QueryCost): string {
  if (cost.passwordChecks > 0) return 'password';
  if (cost.mutations > 0) return 'mutation';
  return cost.availabilityDays > 0 ? 'availability' : 'query';
}

export const codesOf = (errors: readonly GraphQLFormattedError[] | undefined): string[] =>
  (errors ?? []).map(({ extensions }) => String(extensions?.['code']));

/** Counts each root field once. Fields in fragments at the root are rare, and left out. */
function countRootFields(
  operation: OperationDefinitionNode,
  errors: readonly GraphQLFormattedError[] | undefined,
): void {
  const failed = new Set((errors ?? []).map(({ path }) => path?.[0]));
  const outcomes = new Map<string, string>();
  for (const selection of operation.selectionSet.selections) {
    if (selection.kind !== Kind.FIELD) continue;
    const isFailed = failed.has(selection.alias?.value ?? selection.name.value);
    if (isFailed || !outcomes.has(selection.name.value))
      outcomes.set(selection.name.value, isFailed ? 'error' : 'ok');
  }
  for (const [field, outcome] of outcomes) rootFields.inc({ field, outcome });
}

export function recordOperations(nameOf: OperationNames): ApolloServerPlugin<GatewayContext> {
  return {
    async requestDidStart({ contextValue }) {
      const { record, caller } = contextValue;
      if (!record) return undefined;
      record.caller = caller;
      return {
        async didResolveOperation({ operation }) {
          record.operation = nameOf(operation?.name?.value);
        },
        async willSendResponse({ operation, response }) {
          const errors = response.body.kind === 'single' ? response.body.singleResult.errors : undefined;
          record.codes = codesOf(errors);
          // Otherwise the whole request was refused.
          const isExecuted = response.body.kind === 'single' && response.body.singleResult.data !== undefined;
          if (operation && isExecuted) countRootFields(operation, errors);
        },
      };
    },
  };
}

export const recordClass = (record: RequestRecord | undefined, cost: QueryCost): void => {
  if (record) record.class = classOf(cost);
};
