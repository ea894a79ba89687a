import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { testFolder } from '@libs/testing/folders';
import { childrenOf } from '@libs/testing/leftovers';
import { RESTORE_NOTE } from './interruptedRestore.ts';
import { commandOf, waitUntil } from './servers/processes.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = path.join(import.meta.dirname, '../..');
const READY_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 25_000;

let dataDir: string;
const starts: ChildProcess[] = [];

beforeAll(async () => {
  dataDir = path.join(await testFolder(), 'data');
});
afterAll(async () => {
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
    env: { PATH: process.env['PATH'], ...ports, DATA_DIR: dataDir, LOG_LEVEL: 'warn', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  starts.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part: Buffer) => (output += part.toString()));
  const exit = once(child, 'close').then(([code]) => code as number | null);
  return { process: child, output: () => output, exit };
}

/** Waits until everything is ready. Returns the gateway's address. */
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

// One story, in order: each start takes many seconds of CPU time, so a system serves as many tests as it can.
describe('npm start', () => {
  let running: Start;
  let address: string;

  it('starts everything on an empty folder', async () => {
    running = start();
    address = await addressOf(running);
    expect(await readyAt(address)).toBe(200);
    const children = childrenOf(running.process.pid!);
    expect(children.length).toBeGreaterThanOrEqual(process.platform === 'linux' ? 7 : 0);
  });

  it('is found by npm run events, which needs no address', async () => {
    const events = (...args: string[]) =>
      promisify(execFile)(process.execPath, ['--import', 'tsx', 'scripts/operate/events.ts', ...args], {
        cwd: ROOT,
        env: { PATH: process.env['PATH'] },
      });
    expect((await events('status')).stdout).toContain('Outboxes');
    expect((await events('--help')).stdout).toContain('npm run events -- status');
  });

  it('refuses data that are in use, and every port that is taken, with one line for each', async () => {
    const onSameData = start();
    const port = new URL(address).port;
    const onSamePorts = start({ DATA_DIR: `${dataDir}-2`, GATEWAY_PORT: port, USER_PORT: port });
    expect(await onSameData.exit).toBe(1);
    expect(onSameData.output()).toContain(`is in use by process ${running.process.pid}`);
    expect(await onSamePorts.exit).toBe(1);
    expect(onSamePorts.output()).toContain(`Port ${port} is taken: end what listens there, or set USER_PORT`);
    expect(onSamePorts.output()).toContain(
      `Port ${port} is taken: end what listens there, or set GATEWAY_PORT`,
    );
    expect(await readyAt(address)).toBe(200);
  });

  it('refuses at once what an interrupted restore has left', async () => {
    const mixture = `${dataDir}-3`;
    await mkdir(mixture);
    await writeFile(path.join(mixture, RESTORE_NOTE), '/backups/monday');
    const onMixture = start({ DATA_DIR: mixture });
    expect(await onMixture.exit).toBe(1);
    expect(onMixture.output()).toContain('run it again (npm run restore -- /backups/monday --replace)');
    expect(onMixture.output()).not.toContain('Starting Postgres');
  });

  it('leaves nothing running when it is killed, and starts again at once', async () => {
    const pids = childrenOf(running.process.pid!);
    running.process.kill('SIGKILL');
    running = start();
    address = await addressOf(running);
    expect(await readyAt(address)).toBe(200);
    expect(await areGone(pids)).toBe(true);
  });

  it('restarts a process that dies', async () => {
    const booking = childrenOf(running.process.pid!).find((pid) => commandOf(pid)?.includes('booking.js'));
    process.kill(booking!, 'SIGKILL');
    expect(await waitUntil(() => running.output().includes('booking is back'), READY_LIMIT_MS)).toBe(true);
    expect(running.output()).toContain('booking ended by SIGKILL; it is started again in 2 s');
    expect(await readyAt(address)).toBe(200);
  });

  it('ends everything with code 0 on SIGTERM, and leaves only its data', async () => {
    const pids = childrenOf(running.process.pid!);
    expect(pids.length).toBeGreaterThanOrEqual(process.platform === 'linux' ? 7 : 0);
    running.process.kill('SIGTERM');
    expect(await running.exit).toBe(0);
    expect(await areGone(pids)).toBe(true);
    expect(await readdir(dataDir)).toEqual(['postgres', 'redis', 'secret-key']);
  });

  it('starts again on its data, and ends everything with code 1 when Postgres dies', async () => {
    running = start();
    expect(await readyAt(await addressOf(running))).toBe(200);
    const pids = childrenOf(running.process.pid!);
    const postgres = pids.find((pid) => /\bpostgres\b.* -D /.test(commandOf(pid) ?? ''));
    process.kill(postgres!, 'SIGKILL');
    expect(await running.exit).toBe(1);
    expect(running.output()).toContain('Postgres ended by SIGKILL: stopping everything');
    expect(await areGone(pids)).toBe(true);
  });
});
