/**
 * An HTTP server that refuses requests for `path` before Fastify sees them while `isFull`. Under overload most requests are refused: what
 * a refusal costs is what the others lack.
 */
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { refusalOf } from '@libs/runtime/admission';
import type { FastifyServerOptions } from 'fastify';
import type { CorsSettings } from '../env.ts';

export function refusingServer(door: { path: string; isFull(): boolean; cors: CorsSettings }) {
  return (handler: RequestListener, options: FastifyServerOptions): Server => {
    const server = createServer((request, response) => {
      if (request.url !== door.path || request.method !== 'POST' || !door.isFull()) {
        handler(request, response);
        return;
      }
      allowOrigin(response, request.headers.origin, door.cors);
      const { status, headers, body } = refusalOf(request.headers);
      response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
    });
    server.keepAliveTimeout = options.keepAliveTimeout!;
    server.requestTimeout = options.requestTimeout!;
    return server;
  };
}

/** Otherwise a page of another origin cannot read the refusal. */
function allowOrigin(
  response: ServerResponse,
  origin: string | undefined,
  { origins, allowsCredentials }: CorsSettings,
): void {
  const isAnyAllowed = origins.includes('*');
  if (origin === undefined || !(isAnyAllowed || origins.includes(origin))) return;
  response.setHeader('access-control-allow-origin', isAnyAllowed ? '*' : origin);
  response.setHeader('access-control-expose-headers', 'retry-after');
  response.setHeader('vary', 'Origin');
  if (allowsCredentials) response.setHeader('access-control-allow-credentials', 'true');
}
