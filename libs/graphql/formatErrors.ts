/** Formats top-level errors by the contract: a code, the trace id, a message in the caller's language, no internal details. */
import { ApolloServerErrorCode } from '@apollo/server/errors';
import type { ApolloServerPlugin } from '@apollo/server';
import { isConflictOfTransactions, isLockTimeout } from '@libs/db/constraints';
import { API_ERROR_CODES, ApiError, busy, unavailable, type ApiErrorCode } from '@libs/outcome/apiErrors';
import { DEFAULT_LANGUAGE, message, type Language } from '@libs/outcome/messages';
import type { GraphQLError, GraphQLFormattedError } from 'graphql';
import { languageFor, type RequestContext } from './context.ts';

/** GraphQL's own refusals of a request, whose messages are safe to show. */
const CLIENT_CODES: ReadonlySet<unknown> = new Set([
  ApolloServerErrorCode.GRAPHQL_PARSE_FAILED,
  ApolloServerErrorCode.GRAPHQL_VALIDATION_FAILED,
  ApolloServerErrorCode.BAD_USER_INPUT,
  ApolloServerErrorCode.BAD_REQUEST,
  ApolloServerErrorCode.OPERATION_RESOLUTION_FAILURE,
]);

/** Sent unchanged: automatic persisted queries depend on them. */
const PROTOCOL_CODES: ReadonlySet<unknown> = new Set([
  ApolloServerErrorCode.PERSISTED_QUERY_NOT_FOUND,
  ApolloServerErrorCode.PERSISTED_QUERY_NOT_SUPPORTED,
]);

/**
 * Codes of Node and Postgres for a dependency that does not answer, or not in time (57014: a statement's timeout), or that writes nothing
 * (25006: a former primary, or a database that was set read-only).
 */
const OUTAGE =
  /^(ECONN|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EPIPE|CONNECT|CONNECTION_|UND_ERR|08|25006|53|57014|57P0)/;

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

/** A resolver's error as an ApiError; undefined for a bug. */
function apiErrorOf(error: GraphQLError): ApiError | undefined {
  if (error instanceof ApiError) return error;
  const original = error.originalError;
  if (original instanceof ApiError) return original;
  if (isLockTimeout(original) || isConflictOfTransactions(original)) return busy(original);
  return isOutage(original) ? unavailable(original) : undefined;
}

const SUGGESTION = ' Did you mean ';

function withoutSuggestion(text: string): string {
  const start = text.endsWith('?') ? text.lastIndexOf(SUGGESTION) : -1;
  return start < 0 ? text : text.slice(0, start);
}

/** One error for the client. Logs bugs and outages, unless the client's disconnection may have caused them. */
export function formatError(
  error: GraphQLError,
  ctx: Pick<RequestContext, 'language' | 'traceId' | 'log' | 'signal' | 'hidesSuggestions'>,
): GraphQLFormattedError {
  const language = ctx.language ?? DEFAULT_LANGUAGE;
  const location = {
    ...(error.locations ? { locations: error.locations } : {}),
    ...(error.path ? { path: error.path } : {}),
  };
  const answer = (code: string, text: string, more = {}): GraphQLFormattedError => ({
    message: text,
    ...location,
    extensions: { code, traceId: ctx.traceId, ...more },
  });
  const log = (text: string, err: unknown): void => {
    if (!ctx.signal?.aborted) ctx.log.error({ err, path: error.path, traceId: ctx.traceId }, text);
  };
  const text = ctx.hidesSuggestions ? withoutSuggestion(error.message) : error.message;

  const apiError = apiErrorOf(error);
  if (apiError) {
    // Contention is load, not an outage: it needs no operator.
    if (apiError.key === 'api.busy')
      ctx.log.info({ err: apiError.cause, path: error.path, traceId: ctx.traceId }, 'busy');
    else if (apiError.code === 'SERVICE_UNAVAILABLE') log('unavailable', apiError.cause ?? apiError);
    const { retryAfterSeconds } = apiError.extensions;
    return answer(apiError.code, apiError.in(language), retryAfterSeconds ? { retryAfterSeconds } : {});
  }
  const code = error.extensions['code'];
  if (PROTOCOL_CODES.has(code)) return answer(String(code), text);
  // GraphQL's own refusal has no original error, or that of a scalar, without a path.
  const isFromGraphQL = !error.originalError || error.path === undefined;
  if (isFromGraphQL && (CLIENT_CODES.has(code) || (code === undefined && error.path === undefined))) {
    return answer('BAD_USER_INPUT', text);
  }
  if (isFromGraphQL && API_ERROR_CODES.includes(code as ApiErrorCode) && code !== 'INTERNAL_SERVER_ERROR') {
    return answer(String(code), text);
  }
  log('internal error', error.originalError ?? error);
  return answer('INTERNAL_SERVER_ERROR', message('api.internal', language));
}

/** Undefined where nobody should wait for the tenant's: what is unavailable may be what its locale is read from. */
async function languageOfErrors(
  errors: readonly GraphQLError[],
  ctx: RequestContext,
): Promise<Language | undefined> {
  const isUnavailable = errors.some((error) => apiErrorOf(error)?.code === 'SERVICE_UNAVAILABLE');
  return isUnavailable ? ctx.language : languageFor(ctx);
}

/** The errors of one answer, in the language of Accept-Language, else in that of the caller's tenant. */
export async function formatErrors(
  errors: readonly GraphQLError[],
  ctx: RequestContext,
): Promise<GraphQLFormattedError[]> {
  const { traceId, log, signal, hidesSuggestions } = ctx;
  const language = await languageOfErrors(errors, ctx);
  return errors.map((error) => formatError(error, { language, traceId, log, signal, hidesSuggestions }));
}

/** A plugin, since Apollo's own `formatError` option does not get the request's context. */
export const formatErrorsPlugin: ApolloServerPlugin<RequestContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ errors, response, contextValue }) {
        if (!errors || response.body.kind !== 'single') return;
        response.body.singleResult.errors = await formatErrors(errors, contextValue);
      },
    };
  },
};
