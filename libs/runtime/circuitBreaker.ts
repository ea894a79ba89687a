/**
 * A circuit breaker for calls to one service. Silence opens it, not errors or slow calls: if the service sends nothing for SILENCE_MS
 * while calls are in flight, the breaker probes its /health, and if that stays unanswered for PROBE_TIMEOUT_MS too, it aborts the calls
 * and rejects new ones at once. It keeps probing; the first answer closes it. Every answer counts as a sign of life, so one slow
 * operation never opens it. Decision 18.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** Silence during calls after which the service is probed, in milliseconds. */
export const SILENCE_MS = 1_000;
/** How long a probe waits for an answer, in milliseconds. */
export const PROBE_TIMEOUT_MS = 1_500;
/** Pause between probes while the circuit is open, in milliseconds. */
const PROBE_PAUSE_MS = 500;
/**
 * Silence is measured in ticks of this process's timer, in milliseconds. On an overloaded machine ticks come late and the limits
 * stretch with them, because the service is probably just as late.
 */
const TICK_MS = 100;
/** Silence after which calls in flight count as stalled, in milliseconds. */
const STALLED_MS = 250;

/** The service does not respond: the call was aborted, or never sent. */
export class CircuitOpenError extends Error {
  constructor(origin: string) {
    super(`${origin} does not respond`);
    this.name = 'CircuitOpenError';
  }
}

export type CallOptions = {
  /** Limit for the whole call, including its retry, in milliseconds. */
  timeoutMs: number;
  /** Whether a failed connection may be retried: true for queries, never for mutations. */
  isRepeatable: boolean;
  /** Aborts the call, for example when the client disconnects. */
  signal?: AbortSignal | undefined;
};

export type CircuitBreaker = {
  /**
   * Resolves to the result of `send`, which must end when its signal aborts. Rejects with CircuitOpenError, with a TimeoutError after
   * `timeoutMs` (never retried), or as `send` does.
   */
  call<T>(send: (signal: AbortSignal) => Promise<T>, options: CallOptions): Promise<T>;
  /** The number of calls in flight if the service has been silent for STALLED_MS, else 0. */
  stalled(): number;
  /** Stops probing. */
  close(): void;
};

/** Whether the request never reached the service's code, or the connection broke before the answer was complete. */
const isConnectionFailure = (error: unknown): boolean =>
  /^(UND_ERR_SOCKET|ECONNREFUSED|ECONNRESET|EPIPE)$/.test(String((error as { code?: unknown } | null)?.code));

/** Sends once, and once more if the connection failed and `isRepeatable`. */
async function sendWithRetry<T>(
  send: (signal: AbortSignal) => Promise<T>,
  signal: AbortSignal,
  isRepeatable: boolean,
): Promise<T> {
  try {
    return await send(signal);
  } catch (error) {
    if (!isRepeatable || signal.aborted || !isConnectionFailure(error)) throw error;
    return send(signal);
  }
}

/** Creates the breaker for the service at `url`; any address of the service will do. */
export function circuitBreaker(url: string): CircuitBreaker {
  const health = new URL('/health', url);
  const calls = new Set<AbortController>();
  let lastAnswerAtMs = 0;
  let isOpen = false;
  let isWatching = false;
  let isDisposed = false;

  /** Waits for `ms` of silence. Resolves to false as soon as the service answers or `isCancelled`. */
  async function isSilentFor(ms: number, isCancelled: () => boolean): Promise<boolean> {
    const previousAnswerAtMs = lastAnswerAtMs;
    for (let leftMs = ms; leftMs > 0; leftMs -= TICK_MS) {
      await sleep(TICK_MS, undefined, { ref: false });
      if (lastAnswerAtMs !== previousAnswerAtMs || isCancelled()) return false;
    }
    return true;
  }

  /** Probes the service. A refused connection counts as an answer: calls fail at once then, so none has to be aborted. */
  async function isUnresponsive(): Promise<boolean> {
    const probe = new AbortController();
    const onAnswer = () => {
      if (!probe.signal.aborted) lastAnswerAtMs = performance.now();
    };
    void fetch(health, { signal: probe.signal, redirect: 'manual' }).then(onAnswer, onAnswer);
    try {
      return await isSilentFor(PROBE_TIMEOUT_MS, () => isDisposed);
    } finally {
      probe.abort();
    }
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
    close() {
      isDisposed = true;
    },
  };
}
