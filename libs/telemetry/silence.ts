/**
 * Notices that a service hangs: it sends nothing for SILENCE_MS while calls wait for it, and then does not answer a probe for
 * PROBE_TIMEOUT_MS. It is probed until it answers. Any answer is a sign of life, so neither errors nor one slow call are silence.
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

export type SilenceWatch = {
  /** Call it when a call was sent and is in flight. */
  sent(): void;
  /** Call it when the service answered anything. While it is silent, only the answer to a probe counts. */
  answered(): void;
  /** True from the end of PROBE_TIMEOUT_MS to the next answer. */
  isSilent(): boolean;
  sinceAnswerMs(): number;
  /** Stops probing. */
  stop(): void;
};

export function watchSilence(service: {
  /** The number of calls that wait for an answer. */
  inFlight(): number;
  /** Makes the service answer over another connection; a refusal is an answer too. Must end when its signal aborts. */
  probe(signal: AbortSignal): Promise<unknown>;
  /** Must end the calls in flight. */
  onSilence(): void;
}): SilenceWatch {
  let lastAnswerAtMs = 0;
  let isSilent = false;
  let isWatching = false;
  let isStopped = false;
  const noteAnswer = () => void (lastAnswerAtMs = performance.now());

  /** Waits for `ms`; false as soon as the service answers or `isCancelled`. */
  async function isSilentFor(ms: number, isCancelled: () => boolean): Promise<boolean> {
    const previousAnswerAtMs = lastAnswerAtMs;
    for (let leftMs = ms; leftMs > 0; leftMs -= TICK_MS) {
      await sleep(TICK_MS, undefined, { ref: false });
      if (lastAnswerAtMs !== previousAnswerAtMs || isCancelled()) return false;
    }
    return true;
  }

  async function isUnresponsive(): Promise<boolean> {
    const probe = new AbortController();
    const onAnswer = () => {
      if (!probe.signal.aborted) noteAnswer();
    };
    void service.probe(probe.signal).then(onAnswer, onAnswer);
    const isUnanswered = await isSilentFor(PROBE_TIMEOUT_MS, () => isStopped);
    probe.abort();
    return isUnanswered;
  }

  async function awaitAnswer(): Promise<void> {
    isSilent = true;
    service.onSilence();
    while (await isUnresponsive()) await sleep(PROBE_PAUSE_MS, undefined, { ref: false });
    isSilent = false;
  }

  /** Runs while calls are in flight. */
  async function watch(): Promise<void> {
    isWatching = true;
    while (service.inFlight() > 0) {
      const hasPaused = await isSilentFor(SILENCE_MS, () => service.inFlight() === 0);
      if (hasPaused && (await isUnresponsive())) await awaitAnswer();
    }
    isWatching = false;
  }

  return {
    sent() {
      // A service without calls in flight is idle, not silent.
      if (service.inFlight() === 1 && !isSilent) noteAnswer();
      if (!isWatching) void watch();
    },
    answered() {
      if (!isSilent) noteAnswer();
    },
    isSilent: () => isSilent,
    sinceAnswerMs: () => performance.now() - lastAnswerAtMs,
    stop: () => void (isStopped = true),
  };
}
