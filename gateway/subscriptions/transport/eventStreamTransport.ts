/**
 * graphql-sse on /graphql/stream, in its mode of distinct connections: a POST each, answered by a stream of events. Requests are
 * read by graphql-sse; answers go out as they were serialized for all.
 */
import { STATUS_CODES, type ServerResponse } from 'node:http';
import { ApiError, unauthenticated, type ApiErrorCode } from '@libs/outcome/apiErrors';
import type { FastifyInstance } from 'fastify';
import type { GraphQLFormattedError } from 'graphql';
import type { Response } from 'graphql-sse';
import { createHandler } from 'graphql-sse/lib/use/fastify';
import { formatGatewayError, HTTP_STATUS } from '../../errors.ts';
import type { SubscriptionClient } from '../subscriptionHub.ts';
import { authorizationOf, MAX_CLIENT_UNREAD_BYTES, type Transport } from './transport.ts';

/** How often an idle stream is written to, in milliseconds, so that nothing between takes it for dead. */
const COMMENT_EVERY_MS = 15_000;
/** A comment of server-sent events. */
const COMMENT = ':\n\n';

/** One stream: what it is told, and the text that is sent. */
type ClientStream = SubscriptionClient & {
  text: AsyncGenerator<string, undefined>;
  /** Ends without saying that the subscription is complete: the client connects again. */
  breakOff(): void;
};

function openStream(onEnd: () => void, onOverflow: () => void): ClientStream {
  let buffered = COMMENT;
  let isOpen = true;
  let wake: () => void = () => {};
  const put = (text: string) => {
    buffered += text;
    if (buffered.length > MAX_CLIENT_UNREAD_BYTES) onOverflow();
    wake();
  };
  const next = (answer: string) => `event: next\ndata: ${answer}\n\n`;
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    clearInterval(commenting);
    wake();
    onEnd();
  };
  const commenting = setInterval(() => put(COMMENT), COMMENT_EVERY_MS);
  commenting.unref();
  const done = { done: true as const, value: undefined };

  return {
    send: (answer) => put(next(answer)),
    // Whatever waits here is not even in the socket's own buffer.
    unreadBytes: () => buffered.length,
    end(errors) {
      if (errors) put(next(JSON.stringify({ errors })));
      put('event: complete\ndata: \n\n');
      close();
    },
    breakOff: close,
    text: {
      async next() {
        while (buffered === '' && isOpen) await new Promise<void>((resolve) => (wake = resolve));
        if (buffered === '') return done;
        const value = buffered;
        buffered = '';
        return { done: false, value };
      },
      async return() {
        close();
        return done;
      },
      async throw() {
        close();
        return done;
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    } as AsyncGenerator<string, undefined>,
  };
}

/** Refused before anything is told: an HTTP status and the errors, as graphql-sse's protocol has it. */
function refusal(errors: readonly GraphQLFormattedError[]): Response {
  const status = HTTP_STATUS[errors[0]?.extensions?.['code'] as ApiErrorCode] ?? 400;
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  return [JSON.stringify({ errors }), { status, statusText: STATUS_CODES[status]!, headers }];
}

const EVENT_STREAM = {
  status: 200,
  statusText: 'OK',
  headers: {
    connection: 'keep-alive',
    'cache-control': 'no-cache',
    'content-encoding': 'none',
    'content-type': 'text/event-stream; charset=utf-8',
    'x-accel-buffering': 'no',
  },
};

export function serveEventStreams(app: FastifyInstance, transport: Transport): void {
  const { hub, contextOf, connectionLimits, watchSession, log } = transport;
  const streams = new Set<ClientStream>();
  const handler = createHandler<{ reply: { raw: ServerResponse } }>({
    async onSubscribe({ raw, context: { reply } }, { query, operationName, variables }) {
      const authorization = authorizationOf(undefined, raw.raw);
      const context = await contextOf(raw.raw, authorization);
      const release = context.refusal ? () => {} : connectionLimits.admit(context);
      if (!release) {
        return refusal([formatGatewayError(new ApiError('RATE_LIMITED', 'api.rateLimited'), context)]);
      }
      let endings: (() => void)[] | undefined = [];
      const atEnd = (ending: () => void) => (endings ? void endings.push(ending) : ending());
      atEnd(release);
      const stream = openStream(
        () => {
          streams.delete(stream);
          for (const end of endings ?? []) end();
          endings = undefined;
        },
        () => {
          log.warn('a client does not read its stream: cut');
          stream.breakOff();
          reply.raw.destroy();
        },
      );
      const started = hub.subscribe({ query, operationName, variables }, context, stream);
      if (!('leave' in started)) {
        stream.breakOff();
        return refusal(started);
      }
      streams.add(stream);
      atEnd(started.leave);
      atEnd(
        watchSession(authorization, context.caller, (change) =>
          change === 'gained'
            ? stream.breakOff()
            : stream.end([formatGatewayError(unauthenticated('api.sessionEnded'), context)]),
        ),
      );
      if (reply.raw.closed) stream.breakOff();
      return [stream.text, EVENT_STREAM];
    },
  });
  app.route({
    url: '/graphql/stream',
    method: ['POST'],
    async handler(request, reply) {
      try {
        await handler(request, reply);
      } catch (error) {
        if (!reply.raw.headersSent) throw error;
        // Some of the answer has been sent: Fastify must not begin another one.
        log.debug({ err: error }, 'subscription stream');
        reply.raw.destroy();
      }
    },
  });
  app.addHook('preClose', async () => {
    for (const stream of [...streams]) stream.breakOff();
  });
}
