/**
 * A circuit breaker for one service. Silence opens it, not errors or slow calls: if the service sends nothing for SILENCE_MS during
 * calls, and then does not answer a probe of its /health for PROBE_TIMEOUT_MS, the calls are aborted and new ones rejected at once.
 * The breaker keeps probing, and the first answer closes it. Any answer is a sign of life, so one slow operation never opens it.
 * Decision 18.
 */
import { setTimeout as sleep } from 'node:timers/promises';

export const SILENCE_MS = 1_000;
export const PROBE_TIMEOUT_MS = 1_500;
const PROBE_PAUSE_MS = 500;
/**
 * Silence is measured in timer ticks: on an overloaded machine they come late and stretch the limits, because the service is
 * probably late too.
 */
const TICK_MS = 100;
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
  let lastAnswerAtMs = 0;
  let isOpen = false;
  let isWatching = false;
  let isDisposed = false;

  /** Waits for `ms`; false as soon as the service answers or `isCancelled`. */
  async function isSilentFor(ms: number, isCancelled: () => boolean): Promise<boolean> {
    const previousAnswerAtMs = lastAnswerAtMs;
    for (let leftMs = ms; leftMs > 0; leftMs -= TICK_MS) {
      await sleep(TICK_MS, undefined, { ref: false });
      if (lastAnswerAtMs !== previousAnswerAtMs || isCancelled()) return false;
    }
    return true;
  }

  /** Probes the service. A refused connection counts as an answer, because calls then fail at once. */
  async function isUnresponsive(): Promise<boolean> {
    const probe = new AbortController();
    const onAnswer = () => {
      if (!probe.signal.aborted) lastAnswerAtMs = performance.now();
    };
    void fetch(health, { signal: probe.signal, redirect: 'manual' }).then(onAnswer, onAnswer);
    const isSilent = await isSilentFor(PROBE_TIMEOUT_MS, () => isDisposed);
    probe.abort();
    return isSilent;
  }

  async function openUntilAnswer(): Promise<void> {
    isOpen = true;
    for (const call of calls) call.abort(new CircuitOpenError(health.origin));
    while (await isUnresponsive()) await sleep(PROBE_PAUSE_MS, undefined, { ref: false });
    isOpen = false;
  }

  /** Runs while calls are in flight. */
  async function watchForSilence(): Promise<void> {
    isWatching = true;
    while (calls.size > 0) {
      const isSilent = await isSilentFor(SILENCE_MS, () => calls.size === 0);
      if (isSilent && (await isUnresponsive())) await openUntilAnswer();
    }
    isWatching = false;
  }

  return {
    async call(send, { timeoutMs, isRepeatable, signal: callerSignal }) {
      if (isOpen) throw new CircuitOpenError(health.origin);
      const call = new AbortController();
      const signal = callerSignal ? AbortSignal.any([call.signal, callerSignal]) : call.signal;
      const timer = setTimeout(() => call.abort(new DOMException('timed out', 'TimeoutError')), timeoutMs);
      // A service without calls in flight is idle, not silent.
      if (calls.size === 0) lastAnswerAtMs = performance.now();
      calls.add(call);
      if (!isWatching) void watchForSilence();
      try {
        return await sendWithRetry(send, signal, isRepeatable);
      } finally {
        clearTimeout(timer);
        calls.delete(call);
        if (!signal.aborted) lastAnswerAtMs = performance.now();
      }
    },
    stalled: () => (performance.now() - lastAnswerAtMs < STALLED_MS ? 0 : calls.size),
    close: () => void (isDisposed = true),
  };
}
