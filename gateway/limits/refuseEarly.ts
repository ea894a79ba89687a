import { readsStatus } from '@libs/graphql/httpStatus';
import type { ApiError } from '@libs/outcome/apiErrors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GatewayContext } from '../context.ts';
import { formatGatewayError, retryHeader, statusOf } from '../errors.ts';

/** Answers a request without reading its document, as `refuseRequest` would: cheap enough for clients that do not wait. */
export function refuseEarly(
  { headers: { accept } }: FastifyRequest,
  reply: FastifyReply,
  error: ApiError,
  context: GatewayContext,
): FastifyReply {
  if (context.record) Object.assign(context.record, { caller: context.caller, codes: [error.code] });
  const type = readsStatus(accept) ? 'application/graphql-response+json' : 'application/json';
  return reply
    .code(statusOf(error, accept))
    .headers(Object.fromEntries(retryHeader(error)))
    .type(`${type}; charset=utf-8`)
    .send(JSON.stringify({ errors: [formatGatewayError(error, context)] }));
}
