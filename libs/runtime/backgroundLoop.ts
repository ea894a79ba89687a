import type { Log } from '@libs/telemetry/log';

const FIRST_PAUSE_AFTER_FAILURE_MS = 50;
const MAX_PAUSE_AFTER_FAILURE_MS = 1_000;

export type BackgroundLoop = {
  /** Starts the next pass at once, or while passes fail after the back-off. */
  wake(): void;
  stop(): Promise<void>;
};

/**
 * Repeats `runPass`, which returns the pause until the next pass in milliseconds. Failing passes are retried with exponential back-
 * off; the first failure and the recovery are logged.
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

  async function pause(ms: number): Promise<void> {
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
        if (failures > 0) log.warn({ failures }, `${name}: works again`);
        failures = 0;
      } catch (error) {
        if (failures === 0 && !isStopping) log.warn({ err: error }, `${name}: failed, trying again`);
        failures += 1;
        pauseMs = Math.min(FIRST_PAUSE_AFTER_FAILURE_MS * 2 ** (failures - 1), MAX_PAUSE_AFTER_FAILURE_MS);
      }
      await pause(pauseMs);
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
