/**
 * Admission control. A process serves a limited number of requests at once and queues the others before any of their work starts. A
 * burst may queue for about a second. If the queue does not drain, the process is overloaded: it then limits concurrency so that
 * service times at most double, serves the newest requests first, and refuses the rest almost at once, while that still helps the
 * client (CoDel and adaptive LIFO: Maurer, "Fail at Scale", ACM Queue 13(8)). Decision 19.
 */
import { message, DEFAULT_LANGUAGE, languageOf } from '@libs/outcome/messages';
import type { Log } from '@libs/telemetry/log';
import { newTraceId, TRACEPARENT_HEADER, traceIdOf } from '@libs/telemetry/trace';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { IncomingHttpHeaders } from 'node:http';
import { requestsQueued, requestsRunning, requestsShed } from './requestMetrics.ts';
import { recordOf } from './requests.ts';
import { concurrencyEstimate, MAX_QUIET_REQUESTS, overloadDetector } from './overload.ts';

/** Exceeds the requests that may wait for one hot resource (booking/bookings/bulkhead.ts), which thus never fills a process. */
export const MAX_CONCURRENT_REQUESTS = 160;
/** Longest wait in the queue during a burst. */
export const MAX_QUEUE_WAIT_MS = 1_000;
/** Longest wait in the queue under overload. */
export const OVERLOAD_WAIT_MS = 20;
export const MAX_QUEUED_REQUESTS = 512;
const RETRY_AFTER_SECONDS = 1;
const SWEEP_MS = 10;

/** Marks internal calls on behalf of an admitted request; they are never refused. */
export const PRIORITY_HEADER = 'x-vaga-priority';
export const PRIORITY = 'internal';

export type AdmissionOptions = {
  log: Log;
  /** Running requests that only wait for a silent service; they do not count against the limit. */
  stalled?: () => number;
};

export type Admission = {
  /** Whether a request that arrives now is certain to be refused; true counts as a refusal. */
  isFull(): boolean;
  /** Admits a request, or queues it and resolves to whether it was admitted in time. */
  enter(): true | Promise<boolean>;
  /** Ends an admitted request; `tookMs` excludes its time in the queue and in `pauseWhile`. */
  leave(tookMs: number): void;
  /** Does not count an admitted request as running during `wait`, in which it needs nothing of the process. */
  pauseWhile(wait: () => Promise<void>): Promise<void>;
};

type QueuedRequest = { queuedAtMs: number; resolve: (isAdmitted: boolean) => void };

export function admission({ log, stalled = () => 0 }: AdmissionOptions): Admission {
  /** Oldest first. */
  const queue: QueuedRequest[] = [];
  const overload = overloadDetector(log);
  const estimate = concurrencyEstimate();
  let running = 0;
  let sweeper: NodeJS.Timeout | undefined;

  const count = (): void => {
    requestsRunning.set(running);
    requestsQueued.set(queue.length);
  };
  const recordRefusal = (): void => {
    overload.recordRefusal();
    requestsShed.inc();
  };

  const hasCapacity = (): boolean => {
    const limit = overload.isOverloaded() ? estimate.limit(MAX_CONCURRENT_REQUESTS) : MAX_CONCURRENT_REQUESTS;
    return running < limit || running - stalled() < limit;
  };

  function refuseOverdue(): void {
    const nowMs = performance.now();
    const maxWaitMs = overload.isOverloaded() ? OVERLOAD_WAIT_MS : MAX_QUEUE_WAIT_MS;
    while (queue.length > 0 && nowMs - queue[0]!.queuedAtMs > maxWaitMs) {
      recordRefusal();
      queue.shift()!.resolve(false);
    }
  }

  function sweep(): void {
    overload.update(queue.length);
    refuseOverdue();
    while (queue.length > 0 && hasCapacity()) {
      running += 1;
      (overload.isOverloaded() ? queue.pop() : queue.shift())!.resolve(true);
    }
    count();
    if (queue.length > 0) return;
    overload.recordEmptyQueue();
    clearInterval(sweeper);
    sweeper = undefined;
  }

  return {
    isFull() {
      overload.update(queue.length);
      const isFull = queue.length >= MAX_QUEUED_REQUESTS || (overload.isOverloaded() && !hasCapacity());
      if (isFull) {
        recordRefusal();
        overload.recordExcess();
      }
      return isFull;
    },
    enter() {
      overload.update(queue.length);
      if (queue.length === 0 && hasCapacity()) {
        running += 1;
        count();
        return true;
      }
      overload.recordExcess();
      if (queue.length >= MAX_QUEUED_REQUESTS) {
        recordRefusal();
        return Promise.resolve(false);
      }
      overload.recordQueued();
      sweeper ??= setInterval(sweep, SWEEP_MS).unref();
      return new Promise((resolve) => {
        queue.push({ queuedAtMs: performance.now(), resolve });
        count();
      });
    },
    leave(tookMs) {
      const isQuiet = !overload.isOverloaded() && running <= MAX_QUIET_REQUESTS;
      estimate.recordCompletion(tookMs, isQuiet);
      running -= 1;
      count();
      if (queue.length > 0) sweep();
    },
    async pauseWhile(wait) {
      running -= 1;
      if (queue.length > 0) sweep();
      await wait();
      running += 1;
    },
  };
}

const headerOf = (headers: IncomingHttpHeaders, name: string): string | undefined => {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
};

/** The answer to a request that is refused. */
export function refusalOf(headers: IncomingHttpHeaders): {
  status: number;
  headers: Record<string, string>;
  body: string;
} {
  const language = languageOf(headerOf(headers, 'accept-language')) ?? DEFAULT_LANGUAGE;
  const traceId = traceIdOf(headerOf(headers, TRACEPARENT_HEADER)) ?? newTraceId();
  const error = {
    message: message('api.unavailable', language),
    extensions: { code: 'SERVICE_UNAVAILABLE', traceId },
  };
  return {
    status: 503,
    headers: {
      'retry-after': String(RETRY_AFTER_SECONDS),
      'content-type': 'application/json',
      'x-trace-id': traceId,
    },
    body: JSON.stringify({ errors: [error] }),
  };
}

function refuse(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, headers, body } = refusalOf(request.headers);
  const record = recordOf(request);
  if (record) record.isShed = true;
  return reply.code(status).headers(headers).send(body);
}

type Handler = (request: FastifyRequest, reply: FastifyReply, pauseWhile: Admission['pauseWhile']) => unknown;

/**
 * Puts a route behind admission control: `onRequest` refuses requests before their body is read, and the handler admits those with a
 * complete body, so that slow senders occupy no capacity. Requests for which `isUrgent` is true bypass both.
 */
export function withAdmission(
  { isFull, enter, leave, pauseWhile }: Admission,
  handler: Handler,
  isUrgent: (request: FastifyRequest) => boolean = () => false,
) {
  return {
    onRequest(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
      if (isUrgent(request) || !isFull()) done();
      else void refuse(request, reply);
    },
    async handler(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
      if (isUrgent(request)) return handler(request, reply, (wait) => wait());
      if (!(await enter())) return refuse(request, reply);
      const startMs = performance.now();
      let pausedMs = 0;
      const pause = async (wait: () => Promise<void>): Promise<void> => {
        const pausedAtMs = performance.now();
        await pauseWhile(wait);
        pausedMs += performance.now() - pausedAtMs;
      };
      try {
        // The client may have disconnected while its request was queued.
        return reply.raw.destroyed ? reply : await handler(request, reply, pause);
      } finally {
        leave(performance.now() - startMs - pausedMs);
      }
    },
  };
}
