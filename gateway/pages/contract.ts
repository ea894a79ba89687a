/** The public contract at /schema.graphql, in production too: for client generators, and people who read. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FastifyInstance } from 'fastify';

const MAX_AGE_SECONDS = 300;

/** Serves `contract`, by default that of Vaga alone. */
export function serveContract(app: FastifyInstance, contract?: string): void {
  const schema = contract ?? readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8');
  const etag = `"${createHash('sha256').update(schema).digest('base64url').slice(0, 27)}"`;
  app.get('/schema.graphql', { compress: {} }, (request, reply) => {
    void reply.header('etag', etag).header('cache-control', `public, max-age=${MAX_AGE_SECONDS}`);
    const known = request.headers['if-none-match']?.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
    if (known?.includes(etag)) return reply.code(304).send();
    return reply.type('text/plain; charset=utf-8').send(schema);
  });
}
