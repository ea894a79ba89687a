/** The public endpoint: /graphql, pages, /health and /ready. */
import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { constants } from 'node:zlib';
import compress from '@fastify/compress';
import cors from '@fastify/cors';
import { ApiError, rateLimited } from '@libs/outcome/apiErrors';
import { ANONYMOUS } from '@libs/auth/caller';
import type { Passports } from '@libs/auth/passport';
import { userAgentOf } from '@libs/graphql/context';
import { operationHandler } from '@libs/graphql/operationHandler';
import { refuseDeepRequests } from '@libs/graphql/requestDepth';
import { languageOf } from '@libs/outcome/messages';
import { admission, withAdmission } from '@libs/runtime/admission';
import { abortSignalOf, DRAINING_SERVER, serveHealth, type Checks } from '@libs/runtime/health';
import { observeRequests, recordOf, withinRequest } from '@libs/runtime/requests';
import { serveMetricsOn } from '@libs/runtime/serveMetrics';
import { announceServing } from '@libs/runtime/timeZoneData';
import { newTraceId, TRACEPARENT_HEADER, traceIdOf } from '@libs/telemetry/trace';
import { systemClock } from '@libs/time/clock';
import { fastify, type FastifyInstance } from 'fastify';
import { apolloServer, formatRefusal, type ApolloOptions } from './apolloServer.ts';
import type { GatewayContext } from './context.ts';
import type { CorsSettings } from './env.ts';
import { serveExports, type ExportDeps } from './exports/serveExports.ts';
import { answerHttpErrors, TRACE_ID_HEADER } from './httpErrors.ts';
import { MAX_REQUEST_BODY_BYTES } from './limits/limits.ts';
import { clientAddress, proxyTrust } from './limits/networks.ts';
import { refuseEarly } from './limits/refuseEarly.ts';
import { refusingServer } from './limits/refusingServer.ts';
import { tagPublicAnswers } from './publicAnswers.ts';
import { servePages } from './pages/servePages.ts';
import { serviceStates } from './upstream/serviceStates.ts';
import type { SubgraphRoutes } from './upstream/subgraphRoutes.ts';
import type { Sessions } from './session/session.ts';
import { subscriptionHub } from './subscriptions/subscriptionHub.ts';
import { serveClientSubscriptions } from './subscriptions/transport/serveClientSubscriptions.ts';

/** RFC 6797: browsers use nothing but https from now on. */
const HTTPS_ONLY = 'max-age=31536000; includeSubDomains';
/** Smaller answers are not compressed. */
const MIN_COMPRESSED_BYTES = 1_024;
/** A month of availability for ten resources, 1 MB, shrinks to a twentieth in a few milliseconds; higher levels cost several times more. */
const BROTLI_QUALITY = 4;
const GZIP_LEVEL = 5;
/** How long a client may take to send a request. */
const REQUEST_TIMEOUT_MS = 30_000;

export type GatewayOptions = ApolloOptions &
  Pick<ExportDeps, 'subgraphClient'> & {
    host: string;
    /** 0: any free port. */
    port: number;
    /** How long `stop` still serves while load balancers notice; 0 by default. */
    drainMs?: number;
    sessions: Sessions;
    passports: Passports;
    cors: CorsSettings;
    /** Subscription connections of one user to this process. */
    maxConnectionsPerUser: number;
    /** WebSockets without connection_init; by default MAX_SILENT_SOCKETS_PER_NETWORK. */
    maxUninitializedPerNetwork?: number | undefined;
    /** Addresses or networks whose X-Forwarded-For is trusted. */
    trustedProxies?: string[] | undefined;
    /** For the landing page and /ready. */
    subgraphs: SubgraphRoutes;
    /** The SDL of the API, if it is not that of Vaga alone. */
    contract?: string | undefined;
    /** Suggested by the landing page in development. */
    administratorEmail?: string | undefined;
    /** The public keys of access tokens; none where they are signed with a secret. */
    jsonWebKeys?: object;
    checks: Checks;
    /** On its own port, for development. */
    servesMetrics?: boolean;
  };

export type Gateway = { app: FastifyInstance; url: string; stop(): Promise<void> };

const headerOf = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
};

/** A request's context. A session that cannot be looked up becomes its refusal, so that the answer is GraphQL. */
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
    userAgent: userAgentOf(headers['user-agent']),
    ip,
    log,
    pause: (ms: number) => sleep(ms),
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

/**
 * Without a valid session, an operation is served as an anonymous caller's: a dead token must not keep its owner from signing in again.
 * Fields that need a session are refused with the reason.
 */
async function anonymousWithout(
  context: GatewayContext,
  { sessions }: GatewayOptions,
): Promise<GatewayContext> {
  if (context.refusal?.code !== 'UNAUTHENTICATED') return context;
  const { caller, passport } = await sessions.identityWithoutSession();
  return { ...context, caller, passport, refusal: undefined, deniedSession: context.refusal };
}

/** Starts serving. `stop` drains: every accepted request is finished. */
export async function serveGateway(options: GatewayOptions): Promise<Gateway> {
  const { isProduction, log } = options;
  const { planner, upstream, stalled } = options.federated;
  const load = admission({ log, stalled });
  const app = fastify({
    bodyLimit: MAX_REQUEST_BODY_BYTES,
    ...DRAINING_SERVER,
    requestTimeout: REQUEST_TIMEOUT_MS,
    trustProxy: proxyTrust(options.trustedProxies),
    serverFactory: refusingServer({ path: '/graphql', isFull: load.isFull, cors: options.cors }),
  });
  observeRequests(app, log, { isPublic: true });
  app.addHook('onRequest', async ({ headers }, reply) => {
    void reply.header('x-content-type-options', 'nosniff');
    if (options.isProduction) void reply.header('strict-transport-security', HTTPS_ONLY);
    void reply.header(TRACE_ID_HEADER, traceIdOf(headerOf(headers, TRACEPARENT_HEADER))!);
  });
  answerHttpErrors(app, log, MAX_REQUEST_BODY_BYTES);
  refuseDeepRequests(app);
  await app.register(cors, {
    origin: options.cors.origins.includes('*') ? '*' : options.cors.origins,
    credentials: options.cors.allowsCredentials,
    maxAge: options.cors.maxAgeSeconds,
    methods: ['GET', 'POST'],
    exposedHeaders: ['retry-after', 'ratelimit', 'ratelimit-policy', TRACE_ID_HEADER],
  });
  await app.register(compress, {
    global: false,
    encodings: ['br', 'gzip'],
    threshold: MIN_COMPRESSED_BYTES,
    brotliOptions: { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } },
    zlibOptions: { level: GZIP_LEVEL },
  });
  tagPublicAnswers(app);
  const states = serviceStates(options.subgraphs);
  await servePages(app, { ...options, states });

  const apollo = await apolloServer({ ...options, usesCookies: options.cors.allowsCredentials });
  const answer = operationHandler(apollo, formatRefusal);
  app.route({
    url: '/graphql',
    method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    compress: {},
    ...withAdmission(load, (request, reply, pauseWhile) =>
      withinRequest(request, async () => {
        const signal = abortSignalOf(reply);
        const record = recordOf(request);
        const found = await contextOf(request, request.headers.authorization, options);
        const pause = (ms: number) => pauseWhile(() => sleep(ms));
        const context = { ...(await anonymousWithout(found, options)), signal, record, pause };
        const waitSeconds = options.rates.waitOf(context);
        if (waitSeconds > 0) {
          request.body = undefined;
          await options.rates.slowDown(context);
          return refuseEarly(request, reply, rateLimited(waitSeconds), context);
        }
        return answer(request, reply, context);
      }),
    ),
  });
  const addressOf = clientAddress(options.trustedProxies);
  serveClientSubscriptions(app, {
    hub: subscriptionHub(planner, upstream, options),
    sessions: options.sessions,
    contextOf: async (request, authorization) => ({
      ...(await contextOf({ headers: request.headers, ip: addressOf(request) }, authorization, options)),
      isSubscription: true,
    }),
    addressOf,
    origins: options.cors.origins,
    maxConnectionsPerUser: options.maxConnectionsPerUser,
    maxUninitializedPerNetwork: options.maxUninitializedPerNetwork,
    log,
  });
  serveExports(app, options, (request) => contextOf(request, undefined, options));
  if (options.servesMetrics) serveMetricsOn(app);
  app.get('/.well-known/jwks.json', async () => options.jsonWebKeys ?? { keys: [] });
  const drain = serveHealth(app, {
    service: 'gateway',
    checks: options.checks,
    upstreamsNotReady: async () =>
      (await states()).filter(({ state }) => state !== 'ready').map(({ service }) => service),
    clock: systemClock,
    drainMs: options.drainMs ?? 0,
  });
  const url = await app.listen({ host: options.host, port: options.port });
  announceServing(log, { url, isProduction });
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
