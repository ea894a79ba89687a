/**
 * Top-level errors at the front door: what a subgraph said in the contract's codes goes on as it is; all else is one of ours or
 * masked. Nothing names a subgraph, its address or its plan.
 */
import { HeaderMap } from '@apollo/server';
import { formatError } from '@libs/graphql/formatErrors';
import { readsStatus } from '@libs/graphql/httpStatus';
import { API_ERROR_CODES, ApiError, type ApiErrorCode } from '@libs/outcome/apiErrors';
import { DEFAULT_LANGUAGE, message } from '@libs/outcome/messages';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { GatewayContext } from './context.ts';

type ErrorContext = Pick<GatewayContext, 'language' | 'traceId' | 'log' | 'signal' | 'hidesSuggestions'>;

/** HTTP's word for an error that stops a whole request, for clients that accept application/graphql-response+json. */
export const HTTP_STATUS: Partial<Record<ApiErrorCode, number>> = {
  BAD_USER_INPUT: 400,
  UNAUTHENTICATED: 401,
  RATE_LIMITED: 429,
  QUERY_TOO_COMPLEX: 400,
  SERVICE_UNAVAILABLE: 503,
};

/** A subgraph's codes for input that it could not read: a malformed scalar in a literal, which the gateway passes on. */
const CLIENT_CODES: ReadonlySet<unknown> = new Set(['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED']);

/** Codes whose sentence a subgraph has already said for people. */
const PASSED_ON: ReadonlySet<unknown> = new Set(
  API_ERROR_CODES.filter((code) => code !== 'INTERNAL_SERVER_ERROR'),
);

/**
 * `error` as one that stops the whole request before anything runs. Its HTTP status is 200 with application/json, whose status
 * says nothing about GraphQL (GraphQL over HTTP §6.4.1), else the code's own.
 */
export function refuseRequest(
  error: ApiError,
  accept: string | undefined,
  headers: Record<string, string> = {},
): GraphQLError {
  const status = (readsStatus(accept) && HTTP_STATUS[error.code]) || 200;
  const http = { status, headers: new HeaderMap(Object.entries(headers)) };
  return new GraphQLError(error.message, { originalError: error, extensions: { code: error.code, http } });
}

/** The path as far as it names a place: the executor writes '@' for 'each of this list'. */
const pathOf = (path: GraphQLError['path']): GraphQLError['path'] => {
  const end = path?.indexOf('@') ?? -1;
  return end < 0 ? path : path!.slice(0, end);
};

function ofSubgraph(error: GraphQLError, context: ErrorContext): GraphQLFormattedError {
  const path = pathOf(error.path);
  const code = CLIENT_CODES.has(error.extensions['code']) ? 'BAD_USER_INPUT' : error.extensions['code'];
  if (error.originalError instanceof ApiError) {
    const { message: text, extensions } = formatError(error, context);
    return { message: text, ...(path ? { path } : {}), extensions };
  }
  if (PASSED_ON.has(code)) {
    return {
      message: error.message,
      ...(path ? { path } : {}),
      extensions: { code, traceId: context.traceId },
    };
  }
  context.log.warn(
    { err: error.originalError, path, traceId: context.traceId },
    'a subgraph answered with an internal error',
  );
  return internal(context, path);
}

function internal({ language, traceId }: ErrorContext, path?: GraphQLError['path']): GraphQLFormattedError {
  return {
    message: message('api.internal', language ?? DEFAULT_LANGUAGE),
    ...(path ? { path } : {}),
    extensions: { code: 'INTERNAL_SERVER_ERROR', traceId },
  };
}

/** One error for the client. */
export function formatGatewayError(error: unknown, context: ErrorContext): GraphQLFormattedError {
  if (!(error instanceof GraphQLError)) {
    context.log.error({ err: error, traceId: context.traceId }, 'internal error');
    return internal(context);
  }
  // The executor marks what came from a subgraph.
  if (error.extensions['serviceName'] !== undefined) return ofSubgraph(error, context);
  const { originalError } = error;
  if (originalError && !(originalError instanceof GraphQLError)) {
    context.log.error({ err: originalError, traceId: context.traceId }, 'internal error');
    return internal(context, error.path);
  }
  return formatError(error, context);
}
