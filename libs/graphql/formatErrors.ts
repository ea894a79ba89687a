/**
 * Top-level errors as the contract has them: one of its codes and the trace id, the sentence in the caller's language, and
 * nothing of what went wrong inside. What is a bug or an outage is logged with the trace id.
 */
import { ApolloServerErrorCode } from '@apollo/server/errors';
import type { ApolloServerPlugin } from '@apollo/server';
import { isLockTimeout } from '@libs/db/constraints';
import { API_ERROR_CODES, ApiError, busy, unavailable, type ApiErrorCode } from '@libs/outcome/apiErrors';
import { DEFAULT_LANGUAGE, message } from '@libs/outcome/messages';
import type { GraphQLError, GraphQLFormattedError } from 'graphql';
import type { RequestContext } from './context.ts';

/** What GraphQL itself refuses: the client's document, variables or request are at fault, and the sentence says how. */
const CLIENT_CODES: ReadonlySet<unknown> = new Set([
  ApolloServerErrorCode.GRAPHQL_PARSE_FAILED,
  ApolloServerErrorCode.GRAPHQL_VALIDATION_FAILED,
  ApolloServerErrorCode.BAD_USER_INPUT,
  ApolloServerErrorCode.BAD_REQUEST,
  ApolloServerErrorCode.OPERATION_RESOLUTION_FAILURE,
]);

/** Left as they are: the protocol of automatic persisted queries depends on them. */
const PROTOCOL_CODES: ReadonlySet<unknown> = new Set([
  ApolloServerErrorCode.PERSISTED_QUERY_NOT_FOUND,
  ApolloServerErrorCode.PERSISTED_QUERY_NOT_SUPPORTED,
]);

/** Errors of Node and of postgres that mean that something we need does not answer. */
const OUTAGE = /^(ECONN|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EPIPE|CONNECT|CONNECTION_|UND_ERR|08|53|57P0)/;

function isOutage(error: unknown): boolean {
  for (
    let e = error as { code?: unknown; cause?: unknown } | undefined, depth = 0;
    e && depth < 5;
    depth += 1
  ) {
    if (typeof e.code === 'string' && OUTAGE.test(e.code)) return true;
    e = e.cause as typeof e;
  }
  return false;
}

/** The error that a resolver threw, as one of ours; undefined where it is a bug. */
function apiErrorOf(error: GraphQLError): ApiError | undefined {
  if (error instanceof ApiError) return error;
  const original = error.originalError;
  if (original instanceof ApiError) return original;
  if (isLockTimeout(original)) return busy(original);
  return isOutage(original) ? unavailable(original) : undefined;
}

/** What GraphQL itself adds to the end of a sentence: names of the schema's that are like the one that was asked for. */
const SUGGESTION = ' Did you mean ';

function withoutSuggestion(sentence: string): string {
  const start = sentence.endsWith('?') ? sentence.lastIndexOf(SUGGESTION) : -1;
  return start < 0 ? sentence : sentence.slice(0, start);
}

/** One error for the client. Bugs and outages are logged, unless the client has gone: then they are what it left behind. */
export function formatError(
  error: GraphQLError,
  ctx: Pick<RequestContext, 'language' | 'traceId' | 'log' | 'signal' | 'hidesSuggestions'>,
): GraphQLFormattedError {
  const language = ctx.language ?? DEFAULT_LANGUAGE;
  const location = {
    ...(error.locations ? { locations: error.locations } : {}),
    ...(error.path ? { path: error.path } : {}),
  };
  const answer = (code: string, text: string): GraphQLFormattedError => ({
    message: text,
    ...location,
    extensions: { code, traceId: ctx.traceId },
  });
  const log = (what: string, err: unknown): void => {
    if (!ctx.signal?.aborted) ctx.log.error({ err, path: error.path, traceId: ctx.traceId }, what);
  };
  const text = ctx.hidesSuggestions ? withoutSuggestion(error.message) : error.message;

  const apiError = apiErrorOf(error);
  if (apiError) {
    // Contention is load, not an outage: nobody has to be called for it.
    if (apiError.key === 'api.busy')
      ctx.log.info({ err: apiError.cause, path: error.path, traceId: ctx.traceId }, 'busy');
    else if (apiError.code === 'SERVICE_UNAVAILABLE') log('unavailable', apiError.cause ?? apiError);
    return answer(apiError.code, apiError.in(language));
  }
  const code = error.extensions['code'];
  if (PROTOCOL_CODES.has(code)) return answer(String(code), text);
  // An error of a resolver has an original; what GraphQL refuses itself has none, or only the scalar's own sentence.
  const isGraphqlsOwn = !error.originalError || error.path === undefined;
  if (isGraphqlsOwn && (CLIENT_CODES.has(code) || (code === undefined && error.path === undefined))) {
    return answer('BAD_USER_INPUT', text);
  }
  if (isGraphqlsOwn && API_ERROR_CODES.includes(code as ApiErrorCode) && code !== 'INTERNAL_SERVER_ERROR') {
    return answer(String(code), text);
  }
  log('internal error', error.originalError ?? error);
  return answer('INTERNAL_SERVER_ERROR', message('api.internal', language));
}

/** Formats a response's errors with the request's language and trace id, which Apollo's own `formatError` is not given. */
export const formatErrorsPlugin: ApolloServerPlugin<RequestContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ errors, response, contextValue }) {
        if (!errors || response.body.kind !== 'single') return;
        response.body.singleResult.errors = errors.map((error) => formatError(error, contextValue));
      },
    };
  },
};
