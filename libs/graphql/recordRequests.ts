/** What a subgraph's logs and metrics say about an operation (libs/runtime/requests.ts). */
import type { ApolloServerPlugin } from '@apollo/server';
import { Kind, type OperationDefinitionNode } from 'graphql';
import type { RequestContext } from './context.ts';

const SEVERAL = 'several';
const ENTITIES = '_entities';

/** Names come from clients; root fields from the schema. */
function rootFieldOf({ selectionSet }: OperationDefinitionNode): string {
  const [first, ...others] = selectionSet.selections;
  return first?.kind === Kind.FIELD && others.length === 0 ? first.name.value : SEVERAL;
}

/** Runs after the errors are formatted. */
export const recordRequests: ApolloServerPlugin<RequestContext> = {
  async requestDidStart({ contextValue: { record, caller } }) {
    if (!record) return undefined;
    record.caller = caller;
    return {
      async didResolveOperation({ operation }) {
        if (!operation) return;
        const field = rootFieldOf(operation);
        record.operation = field;
        record.class = field === ENTITIES ? 'entities' : operation.operation;
      },
      async willSendResponse({ response: { body } }) {
        const errors = body.kind === 'single' ? body.singleResult.errors : undefined;
        record.codes = (errors ?? []).map(({ extensions }) => String(extensions?.['code']));
      },
    };
  },
};
