/** What a client asks to be told: read, checked and bounded, and by what it shares with others. */
import { createHash, randomUUID } from 'node:crypto';
import { depthRefusal } from '@libs/graphql/requestDepth';
import { ApiError } from '@libs/outcome/apiErrors';
import {
  getOperationAST,
  getVariableValues,
  GraphQLError,
  Kind,
  parse,
  print,
  validate,
  valueFromASTUntyped,
  visit,
  type DocumentNode,
  type FieldNode,
  type OperationDefinitionNode,
} from 'graphql';
import type { GatewayContext } from '../context.ts';
import { isTooComplex, MAX_DOCUMENT_TOKENS } from '../limits/limits.ts';
import { queryCost } from '../limits/queryCost.ts';
import type { SubscriptionPlan, SubscriptionPlanner, Variables } from './subscriptionPlanner.ts';
import { scopeOf } from './sharingScope.ts';

/** Documents that are remembered, read and planned. */
const MAX_CACHED_DOCUMENTS = 500;

export type SubscribeRequest = {
  query: string;
  operationName?: string | null | undefined;
  variables?: Variables | null | undefined;
};

export type ParsedSubscription = {
  /** Equal for all who are told the same from now on, wherever they begin. */
  key: string;
  /** The cursor to begin after; undefined: from now on. */
  after: string | undefined;
  plan: SubscriptionPlan;
  variables: Variables;
};

type ParsedDocument = {
  document: DocumentNode;
  node: OperationDefinitionNode;
  name: string | undefined;
  field: FieldNode | undefined;
  /** The document as it would be without its `after`. */
  printed: string;
  /** The variable that `after` is given by; null where more depends on it. */
  afterVariable: string | undefined | null;
  /** Made when it is first run: planning is the dearest part. */
  plan: () => SubscriptionPlan;
};

/** The argument that names a place to begin after, in every field of ours that has places: its cursors are its resume tokens. */
const AFTER = 'after';

/** The operation's one field, where it stands in the operation itself. */
function fieldOf({ selectionSet }: OperationDefinitionNode): FieldNode | undefined {
  const [field, ...more] = selectionSet.selections;
  return field?.kind === Kind.FIELD && more.length === 0 ? field : undefined;
}

/** Reads documents for `planner`; throws GraphQL errors and ApiErrors for what may not run, an AggregateError for several. */
export function subscriptionParser(
  planner: SubscriptionPlanner,
): (request: SubscribeRequest, context: GatewayContext) => ParsedSubscription {
  const { schema } = planner;
  const documents = new Map<string, ParsedDocument>();

  function parseDocument(query: string, operationName: string | null | undefined): ParsedDocument {
    const document = parse(query, { maxTokens: MAX_DOCUMENT_TOKENS });
    const errors = validate(schema, document);
    if (errors.length > 0) throw new AggregateError(errors);
    const node = getOperationAST(document, operationName);
    if (!node) throw new GraphQLError('The document has no such operation.');
    if (node.operation !== 'subscription')
      throw new GraphQLError('Only subscriptions are served here; send others by POST.');
    const field = fieldOf(node);
    const argument = field?.arguments?.find(({ name }) => name.value === AFTER);
    const variable = argument?.value.kind === Kind.VARIABLE ? argument.value.name.value : undefined;
    let uses = 0;
    visit(document, { Variable: ({ name }) => void (name.value === variable && (uses += 1)) });
    const withoutAfter = visit(document, {
      Argument: (one) => (one === argument ? null : undefined),
      VariableDefinition: (one) => (one.variable.name.value === variable ? null : undefined),
    });
    let plan: SubscriptionPlan | undefined;
    const name = node.name?.value;
    return {
      document,
      node,
      name,
      field,
      printed: print(withoutAfter),
      // Its definition and the argument.
      afterVariable: uses > 2 ? null : variable,
      plan: () => (plan ??= planner.plan(document, name)),
    };
  }

  function cachedDocument(query: string, operationName: string | null | undefined): ParsedDocument {
    const key = JSON.stringify([query, operationName]);
    const cached = documents.get(key) ?? parseDocument(query, operationName);
    documents.delete(key);
    documents.set(key, cached);
    if (documents.size > MAX_CACHED_DOCUMENTS) documents.delete(documents.keys().next().value!);
    return cached;
  }

  /** The place that is named, as text; cursors of ours are texts or numbers. */
  function afterOf({ field }: ParsedDocument, variables: Variables): string | undefined {
    const argument = field?.arguments?.find(({ name }) => name.value === AFTER);
    const value = argument && valueFromASTUntyped(argument.value, variables);
    if (value == null) return undefined;
    return typeof value === 'string' ? value : JSON.stringify(value);
  }

  return ({ query, operationName, variables: given }, context) => {
    if (typeof query !== 'string') throw new GraphQLError('A document is needed.');
    const tooDeep = depthRefusal(query, given);
    if (tooDeep) throw tooDeep;
    const cached = cachedDocument(query, operationName);
    const { document, node, field, afterVariable } = cached;
    const measured = queryCost(schema, document, node, given ?? {});
    // Shares of a limit are for one request; what an event asks for may use it in one place.
    if (isTooComplex(measured) || measured.availabilityFetches > 1) {
      throw new ApiError('QUERY_TOO_COMPLEX', 'api.tooComplex');
    }
    const coerced = getVariableValues(schema, node.variableDefinitions ?? [], given ?? {});
    if (coerced.errors) throw new AggregateError(coerced.errors);
    const variables = coerced.coerced;
    const after = afterOf(cached, variables);
    const others = { ...variables };
    if (afterVariable) delete others[afterVariable];
    const { caller, language } = context;
    const sharedParts: unknown[] = [cached.printed, cached.name, others, language];
    sharedParts.push(scopeOf(caller, field?.name.value ?? ''));
    // A field within a fragment, or a cursor that means something else besides: nobody knows where it begins.
    if (!field || afterVariable === null) sharedParts.push(randomUUID());
    const key = createHash('sha256').update(JSON.stringify(sharedParts)).digest('base64');
    return { key, after, plan: cached.plan(), variables };
  };
}
