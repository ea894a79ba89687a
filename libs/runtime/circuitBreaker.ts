/**
 * A circuit breaker for one service. Silence opens it, not errors or slow calls (`silence.ts`): the calls in flight are aborted and new
 * ones rejected at once, until the service answers a probe of its /health. Decision 18.
 */
import { watchSilence } from '@libs/telemetry/silence';

const STALLED_MS = 250;

/** The service does not respond: the call was aborted, or never sent. */
export class CircuitOpenError extends Error {
  constructor(origin: string) {
    super(`${origin} does not respond`);
    this.name = 'CircuitOpenError';
  }
}

export type CallOptions = {
  /** Includes the retry. */
  timeoutMs: number;
  /** Whether the call may be sent again after its connection failed: true for queries, never for mutations. */
  isRepeatable: boolean;
  /** Aborts the call, for example when the client disconnects. */
  signal?: AbortSignal | undefined;
};

export type CircuitBreaker = {
  /**
   * Calls `send`, which must end when its signal aborts. Also rejects with CircuitOpenError, or with TimeoutError after `timeoutMs`,
   * which is never retried.
   */
  call<T>(send: (signal: AbortSignal) => Promise<T>, options: CallOptions): Promise<T>;
  /** Calls in flight to a service that has been silent for STALLED_MS. */
  stalled(): number;
  /** Stops probing. */
  close(): void;
};

const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code);

/** The request was never sent. Behind a load balancer, another connection may lead to a process that lives. */
const REFUSED = 'ECONNREFUSED';

/** Whether the request never reached the service's code, or the connection broke before the answer was complete. */
const isConnectionFailure = (error: unknown): boolean =>
  /^(UND_ERR_SOCKET|ECONNREFUSED|ECONNRESET|EPIPE)$/.test(codeOf(error));

/** Sends once, and once more if the connection failed and the call is surely not repeated by that, or `isRepeatable`. */
async function sendWithRetry<T>(
  send: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
  isRepeatable: boolean,
): Promise<T> {
  try {
    return await send(signal);
  } catch (error) {
    if (signal.aborted || !isConnectionFailure(error)) throw error;
    if (!isRepeatable && codeOf(error) !== REFUSED) throw error;
    return send(signal);
  }
}

/** `url` may be any address of the service. */
export function circuitBreaker(url: string): CircuitBreaker {
  const health = new URL('/health', url);
  const calls = new Set<AbortController>();
  const silence = watchSilence({
    inFlight: () => calls.size,
    // A refused connection counts as an answer, because calls then fail at once.
    probe: (signal) => fetch(health, { signal, redirect: 'manual' }),
    onSilence() {
      for (const call of calls) call.abort(new CircuitOpenError(health.origin));
    },
  });

  return {
    async call(send, { timeoutMs, isRepeatable, signal: callerSignal }) {
      if (silence.isSilent()) throw new CircuitOpenError(health.origin);
      const call = new AbortController();
      const { signal } = call;
      // AbortSignal.any takes several times as long.
      const abortWithCaller = () => call.abort(callerSignal!.reason);
      callerSignal?.addEventListener('abort', abortWithCaller);
      if (callerSignal?.aborted) abortWithCaller();
      const timer = setTimeout(() => call.abort(new DOMException('timed out', 'TimeoutError')), timeoutMs);
      calls.add(call);
      silence.sent();
      try {
        return await sendWithRetry(send, signal, isRepeatable);
      } finally {
        clearTimeout(timer);
        callerSignal?.removeEventListener('abort', abortWithCaller);
        calls.delete(call);
        if (!signal.aborted) silence.answered();
      }
    },
    stalled: () => (silence.sinceAnswerMs() < STALLED_MS ? 0 : calls.size),
    close: silence.stop,
  };
}
