/** The one public endpoint: GraphQL on /graphql, pages for people, /health and /ready for machines. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingHttpHeaders } from 'node:http';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import cors from '@fastify/cors';
import { ApiError, type ApiErrorCode } from '@libs/outcome/apiErrors';
import { ANONYMOUS } from '@libs/auth/caller';
import type { Passports } from '@libs/auth/passport';
import { readsStatus } from '@libs/graphql/httpStatus';
import { refuseDeepRequests } from '@libs/graphql/requestDepth';
import { languageOf } from '@libs/outcome/messages';
import { admission, withAdmission } from '@libs/runtime/admission';
import {
  abortSignalOf,
  DRAIN_MS,
  KEEP_ALIVE_TIMEOUT_MS,
  serveHealth,
  type Checks,
} from '@libs/runtime/health';
import type { Log } from '@libs/telemetry/log';
import { newTraceId, TRACEPARENT_HEADER, traceIdOf } from '@libs/telemetry/trace';
import { systemClock } from '@libs/time/clock';
import { fastify, type FastifyInstance, type FastifyRequest } from 'fastify';
import { GraphQLError } from 'graphql';
import type { GatewayContext } from './context.ts';
import type { CorsSettings } from './env.ts';
import { formatGatewayError } from './errors.ts';
import { limitsPlugin, MAX_REQUEST_BODY_BYTES, MAX_DOCUMENT_TOKENS } from './limits/limits.ts';
import { clientAddress } from './limits/networks.ts';
import { servePages } from './pages/servePages.ts';
import { serviceStates } from './upstream/serviceStates.ts';
import type { Sessions } from './session/session.ts';
import type { SignInLimiter } from './limits/signInLimiter.ts';
import { subscriptionHub } from './subscriptions/subscriptionHub.ts';
import { serveClientSubscriptions } from './subscriptions/transport/serveClientSubscriptions.ts';
import type { FederatedGateway } from './upstream/supergraph.ts';

/** How long a client may take to send a request, in milliseconds. */
const REQUEST_TIMEOUT_MS = 30_000;

export type GatewayOptions = {
  host: string;
  port: number;
  isProduction: boolean;
  federated: FederatedGateway;
  sessions: Sessions;
  passports: Passports;
  signIns: SignInLimiter;
  cors: CorsSettings;
  /** Connections of one user for subscriptions, to this process. */
  maxConnectionsPerUser: number;
  /** WebSockets of one network that have not said connection_init; MAX_SILENT_SOCKETS_PER_NETWORK where it is not given. */
  maxSilentPerNetwork?: number | undefined;
  /** Addresses or networks whose X-Forwarded-For is believed. */
  trustedProxies?: string[] | undefined;
  /** The subgraphs' addresses, for the landing page and /ready. */
  subgraphs: Readonly<Record<string, string>>;
  /** Whom the landing page suggests to sign in as, in development. */
  administratorEmail?: string | undefined;
  checks: Checks;
  log: Log;
};

export type Gateway = { app: FastifyInstance; url: string; stop(): Promise<void> };

const headerOf = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
};

/** Who asks and how; a token that is not good becomes the context's refusal, so that the answer has its usual form. */
async function contextOf(
  { headers, ip }: { headers: IncomingHttpHeaders; ip: string },
  authorization: string | undefined,
  { sessions, log, isProduction }: GatewayOptions,
): Promise<GatewayContext> {
  const context = {
    caller: ANONYMOUS,
    passport: undefined,
    refusal: undefined,
    language: languageOf(headerOf(headers, 'accept-language')),
    traceId: traceIdOf(headerOf(headers, TRACEPARENT_HEADER)) ?? newTraceId(),
    ip,
    log,
    hidesSuggestions: isProduction,
  };
  try {
    const { caller, passport } = await sessions.identify(authorization);
    return { ...context, caller, passport };
  } catch (error) {
    if (error instanceof ApiError) return { ...context, refusal: error };
    throw error;
  }
}

/** A null where the schema allows none that no subgraph explained: the executor hides it in an extension. */
const explainNulls: ApolloServerPlugin<GatewayContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ response, contextValue }) {
        if (response.body.kind !== 'single') return;
        const { singleResult } = response.body;
        const nulls = singleResult.extensions?.['valueCompletion'] as GraphQLError[] | undefined;
        if (!nulls) return;
        delete singleResult.extensions;
        singleResult.errors = nulls.map(({ message, path }) =>
          formatGatewayError(
            new GraphQLError(message, { path, originalError: new Error(message) }),
            contextValue,
          ),
        );
      },
    };
  },
};

/** What Apollo says of a request that is well-formed HTTP and no valid GraphQL. */
const REFUSED_BY_GRAPHQL: ReadonlySet<unknown> = new Set([
  ApolloServerErrorCode.GRAPHQL_PARSE_FAILED,
  ApolloServerErrorCode.GRAPHQL_VALIDATION_FAILED,
  ApolloServerErrorCode.BAD_USER_INPUT,
]);

/**
 * A document that does not parse or validate is answered with 200 where the client reads application/json: a client that does
 * not know the media type of GraphQL takes no other status for an answer of ours (GraphQL over HTTP §6.4.1).
 */
const answerJsonWith200: ApolloServerPlugin<GatewayContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ request, response, errors }) {
        const isWellFormed = errors?.every((error) => REFUSED_BY_GRAPHQL.has(error.extensions['code']));
        if (isWellFormed && !readsStatus(request.http?.headers.get('accept'))) response.http.status = 200;
      },
    };
  },
};

async function apolloServer(
  options: GatewayOptions,
  current: AsyncLocalStorage<GatewayContext>,
): Promise<ApolloServer<GatewayContext>> {
  const { isProduction, federated, signIns, log } = options;
  const apollo = new ApolloServer<GatewayContext>({
    gateway: federated.gateway,
    introspection: !isProduction,
    hideSchemaDetailsFromClientErrors: isProduction,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    allowBatchedHttpRequests: false,
    parseOptions: { maxTokens: MAX_DOCUMENT_TOKENS },
    logger: log,
    formatError: (_formatted, error) =>
      formatGatewayError(
        error,
        current.getStore() ?? {
          language: undefined,
          traceId: newTraceId(),
          log,
          hidesSuggestions: isProduction,
        },
      ),
    plugins: [
      limitsPlugin(signIns),
      explainNulls,
      answerJsonWith200,
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      isProduction
        ? ApolloServerPluginLandingPageDisabled()
        : ApolloServerPluginLandingPageLocalDefault({ embed: { runTelemetry: false } }),
    ],
  });
  await apollo.start();
  return apollo;
}

/** What HTTP itself refuses (malformed JSON, a body too large, an unknown path) has the form of a GraphQL error. */
function answerHttpErrors(app: FastifyInstance, log: Log): void {
  const answer = (request: FastifyRequest, code: ApiErrorCode, message: string) => {
    const traceId = traceIdOf(headerOf(request.headers, TRACEPARENT_HEADER)) ?? newTraceId();
    return { errors: [{ message, extensions: { code, traceId } }] };
  };
  app.setErrorHandler<Error & { statusCode?: number }>((error, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 500) return reply.code(status).send(answer(request, 'BAD_USER_INPUT', error.message));
    const body = answer(request, 'INTERNAL_SERVER_ERROR', 'Internal error.');
    log.error({ err: error, traceId: body.errors[0]!.extensions.traceId }, 'internal error');
    return reply.code(500).send(body);
  });
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send(answer(request, 'BAD_USER_INPUT', 'There is nothing here. The API is at /graphql.')),
  );
}

/** Starts serving; port 0 takes a free one. `stop` drains: no request that was taken is lost. */
export async function serveGateway(options: GatewayOptions): Promise<Gateway> {
  const { isProduction, log } = options;
  const app = fastify({
    bodyLimit: MAX_REQUEST_BODY_BYTES,
    keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    trustProxy: options.trustedProxies ?? false,
  });
  answerHttpErrors(app, log);
  refuseDeepRequests(app);
  await app.register(cors, {
    origin: options.cors.origins.includes('*') ? '*' : options.cors.origins,
    credentials: options.cors.allowsCredentials,
    maxAge: options.cors.maxAgeSeconds,
    methods: ['GET', 'POST'],
    exposedHeaders: ['retry-after'],
  });
  const states = serviceStates(options.subgraphs);
  await servePages(app, { ...options, states });

  const current = new AsyncLocalStorage<GatewayContext>();
  const apollo = await apolloServer(options, current);
  const graphql = fastifyApolloHandler<GatewayContext>(apollo, { context: async () => current.getStore()! });
  const { planner, upstream, stalled } = options.federated;
  app.route({
    url: '/graphql',
    method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    ...withAdmission(admission({ log, stalled }), async (request, reply) => {
      const signal = abortSignalOf(reply);
      const context = { ...(await contextOf(request, request.headers.authorization, options)), signal };
      return current.run(context, () => graphql.call(app, request, reply));
    }),
  });
  const addressOf = clientAddress(options.trustedProxies);
  serveClientSubscriptions(app, {
    hub: subscriptionHub(planner, upstream, options.passports),
    sessions: options.sessions,
    contextOf: async (request, authorization) => ({
      ...(await contextOf({ headers: request.headers, ip: addressOf(request) }, authorization, options)),
      isLive: true,
    }),
    addressOf,
    origins: options.cors.origins,
    maxConnectionsPerUser: options.maxConnectionsPerUser,
    maxSilentPerNetwork: options.maxSilentPerNetwork,
    log,
  });
  const drain = serveHealth(app, {
    service: 'gateway',
    checks: options.checks,
    behind: async () =>
      (await states()).filter(({ state }) => state !== 'ready').map(({ service }) => service),
    clock: systemClock,
    drainMs: isProduction ? DRAIN_MS : 0,
  });
  const url = await app.listen({ host: options.host, port: options.port });
  log.info({ url }, 'serving');
  return {
    app,
    url,
    async stop() {
      await drain();
      await apollo.stop();
      await options.federated.close();
    },
  };
}
