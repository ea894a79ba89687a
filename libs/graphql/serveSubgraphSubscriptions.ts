/**
 * A subgraph's subscriptions, served to the gateway on the path of its queries, /graphql.
 *
 * ## Wire protocol
 *
 * WebSocket with the subprotocol `graphql-transport-ws` (github.com/enisdenjos/graphql-ws/blob/master/PROTOCOL.md). A gateway
 * multiplexes all its operations over one connection. `connection_init` needs no payload and names nobody: who asks is told with
 * each operation.
 *
 *     → {"type":"connection_init"}                     ← {"type":"connection_ack"}
 *     → {"type":"subscribe","id":"1","payload":{
 *          "query":"subscription …","operationName":"…","variables":{…},
 *          "extensions":{
 *            "passport":"…",            as in the header x-vaga-passport; without a good one UNAUTHENTICATED, in development anonymous
 *            "traceparent":"00-…",      W3C Trace Context; a new trace without it
 *            "acceptLanguage":"pt-BR",  the client's Accept-Language
 *            "resumable":true,          asks for resume tokens
 *            "resume":"…"               takes the operation up after the event that this token came with
 *          }}}
 *     ← {"type":"next","id":"1","payload":{"extensions":{"resume":"…"}}}                    once, before any event
 *     ← {"type":"next","id":"1","payload":{"data":{…},"extensions":{"resume":"…"}}}         an event
 *     ← {"type":"error","id":"1","payload":[{"message":"…","extensions":{"code":"…","traceId":"…"}}]}
 *     ← {"type":"complete","id":"1"}
 *
 * - **Passport.** It is verified when the operation begins, and may expire afterwards: what the caller may see is decided by the
 *   permissions in it for as long as the operation lasts. The gateway completes the operation when they change.
 * - **Errors** have the contract's codes, sentences and trace id. What is refused (document, variables, arguments, caller) comes as
 *   `error`, and so does what ends a running operation; both are final. Errors of fields come in an event's `payload.errors`.
 * - **Resume tokens** (opaque text, good in any process of the subgraph) come where `resumable` is true and the field knows its
 *   place in what it tells. The first `next` has nothing but the token: the operation has begun, and from there on nothing is
 *   missed by whoever sends the token as `cursor` with the same document and variables. `cursor` outweighs the field's arguments.
 *   An event may come twice where the token of the one before is sent. A field without tokens sends `data` only.
 * - **Liveness.** We ping (WebSocket ping) every SUBGRAPH_PING_EVERY_MS (subgraphSockets.ts); a peer that has not answered one when the next is due is cut, and
 *   so is one that leaves more than MAX_SUBGRAPH_UNREAD_BYTES unread.
 * - **Close codes.** 1001: we shut down, connect again at once and resume. 4400-4429: the protocol was broken. 1009: a message has
 *   more than MAX_SUBGRAPH_MESSAGE_BYTES. Queries and mutations are not served here.
 */
import type { Caller } from '@libs/auth/caller';
import { unavailable } from '@libs/outcome/apiErrors';
import type { Log } from '@libs/telemetry/log';
import type { Clock } from '@libs/time/clock';
import type { FastifyInstance } from 'fastify';
import {
  createSourceEventStream,
  execute,
  getOperationAST,
  GraphQLError,
  locatedError,
  parse,
  validate,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
} from 'graphql';
import { makeServer, type ConnectionInitMessage, type SubscribePayload } from 'graphql-ws';
import type { RequestCredentials, RequestContext } from './context.ts';
import { formatError } from './formatErrors.ts';
import { depthRefusal, MAX_SUBGRAPH_DOCUMENT_TOKENS } from './requestDepth.ts';
import { serveSubgraphSockets, type SubgraphSocketOptions } from './subgraphSockets.ts';

/** Operations that one process serves at once. */
const MAX_SUBSCRIPTIONS = 10_000;
/** How long a connection may take to send `connection_init`, in milliseconds. */
const SUBGRAPH_INIT_TIMEOUT_MS = 3_000;

/**
 * What the `subscribe` of a field with resume tokens gives: an event and its token, or a token alone, to say from where on nothing
 * is missed. The field's `resolve` takes the event out. Its iterator must end at once when `return` is called.
 */
export type ResumableEvent<Event> = { cursor: string; event?: Event };

export type SubscriptionOptions<Context extends RequestContext> = {
  schema: GraphQLSchema;
  /** The context of an operation before it is known who asks. */
  base: (credentials: RequestCredentials) => RequestContext;
  callerOf: (credentials: RequestCredentials) => Promise<Caller>;
  context: (base: RequestContext) => Context;
  clock: Clock;
  log: Log;
  maxSubscriptions?: number;
} & Pick<SubgraphSocketOptions, 'pingEveryMs' | 'maxUnreadBytes'>;

/** An operation that has begun. */
type RunningOperation = ExecutionArgs & { events: AsyncIterableIterator<ExecutionResult> };

/** What an operation brings with it; over a connection of the subgraph's own Sandbox, the client's token. */
function credentialsOf(
  payload: SubscribePayload,
  params: Record<string, unknown> | undefined,
): RequestCredentials {
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const { passport, traceparent, acceptLanguage } = payload.extensions ?? {};
  return {
    passport: text(passport),
    traceparent: text(traceparent),
    acceptLanguage: text(acceptLanguage),
    authorization: text(params?.['authorization'] ?? params?.['Authorization']),
  };
}

/** The document, where it is a subscription that the schema has; else why not. */
function documentOf(
  schema: GraphQLSchema,
  payload: SubscribePayload,
): DocumentNode | readonly GraphQLError[] {
  const tooDeep = depthRefusal(payload.query, payload);
  if (tooDeep) return [tooDeep];
  const document = parse(payload.query, { maxTokens: MAX_SUBGRAPH_DOCUMENT_TOKENS });
  const errors = validate(schema, document);
  if (errors.length > 0) return errors;
  const operation = getOperationAST(document, payload.operationName);
  if (!operation) return [new GraphQLError('The document has no such operation.')];
  return operation.operation === 'subscription'
    ? document
    : [new GraphQLError('Only subscriptions are served over WebSocket.')];
}

/** A failure in a form that `formatError` masks: it takes what has no path for the client's own doing. */
const failure = (error: unknown): GraphQLError =>
  error instanceof GraphQLError ? error : locatedError(error, undefined, ['subscription']);

const cursorOf = (event: unknown): string | undefined => {
  const cursor = (event as Partial<ResumableEvent<unknown>> | null)?.cursor;
  return typeof cursor === 'string' ? cursor : undefined;
};

/** Serves the schema's subscriptions on /graphql until the server closes. */
export function serveSubgraphSubscriptions<Context extends RequestContext>(
  app: FastifyInstance,
  options: SubscriptionOptions<Context>,
): void {
  const { schema, clock, maxSubscriptions = MAX_SUBSCRIPTIONS } = options;
  let running = 0;
  /** Each operation's base, for the errors that end it. */
  const bases = new WeakMap<SubscribePayload, RequestContext>();

  /** Each event of `source` executed in a context of its own: at the time it is told, with nothing loaded before. */
  function executedEvents(
    source: AsyncIterator<unknown>,
    args: ExecutionArgs,
    operation: { base: RequestContext; isResumable: boolean },
  ): AsyncIterableIterator<ExecutionResult> {
    const { base, isResumable } = operation;
    let isRunning = true;
    running += 1;
    const ended = () => {
      if (isRunning) running -= 1;
      isRunning = false;
      return { done: true as const, value: undefined };
    };
    async function next(): Promise<IteratorResult<ExecutionResult, undefined>> {
      const { done, value } = await source.next();
      if (done) return ended();
      const cursor = cursorOf(value);
      const extensions = isResumable && cursor !== undefined ? { extensions: { resume: cursor } } : {};
      if (cursor !== undefined && !('event' in (value as ResumableEvent<unknown>))) {
        return isResumable ? { done: false, value: extensions } : next();
      }
      const contextValue = options.context({ ...base, now: clock.now() });
      const { data, errors } = await execute({ ...args, rootValue: value, contextValue });
      // Formatted here: graphql-ws sends what onNext returns as it is.
      const formatted = errors && { errors: errors.map((error) => formatError(error, base)) };
      return { done: false, value: { data, ...formatted, ...extensions } as ExecutionResult };
    }
    return {
      next: () =>
        next().catch((error: unknown) => {
          ended();
          throw failure(error);
        }),
      // Not a generator: that would answer only after the event that it waits for.
      async return() {
        try {
          await source.return?.();
        } catch (error) {
          // Thrown, it would end the process: graphql-ws waits for nothing where the peer has left already.
          options.log.error({ err: error }, 'a subscription did not end well');
        }
        return ended();
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  async function startOperation(
    payload: SubscribePayload,
    credentials: RequestCredentials,
  ): Promise<RunningOperation | readonly GraphQLError[]> {
    const anonymousBase = options.base(credentials);
    bases.set(payload, anonymousBase);
    if (running >= maxSubscriptions) return [unavailable(new Error(`${running} subscriptions are running`))];
    // Before the document: a caller who is refused learns nothing of the schema.
    const caller = await options.callerOf(credentials);
    const document = documentOf(schema, payload);
    if (!('kind' in document)) return document;
    const { resume, resumable } = payload.extensions ?? {};
    const base: RequestContext = {
      ...anonymousBase,
      caller,
      resumeCursor: typeof resume === 'string' ? resume : undefined,
    };
    const args: ExecutionArgs = {
      schema,
      document,
      operationName: payload.operationName,
      variableValues: payload.variables,
      contextValue: options.context(base),
    };
    const source = await createSourceEventStream(args);
    if (!(Symbol.asyncIterator in source)) return source.errors ?? [];
    const events = executedEvents(source[Symbol.asyncIterator](), args, {
      base,
      isResumable: resumable === true,
    });
    return { ...args, events };
  }

  const protocol = makeServer<ConnectionInitMessage['payload'], object>({
    connectionInitWaitTimeout: SUBGRAPH_INIT_TIMEOUT_MS,
    onSubscribe: async ({ connectionParams }, _id, payload) => {
      try {
        return await startOperation(payload, credentialsOf(payload, connectionParams));
      } catch (error) {
        return [failure(error)];
      }
    },
    subscribe: (args) => (args as RunningOperation).events,
    onNext: (_ctx, _id, _payload, _args, result) => result,
    onError: (_ctx, _id, payload, errors) => {
      const base = bases.get(payload) ?? options.base({});
      // What an iterator throws comes wrapped in an error of graphql-ws.
      return errors.map((error) =>
        formatError(error.originalError instanceof GraphQLError ? error.originalError : error, base),
      );
    },
  });
  const { log, pingEveryMs, maxUnreadBytes } = options;
  serveSubgraphSockets(app, { path: '/graphql', protocol, log, pingEveryMs, maxUnreadBytes });
}
