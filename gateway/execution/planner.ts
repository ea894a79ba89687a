/** Plans operations with Apollo's query planner, each once: plans live as long as their documents. */
import { operationFromDocument } from '@apollo/federation-internals';
import type { QueryPlan, QueryPlanner } from '@apollo/query-planner';
import {
  getOperationAST,
  Kind,
  type DefinitionNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { queryPlans } from '../gatewayMetrics.ts';
import type { LoadedSupergraph } from '../upstream/supergraphFile.ts';
import { answerShape, type AnswerShape } from './answerShape.ts';

export type PlannedOperation = {
  operation: OperationDefinitionNode;
  plan: QueryPlan;
  shape: AnswerShape;
};

export type Planner = {
  /** The API schema. */
  schema: GraphQLSchema;
  /** Includes what only subgraphs see. */
  supergraphSchema: GraphQLSchema;
  /** Requires an operation that is valid in `schema`. */
  plan(document: DocumentNode, operationName: string | null | undefined): PlannedOperation;
};

export const isFragment = (node: DefinitionNode): node is FragmentDefinitionNode =>
  node.kind === Kind.FRAGMENT_DEFINITION;

/** `apollo`: called when an operation is planned for the first time. */
export function queryPlanner({ supergraph }: LoadedSupergraph, apollo: () => QueryPlanner): Planner {
  const api = supergraph.apiSchema();
  const schema = api.toGraphQLJSSchema();
  const planned = new WeakMap<DocumentNode, Map<string | undefined, PlannedOperation>>();

  function plan(document: DocumentNode, operationName: string | undefined): PlannedOperation {
    const operation = getOperationAST(document, operationName);
    if (!operation) throw new Error('the document has no such operation');
    return {
      operation,
      plan: apollo().buildQueryPlan(operationFromDocument(api, document, { operationName })),
      shape: answerShape(schema, operation, document.definitions.filter(isFragment)),
    };
  }

  return {
    schema,
    supergraphSchema: supergraph.schema.toGraphQLJSSchema(),
    plan(document, operationName) {
      const name = operationName ?? undefined;
      const known = planned.get(document)?.get(name);
      queryPlans.inc({ result: known ? 'hit' : 'miss' });
      if (known) return known;
      const made = plan(document, name);
      planned.set(document, (planned.get(document) ?? new Map()).set(name, made));
      return made;
    },
  };
}
