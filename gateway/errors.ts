/**
 * Errors for clients. The contract's codes pass through; everything unexpected is logged and masked. Nothing reveals a subgraph's
 * name, address or plan.
 */
import { HeaderMap } from '@apollo/server';
import { formatError } from '@libs/graphql/formatErrors';
import { readsStatus } from '@libs/graphql/httpStatus';
import { API_ERROR_CODES, ApiError, type ApiErrorCode } from '@libs/outcome/apiErrors';
import { DEFAULT_LANGUAGE, message, type MessageKey } from '@libs/outcome/messages';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { GatewayContext } from './context.ts';

type ErrorContext = Pick<
  GatewayContext,
  'language' | 'traceId' | 'log' | 'signal' | 'hidesSuggestions' | 'deniedSession'
>;

/** HTTP status of a refused request, if the client accepts application/graphql-response+json. */
export const HTTP_STATUS: Partial<Record<ApiErrorCode, number>> = {
  BAD_USER_INPUT: 400,
  UNAUTHENTICATED: 401,
  RATE_LIMITED: 429,
  QUERY_TOO_COMPLEX: 400,
  SERVICE_UNAVAILABLE: 503,
};

/** A subgraph's codes that are the client's fault: only the subgraph can check scalars in literals. */
const CLIENT_CODES: ReadonlySet<unknown> = new Set(['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED']);

/** Subgraph errors with these codes have messages for clients. */
const PASSED_ON: ReadonlySet<unknown> = new Set(
  API_ERROR_CODES.filter((code) => code !== 'INTERNAL_SERVER_ERROR'),
);

/** Retry-After, of an error that says when to ask again (RFC 9110 §10.2.3). */
export const retryHeader = ({ extensions }: ApiError): [name: string, value: string][] => {
  const seconds = extensions['retryAfterSeconds'];
  return typeof seconds === 'number' ? [['retry-after', String(seconds)]] : [];
};

/** 200 for clients that read application/json (GraphQL over HTTP §6.4.1), else from HTTP_STATUS. */
export const statusOf = ({ code }: ApiError, accept: string | undefined): number =>
  (readsStatus(accept) && HTTP_STATUS[code]) || 200;

/** Refuses a whole request before anything runs; status 200 for application/json (GraphQL over HTTP §6.4.1), else from HTTP_STATUS. */
export function refuseRequest(error: ApiError, accept: string | undefined): GraphQLError {
  const http = { status: statusOf(error, accept), headers: new HeaderMap(retryHeader(error)) };
  return new GraphQLError(error.message, { originalError: error, extensions: { code: error.code, http } });
}

/** The path up to '@', the executor's placeholder for each item of a list. */
const pathOf = (path: GraphQLError['path']): GraphQLError['path'] => {
  const end = path?.indexOf('@') ?? -1;
  return end < 0 ? path : path!.slice(0, end);
};

function formatSubgraphError(error: GraphQLError, context: ErrorContext): GraphQLFormattedError {
  const path = pathOf(error.path);
  const code = CLIENT_CODES.has(error.extensions['code']) ? 'BAD_USER_INPUT' : error.extensions['code'];
  if (error.originalError instanceof ApiError) {
    const { message: text, extensions } = formatError(error, context);
    return { message: text, ...(path ? { path } : {}), extensions };
  }
  if (PASSED_ON.has(code)) {
    const reason = code === 'UNAUTHENTICATED' && context.deniedSession;
    const { retryAfterSeconds } = error.extensions;
    return {
      message: reason ? reason.in(context.language ?? DEFAULT_LANGUAGE) : error.message,
      ...(path ? { path } : {}),
      extensions: {
        code,
        traceId: context.traceId,
        ...(typeof retryAfterSeconds === 'number' ? { retryAfterSeconds } : {}),
      },
    };
  }
  context.log.warn(
    { err: error.originalError, path, traceId: context.traceId },
    'a subgraph answered with an internal error',
  );
  return internalError(context, path);
}

function internalError(
  { language, traceId }: ErrorContext,
  path?: GraphQLError['path'],
): GraphQLFormattedError {
  return {
    message: message('api.internal', language ?? DEFAULT_LANGUAGE),
    ...(path ? { path } : {}),
    extensions: { code: 'INTERNAL_SERVER_ERROR', traceId },
  };
}

/** Messages of Apollo Server and graphql-js about what is not supported. */
const UNSUPPORTED: readonly [RegExp, MessageKey][] = [
  [/^Operation batching disabled/, 'api.noBatches'],
  [/^Unknown directive "@(?:defer|stream)"/, 'api.noIncrementalDelivery'],
];

export function formatGatewayError(error: unknown, context: ErrorContext): GraphQLFormattedError {
  if (!(error instanceof GraphQLError)) {
    context.log.error({ err: error, traceId: context.traceId }, 'internal error');
    return internalError(context);
  }
  // The executor sets serviceName on a subgraph's errors.
  if (error.extensions['serviceName'] !== undefined) return formatSubgraphError(error, context);
  const { originalError } = error;
  if (originalError && !(originalError instanceof GraphQLError)) {
    context.log.error({ err: originalError, traceId: context.traceId }, 'internal error');
    return internalError(context, error.path);
  }
  const formatted = formatError(error, context);
  const [, key] = UNSUPPORTED.find(([pattern]) => pattern.test(error.message)) ?? [];
  return key ? { ...formatted, message: message(key, context.language ?? DEFAULT_LANGUAGE) } : formatted;
}
