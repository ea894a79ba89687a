/**
 * An HTTP server that refuses requests for `path` before Fastify sees them while `isFull`. Under overload most requests are refused: what
 * a refusal costs is what the others lack.
 */
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { refusalOf } from '@libs/runtime/admission';
import type { FastifyServerOptions } from 'fastify';
import type { CorsSettings } from '../env.ts';

/**
 * A connection on which nothing moves for so long is closed: its client does not read its answer. Nothing else is as slow: fetches end after 10 s,
 * event streams send comments every 15 s, WebSockets have pings.
 */
const STALL_TIMEOUT_MS = 60_000;

export function refusingServer(door: {
  path: string;
  isFull(): boolean;
  cors: CorsSettings;
  /** STALL_TIMEOUT_MS by default. */
  stallTimeoutMs?: number;
}) {
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
    // Of sockets that have not been upgraded. Between requests keepAliveTimeout applies.
    server.timeout = door.stallTimeoutMs ?? STALL_TIMEOUT_MS;
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
