/** The public contract at /schema.graphql, in production too: for client generators, and people who read. */
import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { clientHas, etagOf } from '../etags.ts';

const MAX_AGE_SECONDS = 300;

/** Serves `contract`, by default that of Vaga alone. */
export function serveContract(app: FastifyInstance, contract?: string): void {
  const schema = contract ?? readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8');
  const etag = etagOf(schema);
  app.get('/schema.graphql', { compress: {} }, (request, reply) => {
    void reply.header('etag', etag).header('cache-control', `public, max-age=${MAX_AGE_SECONDS}`);
    if (clientHas(request, etag)) return reply.code(304).send();
    return reply.type('text/plain; charset=utf-8').send(schema);
  });
}
