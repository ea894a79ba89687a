import { existsSync } from 'node:fs';
import fs, { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import path from 'node:path';
import { connectRedis, openSession } from '@libs/cache/redis';
import { silentLog } from '@libs/telemetry/log';
import { testFolder } from '@libs/testing/folders';
import postgres from 'postgres';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RESTORE_NOTE } from '../../dev/interruptedRestore.ts';
import { startPostgres, type PostgresServer } from '../../dev/servers/postgresServer.ts';
import { startRedis, type RedisServer } from '../../dev/servers/redisServer.ts';
import { restoreFindings } from '../doctor/restoreFindings.ts';
import { backUp, restore } from './coldCopy.ts';

let folder: string;
let dataDir: string;
let running: { postgres: PostgresServer; redis: RedisServer } | undefined;

beforeEach(async () => {
  folder = await testFolder();
  dataDir = path.join(folder, 'data');
});
afterEach(() => stop());

async function start() {
  const [postgresServer, redis] = await Promise.all([
    startPostgres({ dataDir: path.join(dataDir, 'postgres'), fsync: false }),
    startRedis({ dataDir: path.join(dataDir, 'redis') }),
  ]);
  running = { postgres: postgresServer, redis };
  return running;
}

async function stop(): Promise<void> {
  await running?.postgres.stop();
  await running?.redis.stop();
  running = undefined;
}

/** Sets the value in both servers; returns the one that they had before, or null. */
async function swap(value: string): Promise<(string | null)[]> {
  const { postgres: server, redis: redisServer } = running!;
  const sql = postgres(server.url('postgres'), { max: 1, onnotice: () => {} });
  const shared = connectRedis(redisServer.url, { name: 'backup', log: silentLog() });
  const redis = await openSession(shared, 'backup');
  try {
    await sql`create table if not exists kept (value text)`;
    const [before] = await sql<{ value: string }[]>`select value from kept`;
    await sql`delete from kept`;
    await sql`insert into kept values (${value})`;
    return [before?.value ?? null, await redis.getset('kept', value)];
  } finally {
    await sql.end();
    redis.disconnect();
    shared.disconnect();
  }
}

it('a restore has both servers as they were at the backup, and replaces data only if it is told to', async () => {
  const backup = path.join(folder, 'backup');
  await expect(backUp(dataDir, backup)).rejects.toThrow('has no data');
  await start();
  expect(await swap('first')).toEqual([null, null]);
  await expect(backUp(dataDir, backup)).rejects.toThrow('is in use by process');
  await stop();
  await writeFile(path.join(dataDir, 'secret-key'), 'key');
  await backUp(dataDir, backup);
  await expect(backUp(dataDir, backup)).rejects.toThrow('is not empty');

  await start();
  expect(await swap('second')).toEqual(['first', 'first']);
  await expect(restore(backup, dataDir, { isReplacing: true })).rejects.toThrow('is in use by process');
  await stop();
  await expect(restore(backup, dataDir)).rejects.toThrow('has data');
  await restore(backup, dataDir, { isReplacing: true });
  await start();
  expect(await swap('third')).toEqual(['first', 'first']);
  await stop();

  // On another machine.
  await rm(dataDir, { recursive: true });
  const elsewhere = path.join(folder, 'elsewhere');
  await restore(backup, elsewhere);
  dataDir = elsewhere;
  await start();
  expect(await swap('fourth')).toEqual(['first', 'first']);
  expect(await readFile(path.join(elsewhere, 'secret-key'), 'utf8')).toBe('key');
});

/** Lets the step fail that writes to `target`, as a crash before it would. */
async function failingAt(step: 'cp' | 'rename', target: string, work: () => Promise<unknown>): Promise<void> {
  const original = fs[step] as (...args: unknown[]) => Promise<void>;
  const planted = vi.spyOn(fs, step).mockImplementation((...args: unknown[]) => {
    if (args[1] === target) throw new Error('interrupted here');
    return original(...args);
  });
  syncBuiltinESMExports();
  try {
    await expect(work()).rejects.toThrow('interrupted here');
  } finally {
    planted.mockRestore();
    syncBuiltinESMExports();
  }
}

it('a restore that is interrupted leaves a note, until one that is run again has completed it', async () => {
  const backup = path.join(folder, 'backup');
  await start();
  await swap('first');
  await stop();
  await writeFile(path.join(dataDir, 'secret-key'), 'key');
  await backUp(dataDir, backup);
  await start();
  await swap('second');
  await stop();

  const again = () => restore(backup, dataDir, { isReplacing: true });
  await failingAt('cp', path.join(dataDir, 'redis', 'data.restored'), again);
  expect(existsSync(path.join(dataDir, RESTORE_NOTE))).toBe(false);
  expect(await readdir(path.join(dataDir, 'postgres'))).not.toContain('cluster.restored');
  expect(await restoreFindings(dataDir)).toEqual([]);

  await failingAt('rename', path.join(dataDir, 'redis', 'data'), again);
  expect(await restoreFindings(dataDir)).toEqual([
    expect.objectContaining({
      level: 'problem',
      what: expect.stringContaining(`run it again (npm run restore -- ${backup} --replace)`),
    }),
  ]);
  await expect(backUp(dataDir, path.join(folder, 'other'))).rejects.toThrow('a restore was interrupted');

  await restore(backup, dataDir);
  expect(await readdir(dataDir)).toEqual(['postgres', 'redis', 'secret-key']);
  expect(await restoreFindings(dataDir)).toEqual([]);
  await start();
  expect(await swap('third')).toEqual(['first', 'first']);
});

it('refuses a folder that is not a complete backup', async () => {
  await mkdir(path.join(folder, 'half', 'postgres'), { recursive: true });
  await expect(restore(path.join(folder, 'half'), dataDir)).rejects.toThrow('is not a complete backup');
});

it('refuses a backup that this Postgres cannot open, and leaves the data', async () => {
  const backup = path.join(folder, 'backup');
  await start();
  await swap('first');
  await stop();
  const note = await backUp(dataDir, backup);
  await writeFile(path.join(backup, 'backup.json'), JSON.stringify({ ...note, postgres: '14' }));
  await expect(restore(backup, dataDir, { isReplacing: true })).rejects.toThrow(
    `is of Postgres 14, and this one is ${note.postgres}`,
  );
  await start();
  expect(await swap('second')).toEqual(['first', 'first']);
});
