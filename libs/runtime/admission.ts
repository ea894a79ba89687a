/**
 * Who may come in. A process serves so many requests at once; the others wait at the door, before anything of them runs. A burst
 * may wait for about a second. Where the queue does not drain, the process is overloaded: then it serves as
 * many as it can without each taking much longer, the newest first, and refuses the others almost at once. So those who are served are served soon, and those who are
 * not know it while it is of use to them (CoDel and adaptive LIFO: Maurer, "Fail at Scale", ACM Queue 13(8)). Decision 19.
 */
import { message, DEFAULT_LANGUAGE, languageOf } from '@libs/outcome/messages';
import type { Log } from '@libs/telemetry/log';
import { newTraceId, TRACEPARENT_HEADER, traceIdOf } from '@libs/telemetry/trace';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Requests that are served at once, at most: more than may wait for one hot resource (booking/bookings/bulkhead.ts), so that it alone
 * never fills a process. */
export const MAX_CONCURRENT_REQUESTS = 160;
/** Requests that are served at once under overload, at least. */
export const MIN_CONCURRENT_REQUESTS = 8;
/** How much longer than in quiet times a request may take under overload, once it is served: as many are served at once as that allows. */
export const OVERLOAD_SLOWDOWN = 2;
/** How long a request waits at most in a burst, in milliseconds. */
export const MAX_QUEUE_WAIT_MS = 1_000;
/** How long one waits under overload, in milliseconds. */
export const OVERLOAD_WAIT_MS = 20;
/** A queue that has not been empty for so long is no burst but overload, in milliseconds. */
export const MAX_BURST_MS = 500;
/** The overload is over when nobody has had to wait for so long, in milliseconds. */
export const OVERLOAD_RECOVERY_MS = 1_000;
/** Requests that wait, at most. */
export const MAX_QUEUED_REQUESTS = 512;
/** When a client that was refused may try again, in seconds. */
export const RETRY_AFTER_SECONDS = 1;
/** How often waiting requests are looked over, in milliseconds. */
const SWEEP_MS = 10;
/** Over how long answers are counted, in milliseconds. */
const RATE_WINDOW_MS = 250;
/** How much one request counts for how long they take in quiet times. */
const BASELINE_WEIGHT = 0.02;

/** Borne by calls of one of our processes to another that belong to what has begun already; such calls are never refused. */
export const PRIORITY_HEADER = 'x-vaga-priority';
export const PRIORITY = 'internal';

export type AdmissionOptions = {
  log: Log;
  /** How many of those who are served only wait for a service that does not answer: they do not count. */
  stalled?: () => number;
};

export type Admission = {
  /** Whether one who came now would certainly be refused. */
  isFull(): boolean;
  /** Whether one more is served: true, or a promise of whether its turn came in time. */
  enter(): true | Promise<boolean>;
  /** One who was served has been answered, so long after it was let in, in milliseconds. */
  leave(tookMs: number): void;
};

type QueuedRequest = { sinceMs: number; resolve: (isAdmitted: boolean) => void };

export function admission({ log, stalled = () => 0 }: AdmissionOptions): Admission {
  /** The oldest first. */
  const queue: QueuedRequest[] = [];
  let running = 0;
  let queuedSinceMs: number | undefined;
  let lastQueuedAtMs = 0;
  let isOverloaded = false;
  let refused = 0;
  let sweeper: NodeJS.Timeout | undefined;
  const answers = { sinceMs: 0, count: 0, perMs: 0 };
  /** How long a request takes while there is no queue, in milliseconds. */
  let baselineMs = 0;

  const hasCapacity = (): boolean => {
    // Little's law: those that are in are the rate of answers times what each takes.
    const allowed = Math.max(
      Math.round(answers.perMs * baselineMs * OVERLOAD_SLOWDOWN),
      MIN_CONCURRENT_REQUESTS,
    );
    const limit = isOverloaded ? Math.min(allowed, MAX_CONCURRENT_REQUESTS) : MAX_CONCURRENT_REQUESTS;
    return running < limit || running - stalled() < limit;
  };

  function updateOverload(nowMs: number): void {
    if (!isOverloaded && queuedSinceMs !== undefined && nowMs - queuedSinceMs > MAX_BURST_MS) {
      isOverloaded = true;
      refused = 0;
      log.warn('overloaded: requests are refused');
    } else if (isOverloaded && queue.length === 0 && nowMs - lastQueuedAtMs > OVERLOAD_RECOVERY_MS) {
      isOverloaded = false;
      log.warn({ refused }, 'no longer overloaded');
    }
  }

  function refuseOverdue(nowMs: number): void {
    const maxWaitMs = isOverloaded ? OVERLOAD_WAIT_MS : MAX_QUEUE_WAIT_MS;
    while (queue.length > 0 && nowMs - queue[0]!.sinceMs > maxWaitMs) {
      refused += 1;
      queue.shift()!.resolve(false);
    }
  }

  function admit(): void {
    const nowMs = performance.now();
    updateOverload(nowMs);
    refuseOverdue(nowMs);
    while (queue.length > 0 && hasCapacity()) {
      running += 1;
      (isOverloaded ? queue.pop() : queue.shift())!.resolve(true);
    }
    if (queue.length > 0) return;
    queuedSinceMs = undefined;
    clearInterval(sweeper);
    sweeper = undefined;
  }

  return {
    isFull() {
      updateOverload(performance.now());
      const isFull = queue.length >= MAX_QUEUED_REQUESTS || (isOverloaded && !hasCapacity());
      if (isFull) {
        refused += 1;
        lastQueuedAtMs = performance.now();
      }
      return isFull;
    },
    enter() {
      const nowMs = performance.now();
      updateOverload(nowMs);
      if (queue.length === 0 && hasCapacity()) {
        running += 1;
        return true;
      }
      lastQueuedAtMs = nowMs;
      if (queue.length >= MAX_QUEUED_REQUESTS) {
        refused += 1;
        return Promise.resolve(false);
      }
      queuedSinceMs ??= nowMs;
      sweeper ??= setInterval(admit, SWEEP_MS).unref();
      return new Promise((resolve) => queue.push({ sinceMs: nowMs, resolve }));
    },
    leave(tookMs) {
      if (!isOverloaded && running <= MIN_CONCURRENT_REQUESTS)
        baselineMs += (tookMs - baselineMs) * BASELINE_WEIGHT;
      running -= 1;
      answers.count += 1;
      const nowMs = performance.now();
      const windowMs = nowMs - answers.sinceMs;
      if (windowMs > RATE_WINDOW_MS) {
        Object.assign(answers, { sinceMs: nowMs, count: 0, perMs: answers.count / windowMs });
      }
      if (queue.length > 0) admit();
    },
  };
}

const headerOf = (request: FastifyRequest, name: string): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
};

/** 503 with Retry-After and the error that GraphQL clients read. */
function refuse(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const language = languageOf(headerOf(request, 'accept-language')) ?? DEFAULT_LANGUAGE;
  const traceId = traceIdOf(headerOf(request, TRACEPARENT_HEADER)) ?? newTraceId();
  const error = {
    message: message('api.unavailable', language),
    extensions: { code: 'SERVICE_UNAVAILABLE', traceId },
  };
  return reply
    .code(503)
    .header('retry-after', String(RETRY_AFTER_SECONDS))
    .type('application/json')
    .send(JSON.stringify({ errors: [error] }));
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown;

/**
 * A route's door: its `onRequest` hook, which refuses under overload before the body is read, and its handler. A place is taken only when
 * the body is there, so that clients who send theirs slowly hold none. Requests for which `isUrgent` says so pass by the door.
 */
export function withAdmission(
  { isFull, enter, leave }: Admission,
  handler: Handler,
  isUrgent: (request: FastifyRequest) => boolean = () => false,
) {
  return {
    onRequest(request: FastifyRequest, reply: FastifyReply, done: () => void): void {
      if (isUrgent(request) || !isFull()) done();
      else void refuse(request, reply);
    },
    async handler(request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
      if (isUrgent(request)) return handler(request, reply);
      if (!(await enter())) return refuse(request, reply);
      const sinceMs = performance.now();
      try {
        // Whoever left while they waited is owed no answer.
        return reply.raw.destroyed ? reply : await handler(request, reply);
      } finally {
        leave(performance.now() - sinceMs);
      }
    },
  };
}
