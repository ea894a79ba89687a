/** A pass that is made again and again in the background, at once when woken, until it is stopped. */
import type { Log } from '@libs/telemetry/log';

const FIRST_PAUSE_AFTER_FAILURE_MS = 50;
/** The longest pause after a pass that failed, in milliseconds. */
export const MAX_PAUSE_AFTER_FAILURE_MS = 1_000;

export type BackgroundLoop = {
  /** Makes the next pass at once; while passes fail, only after the pause. */
  wake(): void;
  /** Resolves once the pass under way has ended. */
  stop(): Promise<void>;
};

/**
 * Repeats `runPass`, which returns how long to rest before the next one, in milliseconds. A pass that throws is made again after a
 * pause that grows; the log tells of the first failure in a row, and of its end. `name` names the loop in the log.
 */
export function startLoop(options: {
  name: string;
  log: Log;
  runPass: () => Promise<number>;
}): BackgroundLoop {
  const { name, log, runPass } = options;
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
        pauseMs = await runPass();
        if (failures > 0) log.info({ failures }, `${name}: works again`);
        failures = 0;
      } catch (error) {
        if (failures === 0 && !isStopping) log.warn({ err: error }, `${name}: failed, trying again`);
        failures += 1;
        pauseMs = Math.min(FIRST_PAUSE_AFTER_FAILURE_MS * 2 ** (failures - 1), MAX_PAUSE_AFTER_FAILURE_MS);
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
