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
import { ANONYMOUS, type Caller } from '@libs/auth/caller';
import { PASSPORT_HEADER, type Passports } from '@libs/auth/passport';
import { unauthenticated } from '@libs/outcome/apiErrors';
import { languageOf, type Language } from '@libs/outcome/messages';
import { admission, withAdmission, PRIORITY_HEADER } from '@libs/runtime/admission';
import { abortSignalOf, DRAINING_SERVER, serveHealth, type Checks } from '@libs/runtime/health';
import { observeRequests, recordOf, withinRequest } from '@libs/runtime/requests';
import { serveMetricsOn } from '@libs/runtime/serveMetrics';
import { announceServing } from '@libs/runtime/timeZoneData';
import type { Log } from '@libs/telemetry/log';
import { newTraceId, TRACEPARENT_HEADER, traceIdOf } from '@libs/telemetry/trace';
import { systemClock, type Clock } from '@libs/time/clock';
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { parse, type GraphQLSchema } from 'graphql';
import { admitCallers } from './admitCallers.ts';
import { checkInput } from './checkInput.ts';
import { SHARES_HEADER, userAgentOf, type RequestCredentials, type RequestContext } from './context.ts';
import { documentStore } from './documentCache.ts';
import { formatErrorsPlugin } from './formatErrors.ts';
import { missingReferences } from './missingReferences.ts';
import { leaveResult, operationHandler } from './operationHandler.ts';
import { recordRequests } from './recordRequests.ts';
import { scalars } from './scalars.ts';
import { refuseDeepRequests, SUBGRAPH_PARSE_OPTIONS } from './requestDepth.ts';
import { serveSubgraphSubscriptions } from './serveSubgraphSubscriptions.ts';
import { subgraphTypes } from './types.ts';
import { placeSerializedJson } from './serializedJson.ts';

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
  /** How long `stop` still serves while load balancers notice; 0 by default. */
  drainMs?: number;
  /** On its own port, for development. */
  servesMetrics?: boolean;
  schema: GraphQLSchema;
  passports: Passports;
  /** Whether clients are admitted without a passport: by SUBGRAPH_TRUST, and in development for the subgraph's Sandbox. */
  trustsTokens?: boolean;
  /** The caller of a client's Authorization; used where `trustsTokens` or in development. */
  callerOfClient: (authorization: string) => Promise<Caller>;
  languageOfTenant: (tenantId: string) => Promise<Language>;
  context: (base: RequestContext) => Context;
  checks: Checks;
  /** Adds routes beside /graphql, which admit callers themselves. */
  addRoutes?: (app: FastifyInstance) => void;
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

/** As many as the gateway's header says; 1 by default. */
const sharesOf = (request: FastifyRequest): number => {
  const shares = headerOf(request, SHARES_HEADER) ?? '';
  return /^[1-9]\d{0,5}$/.test(shares) ? Number(shares) : 1;
};

/** Throws UNAUTHENTICATED without a valid passport, except where clients are admitted themselves. */
async function callerOf(
  { passport, authorization }: RequestCredentials,
  options: Pick<SubgraphOptions<never>, 'passports' | 'callerOfClient' | 'isProduction' | 'trustsTokens'>,
): Promise<Caller> {
  const caller = passport && (await options.passports.verify(passport));
  if (caller) return caller;
  if (options.isProduction && (!options.trustsTokens || passport)) throw unauthenticated();
  return authorization && !passport ? options.callerOfClient(authorization) : ANONYMOUS;
}

async function startApollo<Context extends RequestContext>(
  schema: GraphQLSchema,
  isProduction: boolean,
): Promise<ApolloServer<Context>> {
  const apollo = new ApolloServer<Context>({
    schema,
    stringifyResult: leaveResult,
    parseOptions: SUBGRAPH_PARSE_OPTIONS,
    documentStore: documentStore(),
    introspection: !isProduction,
    hideSchemaDetailsFromClientErrors: isProduction,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    plugins: [
      formatErrorsPlugin,
      recordRequests,
      placeSerializedJson,
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
  const contextOf = (request: FastifyRequest, reply: FastifyReply): Context =>
    options.context({
      ...anonymousContext(credentialsOf(request)),
      caller: callers.callerOf(request),
      signal: abortSignalOf(reply),
      record: recordOf(request),
      shares: sharesOf(request),
      written: [],
      userAgent: userAgentOf(request.headers['user-agent']),
    });
  const answer = operationHandler(apollo);
  const load = withAdmission(
    admission({ log: options.log }),
    (request, reply) => withinRequest(request, () => answer(request, reply, contextOf(request, reply))),
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
    ...DRAINING_SERVER,
  });
  observeRequests(app, log, { isPublic: options.trustsTokens === true });
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
  options.addRoutes?.(app);
  if (options.servesMetrics) serveMetricsOn(app);
  const drain = serveHealth(app, {
    service: name,
    checks: options.checks,
    clock,
    drainMs: options.drainMs ?? 0,
    details: missingReferences,
  });
  const url = await app.listen({ host: options.host, port: options.port });
  announceServing(log, { url, isProduction });
  return {
    app,
    url: `${url}/graphql`,
    async stop() {
      await drain();
      await apollo.stop();
    },
  };
}
