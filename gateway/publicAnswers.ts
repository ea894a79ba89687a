/**
 * Caching of public answers (RFC 9111): a tenant's brand and its catalog, asked for without a session by GET, so that a CDN and browsers
 * can keep them. Anything that depends on the time or the caller is not cached.
 */
import type { ApolloServerPlugin } from '@apollo/server';
import type { FastifyInstance } from 'fastify';
import { Kind, type OperationDefinitionNode, visit, type DocumentNode } from 'graphql';
import type { GatewayContext } from './context.ts';
import { clientHas, etagOf } from './etags.ts';

/** How long an answer may be out of date. */
const MAX_AGE_SECONDS = 30;
const CACHE_CONTROL = `public, max-age=${MAX_AGE_SECONDS}`;
/** Root fields whose answer is the same for everyone without a session. */
const PUBLIC_FIELDS: ReadonlySet<string> = new Set([
  'tenantByDomain',
  'resource',
  'resources',
  'resourceCategory',
  'resourceCategories',
  '__typename',
]);
/** Depends on the time. */
const VOLATILE_FIELD = 'availability';

function isCacheable(document: DocumentNode, operation: OperationDefinitionNode): boolean {
  if (operation.operation !== 'query') return false;
  const isPublic = operation.selectionSet.selections.every(
    (selection) => selection.kind === Kind.FIELD && PUBLIC_FIELDS.has(selection.name.value),
  );
  let isVolatile = false;
  visit(document, {
    Field: ({ name }) => {
      if (name.value === VOLATILE_FIELD) isVolatile = true;
    },
  });
  return isPublic && !isVolatile;
}

export const cachePublicAnswers: ApolloServerPlugin<GatewayContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ request, response, document, operation, contextValue }) {
        if (request.http?.method !== 'GET' || !document || !operation) return;
        // Not the request's errors: a null that no subgraph explains adds one to the answer alone.
        if (response.body.kind !== 'single' || response.body.singleResult.errors) return;
        const { caller } = contextValue;
        if (caller.kind !== 'anonymous' || caller.hasDeniedSession || !isCacheable(document, operation))
          return;
        response.http.headers.set('cache-control', CACHE_CONTROL);
      },
    };
  },
};

/** What an answer depends on, besides what `vary` names already (the origin, for CORS). */
const VARIANTS = ['accept', 'accept-encoding', 'accept-language', 'authorization'];

function withVariants(vary: unknown): string {
  const named = typeof vary === 'string' ? vary.split(',').map((name) => name.trim().toLowerCase()) : [];
  return [...new Set([...named, ...VARIANTS])].join(', ');
}

/** Adds an ETag to public answers, and answers 304 to a client that has the current one (RFC 9110 §13.1.2). */
export function tagPublicAnswers(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    if (reply.getHeader('cache-control') !== CACHE_CONTROL || typeof payload !== 'string') return payload;
    const etag = etagOf(payload);
    void reply.header('etag', etag).header('vary', withVariants(reply.getHeader('vary')));
    if (!clientHas(request, etag)) return payload;
    void reply.code(304);
    return '';
  });
}
