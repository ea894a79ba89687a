/**
 * A small process of `run`, for its test: says 'ready' over IPC, and 'done' once what it has under way at the end is done. Its argument
 * says what goes wrong.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createLog } from '@libs/telemetry/log';
import { run } from './run.ts';

const UNDER_WAY_MS = 100;

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
    await sleep(UNDER_WAY_MS);
    process.send?.('done');
  });
  process.once('message', () => bugs[process.argv[2]!]!());
  process.send?.('ready');
  return createLog('small');
});
