/** A subgraph's HTTP server: GraphQL on /graphql for requests with a passport, /health and /ready. */
import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import { buildSubgraphSchema } from '@apollo/subgraph';
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper/index.js';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import { bearerOf } from '@libs/auth/accessToken';
import { ANONYMOUS, type Caller } from '@libs/auth/caller';
import { PASSPORT_HEADER, type Passports } from '@libs/auth/passport';
import { unauthenticated } from '@libs/outcome/apiErrors';
import { languageOf, type Language } from '@libs/outcome/messages';
import { admission, withAdmission, PRIORITY_HEADER } from '@libs/runtime/admission';
import {
  abortSignalOf,
  DRAIN_MS,
  KEEP_ALIVE_TIMEOUT_MS,
  serveHealth,
  type Checks,
} from '@libs/runtime/health';
import type { Log } from '@libs/telemetry/log';
import { newTraceId, TRACEPARENT_HEADER, traceIdOf } from '@libs/telemetry/trace';
import { systemClock, type Clock } from '@libs/time/clock';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { parse, type GraphQLSchema } from 'graphql';
import { admitCallers } from './admitCallers.ts';
import { checkInput } from './checkInput.ts';
import { SHARES_HEADER, type RequestCredentials, type RequestContext } from './context.ts';
import { formatErrorsPlugin } from './formatErrors.ts';
import { missingReferences } from './missingReferences.ts';
import { scalars } from './scalars.ts';
import { MAX_SUBGRAPH_DOCUMENT_TOKENS, refuseDeepRequests } from './requestDepth.ts';
import { serveSubgraphSubscriptions } from './serveSubgraphSubscriptions.ts';
import { stringifyInTurns } from './stringifyInTurns.ts';
import { subgraphTypes } from './types.ts';

export { readTypes } from './types.ts';

/** The gateway's entity fetches are the largest bodies. */
const MAX_SUBGRAPH_BODY_BYTES = 2 * 1024 * 1024;

export function subgraphSchema(types: string[], resolvers: Record<string, object>): GraphQLSchema {
  return checkInput(
    buildSubgraphSchema({
      typeDefs: parse(subgraphTypes(types)),
      resolvers: { ...scalars, ...resolvers } as unknown as GraphQLResolverMap<unknown>,
    }),
  );
}

export type SubgraphOptions<Context extends RequestContext> = {
  name: string;
  host: string;
  /** 0 takes a free port. */
  port: number;
  isProduction: boolean;
  schema: GraphQLSchema;
  passports: Passports;
  /** The caller of a client's access token; in development only, for the subgraph's Sandbox. */
  callerOfToken: (token: string) => Promise<Caller>;
  languageOfTenant: (tenantId: string) => Promise<Language>;
  context: (base: RequestContext) => Context;
  checks: Checks;
  log: Log;
  clock?: Clock;
};

export type Subgraph = { app: FastifyInstance; url: string; stop(): Promise<void> };

const headerOf = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
};

const credentialsOf = (request: FastifyRequest): RequestCredentials => ({
  passport: headerOf(request, PASSPORT_HEADER),
  authorization: headerOf(request, 'authorization'),
  traceparent: headerOf(request, TRACEPARENT_HEADER),
  acceptLanguage: headerOf(request, 'accept-language'),
});

/** From the gateway's header; 1 by default. */
const sharesOf = (request: FastifyRequest): number => {
  const shares = headerOf(request, SHARES_HEADER) ?? '';
  return /^[1-9]\d{0,5}$/.test(shares) ? Number(shares) : 1;
};

/** Throws UNAUTHENTICATED in production without a valid passport. */
async function callerOf(
  { passport, authorization }: RequestCredentials,
  options: Pick<SubgraphOptions<never>, 'passports' | 'callerOfToken' | 'isProduction'>,
): Promise<Caller> {
  const caller = passport && (await options.passports.verify(passport));
  if (caller) return caller;
  if (options.isProduction) throw unauthenticated();
  const token = passport ? undefined : bearerOf(authorization);
  return token ? options.callerOfToken(token) : ANONYMOUS;
}

async function startApollo<Context extends RequestContext>(
  schema: GraphQLSchema,
  isProduction: boolean,
): Promise<ApolloServer<Context>> {
  const apollo = new ApolloServer<Context>({
    schema,
    stringifyResult: stringifyInTurns,
    parseOptions: { maxTokens: MAX_SUBGRAPH_DOCUMENT_TOKENS },
    introspection: !isProduction,
    hideSchemaDetailsFromClientErrors: isProduction,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    plugins: [
      formatErrorsPlugin,
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      isProduction ? ApolloServerPluginLandingPageDisabled() : ApolloServerPluginLandingPageLocalDefault(),
    ],
  });
  await apollo.start();
  return apollo;
}

/** Serves queries and mutations on /graphql. */
function serveOperations<Context extends RequestContext>(
  app: FastifyInstance,
  apollo: ApolloServer<Context>,
  options: SubgraphOptions<Context>,
  anonymousContext: (credentials: RequestCredentials) => RequestContext,
): void {
  const callers = admitCallers(
    (request) => callerOf(credentialsOf(request), options),
    (request) => anonymousContext(credentialsOf(request)),
  );
  const context = async (request: FastifyRequest, reply: FastifyReply): Promise<Context> =>
    options.context({
      ...anonymousContext(credentialsOf(request)),
      caller: callers.callerOf(request),
      signal: abortSignalOf(reply),
      shares: sharesOf(request),
    });
  const graphql = fastifyApolloHandler(apollo, { context });
  const load = withAdmission(
    admission({ log: options.log }),
    (request, reply) => graphql.call(app, request, reply),
    (request) => request.headers[PRIORITY_HEADER] !== undefined,
  );
  app.route({
    url: '/graphql',
    method: ['GET', 'POST'],
    // Overload first: a refused request must not cost the verification of its passport.
    onRequest: [load.onRequest, callers.onRequest],
    handler: load.handler,
  });
}

/** Starts serving. `stop` waits for accepted requests. */
export async function startSubgraph<Context extends RequestContext>(
  options: SubgraphOptions<Context>,
): Promise<Subgraph> {
  const { name, schema, log, isProduction, clock = systemClock } = options;
  const app = fastify({
    bodyLimit: MAX_SUBGRAPH_BODY_BYTES,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    forceCloseConnections: 'idle',
  });
  refuseDeepRequests(app);
  const apollo = await startApollo<Context>(schema, isProduction);
  const anonymousContext = ({ traceparent, acceptLanguage }: RequestCredentials): RequestContext => {
    const traceId = traceIdOf(traceparent) ?? newTraceId();
    return {
      caller: ANONYMOUS,
      now: clock.now(),
      language: languageOf(acceptLanguage),
      languageOfTenant: options.languageOfTenant,
      traceId,
      log: log.child({ traceId }),
      hidesSuggestions: isProduction,
    };
  };
  serveOperations(app, apollo, options, anonymousContext);
  if (schema.getSubscriptionType()) {
    serveSubgraphSubscriptions(app, {
      schema,
      anonymousContext,
      callerOf: (credentials) => callerOf(credentials, options),
      context: options.context,
      clock,
      log,
    });
  }
  const drain = serveHealth(app, {
    service: name,
    checks: options.checks,
    clock,
    drainMs: isProduction ? DRAIN_MS : 0,
    details: missingReferences,
  });
  const url = await app.listen({ host: options.host, port: options.port });
  log.info({ url }, 'serving');
  return {
    app,
    url: `${url}/graphql`,
    async stop() {
      await drain();
      await apollo.stop();
    },
  };
}
