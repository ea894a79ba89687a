/** Errors of HTTP rather than GraphQL, answered as GraphQL errors in the client's language. */
import { ApiError, type ApiErrorCode } from '@libs/outcome/apiErrors';
import {
  DEFAULT_LANGUAGE,
  languageOf,
  message,
  type Language,
  type MessageKey,
} from '@libs/outcome/messages';
import type { Log } from '@libs/telemetry/log';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** The request's trace id, for support; on every answer. */
export const TRACE_ID_HEADER = 'x-trace-id';

/** By the code of Fastify's error. */
const MESSAGES: Readonly<Record<string, MessageKey>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'api.bodyMalformed',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'api.bodyMalformed',
  FST_ERR_CTP_BODY_TOO_LARGE: 'api.bodyTooLarge',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'api.mediaTypeUnknown',
};

/** Malformed JSON, a body too large, an unknown path. `maxBodyBytes` is the limit that a message names. */
export function answerHttpErrors(app: FastifyInstance, log: Log, maxBodyBytes: number): void {
  const bodyOf = (reply: FastifyReply, code: ApiErrorCode, text: string) => {
    const traceId = String(reply.getHeader(TRACE_ID_HEADER));
    return { errors: [{ message: text, extensions: { code, traceId } }] };
  };
  app.setErrorHandler<Error & { statusCode?: number; code?: string }>((error, request, reply) => {
    const status = error.statusCode ?? 500;
    const language = clientLanguage(request);
    if (status < 500) {
      const key = MESSAGES[error.code ?? ''];
      const known = key && message(key, language, { max: maxBodyBytes });
      const text = error instanceof ApiError ? error.in(language) : (known ?? error.message);
      return reply.code(status).send(bodyOf(reply, 'BAD_USER_INPUT', text));
    }
    log.error({ err: error, traceId: reply.getHeader(TRACE_ID_HEADER) }, 'internal error');
    return reply.code(500).send(bodyOf(reply, 'INTERNAL_SERVER_ERROR', message('api.internal', language)));
  });
  app.setNotFoundHandler((request, reply) => {
    const isStream = request.url.split('?')[0] === '/graphql/stream';
    const text = message(isStream ? 'api.streamByPost' : 'api.unknownPath', clientLanguage(request));
    return reply.code(404).send(bodyOf(reply, 'BAD_USER_INPUT', text));
  });
}

const clientLanguage = ({ headers }: FastifyRequest): Language =>
  languageOf(headers['accept-language']) ?? DEFAULT_LANGUAGE;
