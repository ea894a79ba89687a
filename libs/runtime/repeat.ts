/** A pass that is made again and again in the background, at once when woken, until it is stopped. */
import type { Log } from '@libs/telemetry/log';

const FIRST_PAUSE_AFTER_FAILURE_MS = 50;
/** The longest pause after a pass that failed, in milliseconds. */
export const LONGEST_PAUSE_AFTER_FAILURE_MS = 1_000;

export type Loop = {
  /** Makes the next pass at once; while passes fail, only after the pause. */
  wake(): void;
  /** Resolves once the pass under way has ended. */
  stop(): Promise<void>;
};

/**
 * Repeats `pass`, which returns how long to rest before the next one, in milliseconds. A pass that throws is made again after a
 * pause that grows; the log tells of the first failure in a row, and of its end. `what` names the loop in the log.
 */
export function repeat(options: { what: string; log: Log; pass: () => Promise<number> }): Loop {
  const { what, log, pass } = options;
  let isStopping = false;
  let isWoken = false;
  let failures = 0;
  let interrupt: () => void = () => {};

  async function rest(ms: number): Promise<void> {
    if (isStopping || (isWoken && failures === 0)) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      interrupt = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    interrupt = () => {};
  }

  async function run(): Promise<void> {
    while (!isStopping) {
      isWoken = false;
      let pauseMs: number;
      try {
        pauseMs = await pass();
        if (failures > 0) log.info({ failures }, `${what}: works again`);
        failures = 0;
      } catch (error) {
        if (failures === 0 && !isStopping) log.warn({ err: error }, `${what}: failed, trying again`);
        failures += 1;
        pauseMs = Math.min(
          FIRST_PAUSE_AFTER_FAILURE_MS * 2 ** (failures - 1),
          LONGEST_PAUSE_AFTER_FAILURE_MS,
        );
      }
      await rest(pauseMs);
    }
  }

  const ended = run();
  return {
    wake() {
      isWoken = true;
      if (failures === 0) interrupt();
    },
    async stop() {
      isStopping = true;
      interrupt();
      await ended;
    },
  };
}
