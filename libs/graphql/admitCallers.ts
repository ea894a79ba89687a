/** Identifies a request's caller before its body is read: a refused caller learns nothing about the schema. */
import type { Caller } from '@libs/auth/caller';
import { ApiError } from '@libs/outcome/apiErrors';
import { recordOf } from '@libs/runtime/requests';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RequestContext } from './context.ts';
import { formatError } from './formatErrors.ts';
import { readsStatus } from './httpStatus.ts';

/** Statuses of refusals; clients that do not read them get 200 (GraphQL over HTTP §6.4.1). */
const STATUS: Partial<Record<ApiError['code'], number>> = { UNAUTHENTICATED: 401, SERVICE_UNAVAILABLE: 503 };

/** `onRequest` is a route's hook, which answers with the ApiError that `callerOf` throws. The returned `callerOf` is for its handler. */
export function admitCallers(
  callerOf: (request: FastifyRequest) => Promise<Caller>,
  contextOf: (request: FastifyRequest) => Pick<RequestContext, 'language' | 'traceId' | 'log'>,
) {
  const callers = new WeakMap<FastifyRequest, Caller>();
  return {
    async onRequest(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
      try {
        callers.set(request, await callerOf(request));
        return undefined;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        const record = recordOf(request);
        if (record) record.codes = [error.code];
        const isRead = readsStatus(request.headers.accept);
        return reply
          .code((isRead && STATUS[error.code]) || 200)
          .type(`application/${isRead ? 'graphql-response+json' : 'json'}; charset=utf-8`)
          .send(JSON.stringify({ errors: [formatError(error, contextOf(request))] }));
      }
    },
    callerOf: (request: FastifyRequest): Caller => callers.get(request)!,
  };
}
