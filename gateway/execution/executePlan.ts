/**
 * Executes Apollo's query plans, as `@apollo/gateway` does, without its spans and traces, and without visiting JSON that a subgraph has
 * written for the client (docs/decisions/0043-plain-data-is-written-once.md).
 */
import type { FetchNode, PlanNode, ResponsePath, SubscriptionNode } from '@apollo/query-planner';
import { GraphQLError, Kind, type GraphQLFormattedError, type GraphQLSchema } from 'graphql';
import type { GatewayContext } from '../context.ts';
import type { SubgraphSource } from '../upstream/dataSource.ts';
import { mergeData, ownValue, readField, rewriteData, selectData, type Data } from './data.ts';
import type { PlannedOperation } from './planner.ts';
import type { Variables } from './selections.ts';

export type Sources = Readonly<Record<string, Pick<SubgraphSource, 'process'>>>;

export type ExecutionResult = {
  data?: Data | null;
  errors?: readonly GraphQLError[];
  extensions?: { valueCompletion: readonly GraphQLError[] };
};

type Execution = {
  sources: Sources;
  supergraphSchema: GraphQLSchema;
  variables: Variables;
  context: GatewayContext;
  operation: PlannedOperation['operation'];
  fetched: Data;
  errors: GraphQLError[];
};

/** The data that a node works on: an object, or for a path through lists the objects in them. */
type Cursor = { path: ResponsePath; data: unknown };

/** `variables` must be valid. Errors are not formatted. */
export async function executePlan(
  { plan, operation, shape }: PlannedOperation,
  request: Pick<Execution, 'sources' | 'supergraphSchema' | 'variables' | 'context'>,
): Promise<ExecutionResult> {
  const fetched = Object.create(null) as Data;
  const errors: GraphQLError[] = [];
  const execution = { ...request, operation, fetched, errors };
  if (plan.node) await executeNode(execution, plan.node, { path: [], data: fetched });
  const { data, problems } = shape(fetched, request.variables);
  if (errors.length > 0) return { errors, data };
  return problems.length > 0 ? { data, extensions: { valueCompletion: problems } } : { data };
}

async function executeNode(
  execution: Execution,
  node: PlanNode | SubscriptionNode,
  cursor: Cursor,
): Promise<void> {
  switch (node.kind) {
    case 'Sequence':
      for (const one of node.nodes) await executeNode(execution, one, cursor);
      return;
    case 'Parallel':
      await Promise.all(node.nodes.map(async (one) => executeNode(execution, one, cursor)));
      return;
    case 'Flatten': {
      const data = dataAt(cursor.data, node.path);
      if (data) await executeNode(execution, node.node, { path: [...cursor.path, ...node.path], data });
      return;
    }
    case 'Fetch':
      try {
        await executeFetch(execution, node, cursor);
      } catch (error) {
        execution.errors.push(error as GraphQLError);
      }
      return;
    case 'Condition': {
      const branch = conditionOf(execution, node.condition) ? node.ifClause : node.elseClause;
      if (branch) await executeNode(execution, branch, cursor);
      return;
    }
    default:
      throw new Error(`a plan has a node of kind ${node.kind}`);
  }
}

/** '@' stands for each element of a list. */
function dataAt(data: unknown, [first, ...rest]: ResponsePath): unknown {
  if (first === undefined || data === undefined || data === null) return data;
  if (first === '@') return (data as unknown[]).flatMap((element) => dataAt(element, rest));
  return dataAt(readField(data as Data, String(first)), rest);
}

function conditionOf({ variables, operation }: Execution, name: string): boolean {
  const given = ownValue(variables, name);
  if (given !== undefined) return given === true;
  const definition = operation.variableDefinitions?.find(({ variable }) => variable.name.value === name);
  return definition?.defaultValue?.kind === Kind.BOOLEAN && definition.defaultValue.value;
}

async function executeFetch(execution: Execution, fetch: FetchNode, { path, data }: Cursor): Promise<void> {
  const { supergraphSchema } = execution;
  const entities = (Array.isArray(data) ? data : [data]).filter((one) => one != null) as Data[];
  if (entities.length === 0) return;
  const variables = Object.create(null) as Data;
  for (const name of fetch.variableUsages ?? []) {
    const value = ownValue(execution.variables, name);
    if (value !== undefined) variables[name] = value;
  }
  if (!fetch.requires) {
    const answer = await send(execution, fetch, variables, () => path);
    rewriteData(supergraphSchema, fetch.outputRewrites, answer);
    for (const entity of entities) mergeData(entity, answer);
    return;
  }
  const representations: Data[] = [];
  const requested: Data[] = [];
  for (const entity of entities) {
    const representation = selectData(supergraphSchema, entity, fetch.requires);
    if (!representation?.['__typename']) continue;
    rewriteData(supergraphSchema, fetch.inputRewrites, representation);
    representations.push(representation);
    requested.push(entity);
  }
  if (representations.length === 0) return;
  if ('representations' in variables) throw new Error('a variable cannot be called "representations"');
  const paths = entityPaths(path, execution.fetched);
  const answer = await send(execution, fetch, { ...variables, representations }, paths);
  if (!answer) return;
  const found = answer['_entities'];
  if (!Array.isArray(found) || found.length !== representations.length)
    throw new Error(`${fetch.serviceName} answered without ${representations.length} entities`);
  for (const [index, entity] of requested.entries()) {
    const more = found[index] as Data | null;
    if (more && !more['__typename']) more['__typename'] = entity['__typename'];
    rewriteData(supergraphSchema, fetch.outputRewrites, more);
    mergeData(entity, more);
  }
}

/** The path of an entity, by its index. */
type PathOf = (index: number | undefined) => ResponsePath;

async function send(
  { sources, context, errors }: Execution,
  { serviceName, operation, operationName }: FetchNode,
  variables: Data,
  pathOf: PathOf,
): Promise<Data | null | undefined> {
  const source = sources[serviceName];
  if (!source) throw new Error(`There is no subgraph ${serviceName}`);
  const answer = await source.process({ request: { query: operation, variables, operationName }, context });
  for (const error of answer.errors ?? []) errors.push(subgraphError(error, serviceName, variables, pathOf));
  return answer.data;
}

/** A subgraph's error with its path in the client's answer. */
function subgraphError(
  error: GraphQLFormattedError,
  serviceName: string,
  variables: Data,
  pathOf: PathOf,
): GraphQLError {
  const { message, path, extensions } = error;
  const isEntity = 'representations' in variables && typeof path?.[1] === 'number';
  const clientPath = isEntity
    ? [...pathOf(path[1] as number), ...path.slice(2)]
    : path && [...pathOf(undefined), ...path];
  return new GraphQLError(message || `Error while fetching subquery from service "${serviceName}"`, {
    originalError: error as Error,
    path: clientPath,
    extensions: { code: 'DOWNSTREAM_SERVICE_ERROR', ...extensions, serviceName },
  });
}

/** Where the entities at `path` are. Found when an error needs it. */
function entityPaths(path: ResponsePath, fetched: Data): PathOf {
  let found: ResponsePath[] | undefined;
  return (index) => {
    if (index === undefined) return path;
    found ??= [...pathsTo(fetched, path)];
    return found[index] ?? [];
  };
}

function* pathsTo(data: unknown, path: ResponsePath, before: ResponsePath = []): Generator<ResponsePath> {
  const [first, ...rest] = path;
  if (data === null || data === undefined) return;
  if (first === undefined) {
    yield before;
  } else if (Array.isArray(data)) {
    const after = first === '@' ? rest : path;
    for (const [index, element] of data.entries()) yield* pathsTo(element, after, [...before, index]);
  } else {
    yield* pathsTo(ownValue(data as Data, String(first)), rest, [...before, first]);
  }
}
