/**
 * A process for the test of `run`. Sends 'ready' over IPC, triggers the bug named by its argument on the first message, and sends 'done'
 * once it has finished its work in progress.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createLog } from '@libs/telemetry/log';
import { run } from './run.ts';

const WORK_MS = 100;

const bugs: Record<string, () => void> = {
  throws: () => {
    setImmediate(() => {
      throw new Error('a bug');
    });
  },
  rejects: () => void Promise.reject(new Error('a bug')),
  'throws again and again': () => {
    setInterval(() => {
      throw new Error('a bug');
    }, 1);
  },
};

await run('small', async (stops) => {
  stops.push(async () => {
    await sleep(WORK_MS);
    process.send?.('done');
  });
  process.once('message', () => bugs[process.argv[2]!]!());
  process.send?.('ready');
  return createLog('small');
});
