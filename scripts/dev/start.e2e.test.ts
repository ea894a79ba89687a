import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { testFolder } from '@libs/testing/folders';
import { childrenOf } from '@libs/testing/leftovers';
import { commandOf, waitUntil } from './servers/processes.ts';
import { afterEach, beforeAll, expect, test } from 'vitest';

const ROOT = path.join(import.meta.dirname, '../..');
const READY_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 25_000;

let dataDir: string;
const starts: ChildProcess[] = [];

beforeAll(async () => {
  dataDir = path.join(await testFolder(), 'data');
});
afterEach(async () => {
  for (const start of starts.splice(0)) {
    if (start.exitCode === null && start.signalCode === null) {
      start.kill('SIGTERM');
      await once(start, 'exit');
    }
  }
});

type Start = { process: ChildProcess; output: () => string; exit: Promise<number | null> };

/** `npm start` without npm, on ports of its own. */
function start(variables: Record<string, string> = {}): Start {
  const ports = Object.fromEntries(
    ['GATEWAY', 'TENANT', 'USER', 'RESOURCE', 'BOOKING'].map((name) => [`${name}_PORT`, '0']),
  );
  const child = spawn(process.execPath, ['scripts/dev/start.mjs'], {
    cwd: ROOT,
    env: { ...process.env, ...ports, DATA_DIR: dataDir, LOG_LEVEL: 'warn', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  starts.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part: Buffer) => (output += part.toString()));
  const exit = once(child, 'close').then(([code]) => code as number | null);
  return { process: child, output: () => output, exit };
}

/** Waits for the addresses, and answers the gateway's. */
async function addressOf(started: Start): Promise<string> {
  const hasEnded = started.exit.then(() => true);
  await Promise.race([hasEnded, waitUntil(() => started.output().includes('Vaga is ready'), READY_LIMIT_MS)]);
  const address = /Landing page\s+(http:\S+)\//.exec(started.output())?.[1];
  if (!address) throw new Error(`It did not start:\n${started.output()}`);
  return address;
}

const readyAt = async (address: string): Promise<number> => (await fetch(`${address}/ready`)).status;
const areGone = (pids: number[]): Promise<boolean> =>
  waitUntil(() => pids.every((pid) => commandOf(pid) === undefined), STOP_LIMIT_MS);

test('starts on an empty folder and again on its data, and SIGTERM ends all of it with code 0', async () => {
  for (let time = 1; time <= 2; time++) {
    const running = start();
    expect(await readyAt(await addressOf(running))).toBe(200);
    const pids = childrenOf(running.process.pid!);
    expect(pids.length).toBeGreaterThanOrEqual(process.platform === 'linux' ? 7 : 0);
    running.process.kill('SIGTERM');
    expect(await running.exit).toBe(0);
    expect(await areGone(pids)).toBe(true);
  }
  expect(await readdir(dataDir)).toEqual(['postgres', 'redis', 'secret-key']);
});

test('refuses data that are in use, and ports that are taken, with one line for each', async () => {
  const running = start();
  const address = await addressOf(running);
  const onSameData = start();
  expect(await onSameData.exit).toBe(1);
  expect(onSameData.output()).toContain(`is in use by process ${running.process.pid}`);
  const port = new URL(address).port;
  const onSamePorts = start({ DATA_DIR: `${dataDir}-2`, GATEWAY_PORT: port, USER_PORT: port });
  expect(await onSamePorts.exit).toBe(1);
  expect(onSamePorts.output()).toContain(`Port ${port} is taken: end what listens there, or set USER_PORT`);
  expect(onSamePorts.output()).toContain(
    `Port ${port} is taken: end what listens there, or set GATEWAY_PORT`,
  );
  expect(await readyAt(address)).toBe(200);
});

test('leaves nothing running when it is killed, and starts again at once', async () => {
  const killed = start();
  await addressOf(killed);
  const pids = childrenOf(killed.process.pid!);
  killed.process.kill('SIGKILL');
  const next = start();
  expect(await readyAt(await addressOf(next))).toBe(200);
  expect(await areGone(pids)).toBe(true);
});

test('starts a process again that dies', async () => {
  const running = start();
  const address = await addressOf(running);
  const pidOfBooking = () =>
    childrenOf(running.process.pid!).find((pid) => commandOf(pid)?.includes('booking/main.ts'));
  process.kill(pidOfBooking()!, 'SIGKILL');
  expect(await waitUntil(() => running.output().includes('booking is back'), READY_LIMIT_MS)).toBe(true);
  expect(running.output()).toContain('booking ended by SIGKILL; it is started again in 2 s');
  expect(await readyAt(address)).toBe(200);
  running.process.kill('SIGTERM');
  expect(await running.exit).toBe(0);
});

test('stops everything and ends with code 1 when Postgres dies', async () => {
  const running = start();
  await addressOf(running);
  const pids = childrenOf(running.process.pid!);
  const postgres = pids.find((pid) => /\bpostgres\b.* -D /.test(commandOf(pid) ?? ''));
  process.kill(postgres!, 'SIGKILL');
  expect(await running.exit).toBe(1);
  expect(running.output()).toContain('Postgres ended by SIGKILL: stopping everything');
  expect(await areGone(pids)).toBe(true);
});
