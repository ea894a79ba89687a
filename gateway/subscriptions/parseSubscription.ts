/** Parses and validates a client's subscription, and derives its sharing group. */
import { createHash, randomUUID } from 'node:crypto';
import { documentCache } from '@libs/graphql/documentCache';
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
  type ArgumentNode,
  type DocumentNode,
  type FieldNode,
  type OperationDefinitionNode,
} from 'graphql';
import type { GatewayContext } from '../context.ts';
import { CLIENT_PARSE_OPTIONS, isTooComplex } from '../limits/limits.ts';
import { queryCost, type QueryCost } from '../limits/queryCost.ts';
import type { Variables } from '../execution/selections.ts';
import type { SubscriptionPlan, SubscriptionPlanner } from './subscriptionPlanner.ts';
import { beginsWithState, PERSONAL_FIELDS, scopeOf } from './sharingScope.ts';

/** The cursor argument of resumable fields. Its cursors are the subgraph's resume tokens. */
const AFTER = 'after';

export type SubscribeRequest = {
  query: string | undefined;
  operationName?: string | null | undefined;
  variables?: Variables | null | undefined;
};

export type ParsedSubscription = {
  /** Equal keys get equal answers from now on, whatever their cursors. */
  key: string;
  /** The cursor to start after; undefined starts now. */
  after: string | undefined;
  /** Whether it begins with the whole state: see `sharingScope.ts`. */
  beginsWithState: boolean;
  /** Planned on first use, since planning is slow. Throws GraphQLErrors. */
  plan: () => SubscriptionPlan;
  variables: Variables;
  cost: QueryCost;
};

type ParsedDocument = {
  document: DocumentNode;
  operation: OperationDefinitionNode;
  name: string | undefined;
  field: FieldNode | undefined;
  /** The document without its `after`. */
  printed: string;
  /** The variable of `after`; null if the document also uses it elsewhere. */
  afterVariable: string | undefined | null;
  /** Whether an answer depends on who the caller is, so that callers with equal rights may not share it. */
  isPersonal: boolean;
  plan: () => SubscriptionPlan;
};

/** The operation's only field, unless it is in a fragment. */
function fieldOf({ selectionSet }: OperationDefinitionNode): FieldNode | undefined {
  const [field, ...more] = selectionSet.selections;
  return field?.kind === Kind.FIELD && more.length === 0 ? field : undefined;
}

const afterArgumentOf = (field: FieldNode | undefined): ArgumentNode | undefined =>
  field?.arguments?.find(({ name }) => name.value === AFTER);

function parseDocument(
  planner: SubscriptionPlanner,
  query: string,
  operationName: string | null | undefined,
): ParsedDocument {
  const document = parse(query, CLIENT_PARSE_OPTIONS);
  const errors = validate(planner.schema, document);
  if (errors.length > 0) throw new AggregateError(errors);
  const operation = getOperationAST(document, operationName);
  if (!operation) throw new GraphQLError('The document has no such operation.');
  if (operation.operation !== 'subscription')
    throw new GraphQLError('Only subscriptions are served here; send others by POST.');
  const field = fieldOf(operation);
  const argument = afterArgumentOf(field);
  const variable = argument?.value.kind === Kind.VARIABLE ? argument.value.name.value : undefined;
  let uses = 0;
  let isPersonal = false;
  visit(document, {
    Variable: ({ name }) => void (name.value === variable && (uses += 1)),
    Field: ({ name }) => void (isPersonal ||= PERSONAL_FIELDS.has(name.value)),
  });
  const withoutAfter = visit(document, {
    Argument: (node) => (node === argument ? null : undefined),
    VariableDefinition: (node) => (node.variable.name.value === variable ? null : undefined),
  });
  let plan: SubscriptionPlan | undefined;
  const name = operation.name?.value;
  return {
    document,
    operation,
    name,
    field,
    isPersonal,
    printed: print(withoutAfter),
    // Two uses: the variable's definition and the argument.
    afterVariable: uses > 2 ? null : variable,
    plan: () => (plan ??= planner.plan(document, name)),
  };
}

function documentParser(planner: SubscriptionPlanner) {
  const documents = documentCache<ParsedDocument>();
  return (query: string, operationName: string | null | undefined): ParsedDocument => {
    const key = JSON.stringify([query, operationName]);
    const known = documents.get(key);
    if (known) return known;
    const parsed = parseDocument(planner, query, operationName);
    documents.set(key, parsed, parsed.document);
    return parsed;
  };
}

/** The cursor as text; a cursor may be a number. */
function afterOf({ field }: ParsedDocument, variables: Variables): string | undefined {
  const argument = afterArgumentOf(field);
  const value = argument && valueFromASTUntyped(argument.value, variables);
  if (value == null) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function sharingKey(
  { printed, name, field, afterVariable, isPersonal }: ParsedDocument,
  variables: Variables,
  { caller, language }: GatewayContext,
): string {
  const others = { ...variables };
  if (afterVariable) delete others[afterVariable];
  const parts: unknown[] = [printed, name, others, language, scopeOf(caller, field?.name.value ?? '')];
  if (isPersonal && 'sessionId' in caller) parts.push(caller.sessionId);
  // Not shared: its start is unknown (the field is in a fragment), or its cursor has another use.
  if (!field || afterVariable === null) parts.push(randomUUID());
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64');
}

/** The parser throws GraphQLErrors and ApiErrors, or an AggregateError of several. */
export function subscriptionParser(
  planner: SubscriptionPlanner,
): (request: SubscribeRequest, context: GatewayContext) => ParsedSubscription {
  const { schema, foreignFields } = planner;
  const documentOf = documentParser(planner);

  return ({ query, operationName, variables: rawVariables }, context) => {
    if (query === undefined) throw new GraphQLError('A document is needed.');
    const tooDeep = depthRefusal(query, rawVariables);
    if (tooDeep) throw tooDeep;
    const parsed = documentOf(query, operationName);
    const { document, operation } = parsed;
    const cost = queryCost(schema, document, operation, rawVariables ?? {}, foreignFields);
    // Slot limits apply to one request, so an event may use them in one place only.
    if (isTooComplex(cost) || cost.availabilityFetches > 1) {
      throw new ApiError('QUERY_TOO_COMPLEX', 'api.tooComplex');
    }
    const coerced = getVariableValues(schema, operation.variableDefinitions ?? [], rawVariables ?? {});
    if (coerced.errors) throw new AggregateError(coerced.errors);
    const variables = coerced.coerced;
    return {
      key: sharingKey(parsed, variables, context),
      after: afterOf(parsed, variables),
      beginsWithState: beginsWithState(parsed.field?.name.value),
      plan: parsed.plan,
      variables,
      cost,
    };
  };
}
