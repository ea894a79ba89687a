import { createLog, type Log } from '@libs/telemetry/log';
import { EnvironmentError } from './env.ts';

/** After this, a stopping process exits with code 1. */
export const STOP_TIMEOUT_MS = 10_000;

/** Callbacks that stop what was started; they run in reverse order. */
export type Stops = { push(stop: () => Promise<void> | void): void };

/**
 * Runs `start`, and its stop callbacks on SIGTERM, SIGINT or, with VAGA_STOP_WITH_PARENT, the end of the parent. Exits with 78
 * (EX_CONFIG) on a bad environment, with 1 if `start` fails or an exception or rejection is not caught.
 */
export async function run(name: string, start: (stops: Stops) => Promise<Log>): Promise<void> {
  const stops: (() => Promise<void> | void)[] = [];
  let log = createLog(name);
  let isStopping = false;

  const stop = async (reason: string, code: number) => {
    if (isStopping) return;
    isStopping = true;
    log.info({ reason }, 'stopping');
    setTimeout(() => {
      log.error('did not stop in time');
      process.exit(1);
    }, STOP_TIMEOUT_MS).unref();
    for (const stopPart of stops.toReversed()) {
      try {
        await stopPart();
      } catch (error) {
        log.error({ err: error }, 'failed to stop a component');
      }
    }
    process.exit(code);
  };

  process.on('SIGTERM', () => void stop('SIGTERM', 0));
  process.on('SIGINT', () => void stop('SIGINT', 0));
  if (process.env['VAGA_STOP_WITH_PARENT']) {
    // The parent may have exited while this process was loading.
    if (!process.connected) process.exit(0);
    process.on('disconnect', () => void stop('parent exited', 0));
  }
  // A bug may have left any state behind: finish the requests in progress, then exit.
  process.on('unhandledRejection', (error) => {
    log.fatal({ err: error }, 'unhandled rejection');
    void stop('unhandled rejection', 1);
  });
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught exception');
    void stop('uncaught exception', 1);
  });

  try {
    log = await start({ push: (stopPart) => void stops.push(stopPart) });
  } catch (error) {
    if (error instanceof EnvironmentError) {
      log.fatal(error.message);
      process.exit(78);
    }
    log.fatal({ err: error }, 'failed to start');
    await stop('failed to start', 1);
  }
}
