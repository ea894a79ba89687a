/** `/metrics`, for Prometheus: in production on a port of its own, which the public does not reach. */
import { createServer } from 'node:http';
import { once } from 'node:events';
import { metricsText } from '@libs/telemetry/metrics';
import type { FastifyInstance } from 'fastify';

const PATH = '/metrics';

/** For development, on the server's own port. */
export function serveMetricsOn(app: FastifyInstance): void {
  app.get(PATH, async (_request, reply) => {
    const { contentType, text } = await metricsText();
    return reply.header('content-type', contentType).send(text);
  });
}

/** Returns the function that ends it. Rejects if the port is taken. */
export async function serveMetrics(options: { host: string; port: number }): Promise<() => Promise<void>> {
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url?.split('?')[0] !== PATH) {
      response.writeHead(404).end();
      return;
    }
    metricsText().then(
      ({ contentType, text }) => response.writeHead(200, { 'content-type': contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  server.listen(options.port, options.host);
  await once(server, 'listening');
  return async () => {
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
}
