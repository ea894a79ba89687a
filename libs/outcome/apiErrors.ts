/** The contract's top-level errors, thrown before anything is written and translated when the response is formatted. */
import { GraphQLError } from 'graphql';
import { message, type Language, type MessageKey, type MessageParams } from './messages.ts';

export const API_ERROR_CODES = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'BAD_USER_INPUT',
  'RATE_LIMITED',
  'QUERY_TOO_COMPLEX',
  'SERVICE_UNAVAILABLE',
  'INTERNAL_SERVER_ERROR',
] as const;
export type ApiErrorCode = (typeof API_ERROR_CODES)[number];

export class ApiError extends GraphQLError {
  readonly code: ApiErrorCode;
  readonly key: MessageKey;
  readonly params: MessageParams;

  constructor(
    code: ApiErrorCode,
    key: MessageKey,
    params: MessageParams = {},
    options?: { cause?: unknown; retryAfterSeconds?: number },
  ) {
    const { retryAfterSeconds } = options ?? {};
    super(message(key, 'en', params), {
      extensions: { code, ...(retryAfterSeconds ? { retryAfterSeconds } : {}) },
    });
    this.name = 'ApiError';
    this.code = code;
    this.key = key;
    this.params = params;
    if (options?.cause !== undefined) this.cause = options.cause;
  }

  in(language: Language): string {
    return message(this.key, language, this.params);
  }
}

export const unauthenticated = (key: MessageKey = 'api.unauthenticated'): ApiError =>
  new ApiError('UNAUTHENTICATED', key);
export const forbidden = (key: MessageKey = 'api.forbidden'): ApiError => new ApiError('FORBIDDEN', key);
/** Malformed requests; domain rules return refusals instead. */
export const badUserInput = (key: MessageKey, params?: MessageParams): ApiError =>
  new ApiError('BAD_USER_INPUT', key, params);
/** The client has asked for too much; it may ask again after `retryAfterSeconds`. */
export const rateLimited = (retryAfterSeconds: number): ApiError =>
  new ApiError('RATE_LIMITED', 'api.rateLimited', {}, { retryAfterSeconds });
/** Contention; nothing was written, so the client may retry. `cause` is only logged. */
export const busy = (cause?: unknown): ApiError =>
  new ApiError('SERVICE_UNAVAILABLE', 'api.busy', {}, { cause });
/** A dependency does not respond. */
export const unavailable = (cause?: unknown): ApiError =>
  new ApiError('SERVICE_UNAVAILABLE', 'api.unavailable', {}, { cause });
