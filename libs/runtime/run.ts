/** The life of a process: start, ready, drain, stop. */
import { createLog, type Log } from '@libs/telemetry/log';
import { EnvironmentError } from './env.ts';

/** How long a process may take to stop before it is ended, in milliseconds. */
export const STOP_TIMEOUT_MS = 10_000;

/** Collects what must be stopped; stopped in reverse order of its start. */
export type Stops = { push(stop: () => Promise<void> | void): void };

/**
 * Runs `start`, and stops in reverse order what it has pushed when SIGTERM or SIGINT comes, or when the parent that asked for
 * it (VAGA_STOP_WITH_PARENT, with an IPC channel) is gone. A bad environment ends with its message and code 78 (EX_CONFIG);
 * any other failure to start with its log and code 1. An exception or a rejection that nothing caught stops it in the same way, with
 * code 1.
 */
export async function run(name: string, start: (stops: Stops) => Promise<Log>): Promise<void> {
  const stops: (() => Promise<void> | void)[] = [];
  let log = createLog(name);
  let isStopping = false;

  const stop = async (why: string, code: number) => {
    if (isStopping) return;
    isStopping = true;
    log.info({ why }, 'stopping');
    setTimeout(() => {
      log.error('did not stop in time');
      process.exit(1);
    }, STOP_TIMEOUT_MS).unref();
    for (const one of stops.toReversed()) {
      try {
        await one();
      } catch (error) {
        log.error({ err: error }, 'failed to stop a part');
      }
    }
    process.exit(code);
  };

  process.on('SIGTERM', () => void stop('SIGTERM', 0));
  process.on('SIGINT', () => void stop('SIGINT', 0));
  if (process.env['VAGA_STOP_WITH_PARENT']) {
    // It may have gone while our code was loading.
    if (!process.connected) process.exit(0);
    process.on('disconnect', () => void stop('parent gone', 0));
  }
  // A bug, and nobody knows what it left half done: this process ends, after what others have under way with it.
  process.on('unhandledRejection', (error) => {
    log.fatal({ err: error }, 'unhandled rejection');
    void stop('unhandled rejection', 1);
  });
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught exception');
    void stop('uncaught exception', 1);
  });

  try {
    log = await start({ push: (one) => void stops.push(one) });
  } catch (error) {
    if (error instanceof EnvironmentError) {
      log.fatal(error.message);
      process.exit(78);
    }
    log.fatal({ err: error }, 'failed to start');
    await stop('failed to start', 1);
  }
}
