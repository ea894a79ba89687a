/**
 * Serves a subgraph's subscriptions to the gateway, on the path of its queries, /graphql.
 *
 * ## Wire protocol
 *
 * WebSocket with the subprotocol `graphql-transport-ws` (github.com/enisdenjos/graphql-ws/blob/master/PROTOCOL.md). A gateway
 * multiplexes all its operations over one connection. `connection_init` needs no payload: each operation brings its own caller.
 *
 *     → {"type":"connection_init"}                     ← {"type":"connection_ack"}
 *     → {"type":"subscribe","id":"1","payload":{
 *          "query":"subscription …","operationName":"…","variables":{…},
 *          "extensions":{
 *            "passport":"…",            as in the header x-vaga-passport; without a valid one UNAUTHENTICATED, in development anonymous
 *            "traceparent":"00-…",      W3C Trace Context; a new trace by default
 *            "acceptLanguage":"pt-BR",  the client's Accept-Language
 *            "resumable":true,          requests resume tokens
 *            "resume":"…"               resumes after the event with this token
 *          }}}
 *     ← {"type":"next","id":"1","payload":{"extensions":{"resume":"…"}}}                    once, before any event
 *     ← {"type":"next","id":"1","payload":{"data":{…},"extensions":{"resume":"…","traceparent":"00-…"}}}   an event, and its trace if recorded
 *     ← {"type":"error","id":"1","payload":[{"message":"…","extensions":{"code":"…","traceId":"…"}}]}
 *     ← {"type":"complete","id":"1"}
 *
 * - **Another router** (SUBGRAPH_TRUST=token, and development) sends the client's `authorization` in `connection_init` or in the upgrade's
 *   headers instead of a passport; it applies to all operations of the connection. When its session or rights end, they end with
 *   UNAUTHENTICATED.
 * - **Passport.** Verified when the operation begins; it may expire later. Its permissions apply for the whole operation. The
 *   gateway completes the operation when they change.
 * - **Errors** have the contract's codes, messages and a trace id. `error` refuses an operation (document, variables, arguments,
 *   caller) or ends a running one; both are final. Errors of fields are in an event's `payload.errors`.
 * - **Resume tokens** are opaque text, valid in every process of the subgraph. They are sent if `resumable` is true and the field
 *   supports them; other fields send `data` only. The first `next` has only the token of the start: a peer that sends it as
 *   `resume`, with the same document and variables, misses nothing since. `resume` overrides the field's arguments. A peer that
 *   sends the token before the last one gets the last event again.
 * - **Liveness.** The server pings (WebSocket ping) every PING_EVERY_MS (subscriptions/webSocketServer.ts). It disconnects a peer
 *   that has not answered by the next ping, or that leaves more than MAX_SUBGRAPH_UNREAD_BYTES unread.
 * - **Close codes.** 1001: shutdown, reconnect at once and resume. 4400-4429: a breach of the protocol. 1009: a message of more than
 *   MAX_SUBGRAPH_MESSAGE_BYTES. Queries and mutations are refused.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { isKnown, type Caller } from '@libs/auth/caller';
import { unauthenticated, unavailable } from '@libs/outcome/apiErrors';
import type { Log } from '@libs/telemetry/log';
import type { EventRef } from '@libs/telemetry/traceSpans';
import type { Clock } from '@libs/time/clock';
import type { FastifyInstance } from 'fastify';
import {
  createSourceEventStream,
  getOperationAST,
  GraphQLError,
  parse,
  validate,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import { makeServer, type ConnectionInitMessage, type SubscribePayload } from 'graphql-ws';
import type { RequestCredentials, RequestContext } from './context.ts';
import { endable, watchRights } from './subscriptions/rightsWatch.ts';
import { executeEvents, maskable } from './subscriptions/executeEvents.ts';
import { formatErrors } from './formatErrors.ts';
import { depthRefusal, SUBGRAPH_PARSE_OPTIONS } from './requestDepth.ts';
import { startWebSocketServer, type UpgradedSocket } from './subscriptions/webSocketServer.ts';

/** Operations of one process; more are refused with SERVICE_UNAVAILABLE. */
const MAX_SUBSCRIPTIONS = 10_000;
/** What callers without a session may have of them. */
const MAX_ANONYMOUS_SHARE = 1 / 2;
const SUBGRAPH_INIT_TIMEOUT_MS = 3_000;
const MAX_SUBGRAPH_MESSAGE_BYTES = 256 * 1024;
/** More than a burst to all operations takes: each has at most one unread message. */
const MAX_SUBGRAPH_UNREAD_BYTES = 64 * 1024 * 1024;

/**
 * What a resumable field's `subscribe` yields: an event and its cursor (the resume token on the wire), or only the cursor of its
 * start. The field's `resolve` unwraps the event. The iterator's `return` must end it at once.
 */
export type ResumableEvent<Event> = {
  cursor: string;
  event?: Event;
  /** The domain event that caused it, for traces. */
  cause?: EventRef;
};

export type SubscriptionOptions<Context extends RequestContext> = {
  schema: GraphQLSchema;
  /** An operation's context before its caller is known. */
  anonymousContext: (credentials: RequestCredentials) => RequestContext;
  callerOf: (credentials: RequestCredentials) => Promise<Caller>;
  context: (base: RequestContext) => Context;
  clock: Clock;
  log: Log;
  maxSubscriptions?: number;
  maxUnreadBytes?: number;
  pingEveryMs?: number;
};

type RunningOperation = ExecutionArgs & { events: AsyncIterableIterator<ExecutionResult> };

/** The client's token comes from other routers, and from the subgraph's own Sandbox. */
function credentialsOf(
  payload: SubscribePayload,
  params: Record<string, unknown> | undefined,
  headers: IncomingHttpHeaders,
): RequestCredentials {
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const { passport, traceparent, acceptLanguage } = payload.extensions ?? {};
  return {
    passport: text(passport),
    traceparent: text(traceparent),
    acceptLanguage: text(acceptLanguage),
    authorization: text(params?.['authorization'] ?? params?.['Authorization'] ?? headers.authorization),
  };
}

function documentOf(
  schema: GraphQLSchema,
  payload: SubscribePayload,
): DocumentNode | readonly GraphQLError[] {
  const tooDeep = depthRefusal(payload.query, payload);
  if (tooDeep) return [tooDeep];
  const document = parse(payload.query, SUBGRAPH_PARSE_OPTIONS);
  const errors = validate(schema, document);
  if (errors.length > 0) return errors;
  const operation = getOperationAST(document, payload.operationName);
  if (!operation) return [new GraphQLError('The document has no such operation.')];
  return operation.operation === 'subscription'
    ? document
    : [new GraphQLError('Only subscriptions are served over WebSocket.')];
}

function operationStarter<Context extends RequestContext>(options: SubscriptionOptions<Context>) {
  const { schema, clock, log, maxSubscriptions = MAX_SUBSCRIPTIONS } = options;
  let running = 0;
  let anonymousRunning = 0;
  const errorContexts = new WeakMap<SubscribePayload, RequestContext>();

  return {
    async start(
      payload: SubscribePayload,
      credentials: RequestCredentials,
    ): Promise<RunningOperation | readonly GraphQLError[]> {
      const anonymous = options.anonymousContext(credentials);
      errorContexts.set(payload, anonymous);
      if (running >= maxSubscriptions)
        return [unavailable(new Error(`${running} subscriptions are running`))];
      // Before the document: a refused caller learns nothing about the schema.
      const caller = await options.callerOf(credentials);
      errorContexts.set(payload, { ...anonymous, caller });
      const isAnonymous = !isKnown(caller);
      if (isAnonymous && anonymousRunning >= maxSubscriptions * MAX_ANONYMOUS_SHARE)
        return [unavailable(new Error(`${anonymousRunning} subscriptions without a session are running`))];
      const document = documentOf(schema, payload);
      if (!('kind' in document)) return document;
      const { resume, resumable } = payload.extensions ?? {};
      const resumeCursor = typeof resume === 'string' ? resume : undefined;
      const base: RequestContext = { ...anonymous, caller, resumeCursor };
      const args: ExecutionArgs = {
        schema,
        document,
        operationName: payload.operationName,
        variableValues: payload.variables,
        contextValue: options.context(base),
      };
      const stream = await createSourceEventStream(args);
      if (!(Symbol.asyncIterator in stream)) return stream.errors ?? [];
      const iterator = stream[Symbol.asyncIterator]();
      running += 1;
      if (isAnonymous) anonymousRunning += 1;
      const isSame = async () =>
        JSON.stringify(await options.callerOf(credentials)) === JSON.stringify(caller);
      // If the operation has a passport, the gateway watches its session.
      const isWatched = !credentials.passport && credentials.authorization !== undefined;
      const source = endable(iterator);
      const stopWatching = isWatched
        ? watchRights(isSame, () => source.end(unauthenticated('api.sessionEnded')))
        : () => {};
      const events = executeEvents(source.events, {
        args,
        base,
        contextNow: () => options.context({ ...base, now: clock.now() }),
        isResumable: resumable === true,
        onEnd: () => {
          running -= 1;
          if (isAnonymous) anonymousRunning -= 1;
          stopWatching();
        },
        log,
      });
      return { ...args, events };
    },
    errorContextOf: (payload: SubscribePayload): RequestContext =>
      errorContexts.get(payload) ?? options.anonymousContext({}),
  };
}

/** Serves the schema's subscriptions on /graphql until the server closes. */
export function serveSubgraphSubscriptions<Context extends RequestContext>(
  app: FastifyInstance,
  options: SubscriptionOptions<Context>,
): void {
  const operations = operationStarter(options);
  const protocol = makeServer<ConnectionInitMessage['payload'], UpgradedSocket>({
    connectionInitWaitTimeout: SUBGRAPH_INIT_TIMEOUT_MS,
    onSubscribe: async ({ connectionParams, extra }, _id, payload) => {
      try {
        return await operations.start(
          payload,
          credentialsOf(payload, connectionParams, extra.request.headers),
        );
      } catch (error) {
        return [maskable(error)];
      }
    },
    subscribe: (args) => (args as RunningOperation).events,
    onNext: (_ctx, _id, _payload, _args, result) => result,
    onError: (_ctx, _id, payload, errors) => {
      // graphql-ws wraps an iterator's errors.
      const unwrapped = errors.map((error) =>
        error.originalError instanceof GraphQLError ? error.originalError : error,
      );
      return formatErrors(unwrapped, operations.errorContextOf(payload));
    },
  });
  startWebSocketServer(app, {
    path: '/graphql',
    protocol,
    maxMessageBytes: MAX_SUBGRAPH_MESSAGE_BYTES,
    maxUnreadBytes: options.maxUnreadBytes ?? MAX_SUBGRAPH_UNREAD_BYTES,
    pingEveryMs: options.pingEveryMs,
    log: options.log,
  });
}
