/**
 * A circuit breaker for calls to one service. It is opened by silence, not by failures or by slow calls: where a service that is
 * being asked says nothing at all, it is asked whether it lives, and only where that is not answered either are the calls that
 * wait given up and new ones refused at once. A service that answers anything is alive, however long one operation takes. While the
 * circuit is open the service is asked again and again in the background, and the first answer closes it. Decision 18.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** How long a service may say nothing while calls wait for it before it is asked whether it lives, in milliseconds. */
export const SILENCE_MS = 1_000;
/** How long it may take to say so, in milliseconds. */
export const PROBE_TIMEOUT_MS = 1_500;
/** The pause between two such questions while the circuit is open, in milliseconds. */
export const PROBE_PAUSE_MS = 500;
/**
 * Patience is counted in ticks of this process, in milliseconds. Where the machine is so busy that we are late ourselves, others are as
 * well: then a tick takes longer, and with it the patience.
 */
const TICK_MS = 100;
/** Calls to a service that has said nothing for this long, in milliseconds, are probably stuck. */
export const STALLED_MS = 250;

/** The service does not answer anything: the call was given up, or never sent. */
export class CircuitOpenError extends Error {
  constructor(origin: string) {
    super(`${origin} does not answer anything`);
    this.name = 'CircuitOpenError';
  }
}

export type CallOptions = {
  /** How long the call may take in all, its second try included, in milliseconds. */
  timeoutMs: number;
  /** Whether it may be sent again where its connection failed: true for queries, never for mutations. */
  isRepeatable: boolean;
  /** Aborts the call: who waits for it has gone. */
  signal?: AbortSignal | undefined;
};

export type CircuitBreaker = {
  /**
   * What `send` brings; it must end when its signal aborts. Rejects with CircuitOpenError, a TimeoutError after `timeoutMs`, or
   * as `send` does. A timeout is never tried again.
   */
  call<T>(send: (signal: AbortSignal) => Promise<T>, options: CallOptions): Promise<T>;
  /** How many calls wait for a service that has not said anything for STALLED_MS. */
  stalled(): number;
  close(): void;
};

/** The request did not reach the service's code, or its connection broke before the answer was whole. */
const isConnectionFailure = (error: unknown): boolean =>
  /^(UND_ERR_SOCKET|ECONNREFUSED|ECONNRESET|EPIPE)$/.test(String((error as { code?: unknown } | null)?.code));

/** For calls to the service at `url`, any address of it; its /health says whether it lives. */
export function circuitBreaker(url: string): CircuitBreaker {
  const health = new URL('/health', url);
  const calls = new Set<AbortController>();
  let lastAnswerAtMs = 0;
  let isOpen = false;
  let isWatching = false;
  let isClosed = false;

  /** Whether nothing is heard of the service for so long; false as soon as something is, or `isOver`. */
  async function isSilentFor(ms: number, isOver: () => boolean): Promise<boolean> {
    const previousAnswerAtMs = lastAnswerAtMs;
    for (let leftMs = ms; leftMs > 0; leftMs -= TICK_MS) {
      await sleep(TICK_MS, undefined, { ref: false });
      if (lastAnswerAtMs !== previousAnswerAtMs || isOver()) return false;
    }
    return true;
  }

  /** Asks whether it lives, and hears the answer. A refused connection is one: whoever calls will not have to wait. */
  async function isDead(): Promise<boolean> {
    const probe = new AbortController();
    const onAnswer = () => {
      if (!probe.signal.aborted) lastAnswerAtMs = performance.now();
    };
    void fetch(health, { signal: probe.signal, redirect: 'manual' }).then(onAnswer, onAnswer);
    try {
      return await isSilentFor(PROBE_TIMEOUT_MS, () => isClosed);
    } finally {
      probe.abort();
    }
  }

  async function open(): Promise<void> {
    isOpen = true;
    for (const call of calls) call.abort(new CircuitOpenError(health.origin));
    while (await isDead()) await sleep(PROBE_PAUSE_MS, undefined, { ref: false });
    isOpen = false;
  }

  async function watch(): Promise<void> {
    isWatching = true;
    while (calls.size > 0) {
      const isSilent = await isSilentFor(SILENCE_MS, () => calls.size === 0);
      if (isSilent && (await isDead())) await open();
    }
    isWatching = false;
  }

  /** `send`, and where it may be, once more after its connection has failed. */
  async function tried<T>(
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

  return {
    async call(send, { timeoutMs, isRepeatable, signal: outer }) {
      if (isOpen) throw new CircuitOpenError(health.origin);
      const call = new AbortController();
      const signal = outer ? AbortSignal.any([call.signal, outer]) : call.signal;
      const timer = setTimeout(() => call.abort(new DOMException('timed out', 'TimeoutError')), timeoutMs);
      if (calls.size === 0) lastAnswerAtMs = performance.now();
      calls.add(call);
      if (!isWatching) void watch();
      try {
        return await tried(send, signal, isRepeatable);
      } finally {
        clearTimeout(timer);
        calls.delete(call);
        if (!signal.aborted) lastAnswerAtMs = performance.now();
      }
    },
    stalled: () => (performance.now() - lastAnswerAtMs < STALLED_MS ? 0 : calls.size),
    close() {
      isClosed = true;
    },
  };
}
