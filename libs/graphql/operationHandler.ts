/**
 * GraphQL over HTTP with Apollo Server. Of a usual request, a POST of one document, its HTTP layer has nothing to check or to choose, and takes
 * half as long as the operation: such a request goes to Apollo's operations at once, any other through the layer.
 */
import { HeaderMap, type ApolloServer, type BaseContext, type GraphQLRequest } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError, type FormattedExecutionResult } from 'graphql';
import { stringifyInChunks } from './stringifyInChunks.ts';

const JSON_TYPE = 'application/json; charset=utf-8';
const GRAPHQL_TYPE = 'application/graphql-response+json; charset=utf-8';
/** What Apollo chooses for the usual Accept headers. */
export const CONTENT_TYPES: ReadonlyMap<string | undefined, string> = new Map([
  [undefined, JSON_TYPE],
  ['*/*', JSON_TYPE],
  ['application/json', JSON_TYPE],
  ['application/graphql-response+json', GRAPHQL_TYPE],
  ['application/graphql-response+json, application/json', GRAPHQL_TYPE],
  // Apollo Client's.
  ['application/graphql-response+json,application/json;q=0.9', GRAPHQL_TYPE],
]);

/** The option of the ApolloServer that `operationHandler` gets: it writes results itself. */
export const leaveResult = async (result: FormattedExecutionResult): Promise<string> =>
  result as unknown as string;

/** Answers a request, whose body is parsed. */
export type OperationHandler<Context> = (
  request: FastifyRequest,
  reply: FastifyReply,
  context: Context,
) => Promise<unknown>;

type Format<Context> = (result: FormattedExecutionResult, context: Context) => FormattedExecutionResult;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The operation of a usual request. Fastify makes objects of JSON only, which a page of another site cannot send without a preflight (CORS). */
function usualOperation({
  method,
  url,
  body,
  headers: { accept },
}: FastifyRequest): GraphQLRequest | undefined {
  if (method !== 'POST' || url.includes('?') || !CONTENT_TYPES.has(accept) || !isRecord(body))
    return undefined;
  const { query, variables = null, operationName = null, extensions = null } = body;
  if (typeof query !== 'string' || (typeof operationName !== 'string' && operationName !== null))
    return undefined;
  if ((variables !== null && !isRecord(variables)) || (extensions !== null && !isRecord(extensions)))
    return undefined;
  return {
    query,
    ...(operationName === null ? {} : { operationName }),
    ...(variables === null ? {} : { variables }),
    ...(extensions === null ? {} : { extensions }),
    // Nothing reads other headers.
    http: { method, search: '', body, headers: new HeaderMap(accept ? [['accept', accept]] : []) },
  };
}

async function run<Context extends BaseContext>(
  apollo: ApolloServer<Context>,
  operation: GraphQLRequest,
  reply: FastifyReply,
  contextValue: Context,
): Promise<FormattedExecutionResult> {
  try {
    const { body, http } = await apollo.executeOperation(operation, { contextValue });
    if (body.kind !== 'single') throw new Error('results are not incremental');
    for (const [name, value] of http.headers) void reply.header(name, value);
    void reply.code(http.status ?? 200).type(CONTENT_TYPES.get(operation.http?.headers.get('accept'))!);
    const { errors, data, extensions } = body.singleResult;
    return { errors, data, extensions } as FormattedExecutionResult;
  } catch {
    // Apollo has logged it.
    void reply.code(500).type(JSON_TYPE);
    const error = new GraphQLError('Internal server error', {
      extensions: { code: 'INTERNAL_SERVER_ERROR' },
    });
    return { errors: [error] };
  }
}

/** `format` gets each result before it is written, also that of a request that Apollo refuses. */
export function operationHandler<Context extends BaseContext>(
  apollo: ApolloServer<Context>,
  format: Format<Context> = (result) => result,
): OperationHandler<Context> {
  return async (request, reply, context) => {
    const operation = usualOperation(request);
    const answer = operation
      ? await run(apollo, operation, reply, context)
      : await fastifyApolloHandler(apollo, { context: async () => context }).call(
          request.server,
          request,
          reply,
        );
    // A page for people is text.
    return typeof answer === 'string' || answer === reply
      ? answer
      : stringifyInChunks(format(answer as FormattedExecutionResult, context));
  };
}
