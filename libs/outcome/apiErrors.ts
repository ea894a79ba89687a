/**
 * The contract's top-level errors. Thrown before anything is written; their sentence is chosen by key when the
 * answer is formatted, in the caller's language.
 */
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

/** A top-level error with one of the contract's codes; `key` and `params` give its sentence. */
export class ApiError extends GraphQLError {
  readonly code: ApiErrorCode;
  readonly key: MessageKey;
  readonly params: MessageParams;

  constructor(
    code: ApiErrorCode,
    key: MessageKey,
    params: MessageParams = {},
    options?: { cause?: unknown },
  ) {
    super(message(key, 'en', params), { extensions: { code } });
    this.name = 'ApiError';
    this.code = code;
    this.key = key;
    this.params = params;
    if (options?.cause !== undefined) this.cause = options.cause;
  }

  /** The sentence for people. */
  in(language: Language): string {
    return message(this.key, language, this.params);
  }
}

/** Who calls must sign in first. */
export const unauthenticated = (key: MessageKey = 'api.unauthenticated'): ApiError =>
  new ApiError('UNAUTHENTICATED', key);
/** Who calls is known, and may not. */
export const forbidden = (key: MessageKey = 'api.forbidden'): ApiError => new ApiError('FORBIDDEN', key);
/** Input that no rule of the domain explains. */
export const badUserInput = (key: MessageKey, params?: MessageParams): ApiError =>
  new ApiError('BAD_USER_INPUT', key, params);
/** Too many want the same thing at once; nothing was written, and the request may be sent again. `cause` goes to the log only. */
export const busy = (cause?: unknown): ApiError =>
  new ApiError('SERVICE_UNAVAILABLE', 'api.busy', {}, { cause });
/** Something that we need does not answer; `cause` goes to the log only. */
export const unavailable = (cause?: unknown): ApiError =>
  new ApiError('SERVICE_UNAVAILABLE', 'api.unavailable', {}, { cause });
