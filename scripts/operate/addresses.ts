/** The addresses of a running system's databases and Redis: from the environment, else those of `npm start`. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Pooler } from '@libs/db/connect';
import { databasePooler, databaseUrl } from '@libs/runtime/env';
import { SUBGRAPHS, type SubgraphName } from '@libs/runtime/subgraphs';
import { serverDirOf } from '../dev/servers/runAsUser.ts';
import { LOOPBACK } from '../dev/servers/ports.ts';
import { runningDataDirs } from '../dev/dataDirs.ts';
import { CommandFailure } from './runCommand.ts';
import { readSettings, type EnvironmentVariables } from '../dev/startSettings.ts';

export type Addresses = {
  databases: Record<SubgraphName, string>;
  redis: string;
  pooler: Pooler | undefined;
};

/** Reads a file that a server of `npm start` leaves in its folder. */
async function readNote(dataDir: string, server: 'postgres' | 'redis', note: string): Promise<string> {
  const { dataDir: serverDir } = serverDirOf(
    path.join(dataDir, server),
    server === 'postgres' ? 'cluster' : 'data',
  );
  try {
    return (await readFile(path.join(serverDir, note), 'utf8')).trim();
  } catch {
    throw new CommandFailure(
      `Nothing has been started on ${dataDir}: run npm start first, or set the addresses in the environment`,
    );
  }
}

/** The data folder of the only running system, else the default one. Rejects if several run. */
async function runningDataDir(root: string, defaultDir: string): Promise<string> {
  const running = await runningDataDirs(root);
  if (running.length <= 1 || running.includes(defaultDir))
    return running.length === 1 ? running[0]! : defaultDir;
  throw new CommandFailure(`Several systems run: set DATA_DIR to one of ${running.join(', ')}`);
}

/** The addresses for a command. Rejects with one line if no system is configured or was started. */
export async function addresses(root: string, environment: EnvironmentVariables): Promise<Addresses> {
  const { dataDir: named, variables, startsPostgres, startsRedis } = await readSettings(root, environment);
  const dataDir = variables['DATA_DIR'] ? named : await runningDataDir(root, named);
  let urlOf = (name: SubgraphName): string => databaseUrl(name, variables);
  if (startsPostgres) {
    const password = await readNote(dataDir, 'postgres', 'password');
    const port = await readNote(dataDir, 'postgres', 'port');
    urlOf = (name) => `postgres://postgres:${password}@${LOOPBACK}:${port}/${name}`;
  }
  const redis = startsRedis
    ? `redis://${LOOPBACK}:${await readNote(dataDir, 'redis', 'port')}`
    : (variables['REDIS_URL'] as string);
  return {
    databases: Object.fromEntries(SUBGRAPHS.map((name) => [name, urlOf(name)])) as Record<
      SubgraphName,
      string
    >,
    redis,
    pooler: startsPostgres ? undefined : databasePooler(variables),
  };
}
