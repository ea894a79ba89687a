/**
 * graphql-sse (distinct connections mode) on /graphql/stream: answers each POST with a stream of events. graphql-sse itself only
 * parses the requests: answers are serialized once for all clients.
 */
import { STATUS_CODES, type ServerResponse } from 'node:http';
import { pushQueue } from '@libs/graphql/subscriptions/pushQueue';
import { ApiError, unauthenticated, type ApiErrorCode } from '@libs/outcome/apiErrors';
import type { FastifyInstance } from 'fastify';
import type { GraphQLFormattedError } from 'graphql';
import type { Response } from 'graphql-sse';
import { createHandler } from 'graphql-sse/lib/use/fastify';
import type { DocumentRequest } from '../../documents/trustedDocuments.ts';
import { formatGatewayError, HTTP_STATUS } from '../../errors.ts';
import { subscribersCut } from '../../gatewayMetrics.ts';
import type { SubscriptionClient } from '../subscriptionHub.ts';
import { MAX_CLIENT_UNREAD_BYTES } from './connectionLimits.ts';
import type { TransportDeps } from './serveClientSubscriptions.ts';
import { authorizationOf } from './sessionWatcher.ts';

/** Keeps proxies from closing an idle stream. */
const COMMENT_EVERY_MS = 15_000;
const COMMENT = ':\n\n';

type ClientStream = SubscriptionClient & {
  text: AsyncGenerator<string, undefined>;
  /** Ends without completing: the client reconnects. */
  breakOff(): void;
};

function openStream(onEnd: () => void, onOverflow: () => void): ClientStream {
  const queue = pushQueue<string>({
    limit: MAX_CLIENT_UNREAD_BYTES,
    sizeOf: (text) => Buffer.byteLength(text),
    onOverflow,
  });
  queue.push(COMMENT);
  let isOpen = true;
  const pushAnswer = (answer: string) => queue.push(`event: next\ndata: ${answer}\n\n`);
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    clearInterval(comments);
    queue.end();
    onEnd();
  };
  const comments = setInterval(() => queue.push(COMMENT), COMMENT_EVERY_MS);
  comments.unref();
  const done = { done: true as const, value: undefined };

  return {
    send: pushAnswer,
    unreadBytes: () => queue.size(),
    end(errors) {
      if (errors) pushAnswer(JSON.stringify({ errors }));
      queue.push('event: complete\ndata: \n\n');
      close();
    },
    breakOff: close,
    text: {
      async next() {
        const parts = await queue.take();
        return parts ? { done: false, value: parts.join('') } : done;
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

/** By graphql-sse's protocol: an HTTP status and the errors. */
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

export function serveEventStreams(app: FastifyInstance, deps: TransportDeps): void {
  const { hub, contextOf, connectionLimits, watchSession, log } = deps;
  const streams = new Set<ClientStream>();
  const handler = createHandler<{ reply: { raw: ServerResponse } }>({
    async onSubscribe({ raw, context: { reply } }, { query, operationName, variables, extensions }) {
      const authorization = authorizationOf(undefined, raw.raw);
      const context = await contextOf(raw.raw, authorization);
      const release = context.refusal ? () => {} : connectionLimits.admit(context);
      if (!release) {
        return refusal([formatGatewayError(new ApiError('RATE_LIMITED', 'api.rateLimited'), context)]);
      }
      let cleanups: (() => void)[] | undefined = [];
      const onEnd = (cleanup: () => void) => (cleanups ? void cleanups.push(cleanup) : cleanup());
      onEnd(release);
      const stream = openStream(
        () => {
          streams.delete(stream);
          for (const cleanup of cleanups ?? []) cleanup();
          cleanups = undefined;
        },
        () => {
          subscribersCut.inc();
          log.warn('a client was disconnected: it does not read its stream');
          stream.breakOff();
          reply.raw.destroy();
        },
      );
      const started = hub.subscribe(
        { query, operationName, variables, extensions, documentId: (raw.body as DocumentRequest).documentId },
        context,
        stream,
      );
      if (!('leave' in started)) {
        stream.breakOff();
        return refusal(started);
      }
      streams.add(stream);
      onEnd(started.leave);
      onEnd(
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
        // graphql-sse refuses a request without a document; the hub knows documents by id.
        const body = request.body as DocumentRequest | null | undefined;
        if (body?.documentId != null || body?.extensions != null) body.query ??= '';
        await handler(request, reply);
      } catch (error) {
        if (!reply.raw.headersSent) throw error;
        // Fastify must not start another answer.
        log.debug({ err: error }, 'subscription stream');
        reply.raw.destroy();
      }
    },
  });
  app.addHook('preClose', async () => {
    for (const stream of [...streams]) stream.breakOff();
  });
}
