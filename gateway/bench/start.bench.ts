/** `npm start` on existing data beside starting its Postgres and Redis alone. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { testFolder } from '@libs/testing/folders';
import { startPostgres } from '@scripts/dev/servers/postgresServer';
import { startRedis } from '@scripts/dev/servers/redisServer';
import { it } from 'vitest';
import { ROUNDS } from './load.ts';
import { reporter } from './report.ts';

const report = reporter(import.meta.filename);
const ROOT = path.join(import.meta.dirname, '../..');
const POLL_MS = 5;
const dataDir = path.join(await testFolder(), 'data');

/** Until everything is ready; then stops it. */
async function startAll(): Promise<number> {
  const ports = Object.fromEntries(
    ['GATEWAY', 'TENANT', 'USER', 'RESOURCE', 'BOOKING'].map((name) => [`${name}_PORT`, '0']),
  );
  const began = performance.now();
  const child = spawn(process.execPath, ['scripts/dev/start.mjs'], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], ...ports, DATA_DIR: dataDir, LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exit = once(child, 'exit');
  let output = '';
  child.stdout.on('data', (part: Buffer) => (output += part.toString()));
  while (!output.includes('Vaga is ready')) {
    if (child.exitCode !== null) throw new Error(output);
    await sleep(POLL_MS);
  }
  const tookMs = performance.now() - began;
  child.kill('SIGTERM');
  await exit;
  return tookMs;
}

async function startServers(): Promise<number> {
  const began = performance.now();
  const [postgres, redis] = await Promise.all([
    startPostgres({ dataDir: path.join(dataDir, 'postgres') }),
    startRedis({ dataDir: path.join(dataDir, 'redis') }),
  ]);
  const tookMs = performance.now() - began;
  await Promise.all([postgres.stop(), redis.stop()]);
  return tookMs;
}

it('start', async () => {
  report({ name: 'the first start', unit: 'ms', rounds: [await startAll()] });
  const [all, servers]: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    all.push(await startAll());
    servers.push(await startServers());
  }
  const beside = [{ name: 'Postgres and Redis alone', rounds: servers }];
  report({ name: 'a following start', unit: 'ms', rounds: all, beside });
});
