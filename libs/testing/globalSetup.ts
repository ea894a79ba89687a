/**
 * Servers for a run of tests: one Postgres with a migrated template database for each subgraph, and one Redis, in a
 * folder of this run alone. Where tests leave something behind (a database, a connection, a process) the run fails.
 */
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createDatabases } from '@libs/servers/databases';
import { startPostgres, type Postgres } from '@libs/servers/postgres';
import { startRedis, type Redis } from '@libs/servers/redis';
import type { TestProject } from 'vitest/node';
import { databasesLeft, processesLeft } from './leftovers.ts';
import {
  REDIS_DATABASES,
  SUBGRAPHS,
  templateName,
  TEMPLATES,
  type SubgraphName,
  type TestServers,
} from './run.ts';

type Running = { addresses: TestServers; postgres: Postgres; redis: Redis };
/** The projects of a run (db, e2e) call the setup one by one, in one process but each in its own module. */
type Shared = { running?: Promise<Running>; users: number };
const shared: Shared = ((globalThis as { vagaTestServers?: Shared }).vagaTestServers ??= { users: 0 });

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  shared.users += 1;
  shared.running ??= startServers();
  const { addresses } = await shared.running;
  project.provide('servers', addresses);
  return async () => {
    shared.users -= 1;
    const running = await shared.running;
    if (shared.users > 0 || !running) return;
    delete shared.running;
    await stopServers(running);
  };
}

async function startServers(): Promise<Running> {
  const runDir = await mkdtemp(path.join(tmpdir(), 'vaga-test-'));
  // Started by root, the servers run as another account, which must get into this folder.
  await chmod(runDir, 0o755);
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const [postgres, redis] = await Promise.all([
    startPostgres({ dataDir: path.join(runDir, 'postgres'), fsync: false, log }),
    startRedis({ dataDir: path.join(runDir, 'redis'), appendOnly: false, databases: REDIS_DATABASES, log }),
  ]);
  const postgresUrl = postgres.url('postgres');
  await createDatabases(postgresUrl, TEMPLATES.map(templateName));
  await Promise.all(SUBGRAPHS.map((name) => migrateTemplate(name, postgres.url(templateName(name)))));
  return { addresses: { postgresUrl, redisUrl: redis.url, runDir }, postgres, redis };
}

async function migrateTemplate(name: SubgraphName, url: string): Promise<void> {
  const drizzle = path.resolve(import.meta.dirname, '../../drizzle');
  if (!existsSync(path.join(drizzle, name, 'migrations'))) return;
  const { migrate } = (await import(path.join(drizzle, 'migrate.ts'))) as {
    migrate: (name: SubgraphName, url: string) => Promise<void>;
  };
  await migrate(name, url);
}

async function stopServers({ addresses, postgres, redis }: Running): Promise<void> {
  const left = [
    ...(await databasesLeft(addresses.postgresUrl)),
    ...processesLeft(addresses.runDir, [postgres.pid, redis.pid]),
  ];
  await Promise.all([postgres.stop(), redis.stop()]);
  await rm(addresses.runDir, { recursive: true, force: true });
  if (left.length > 0) throw new Error(`The tests left behind: ${left.join('; ')}`);
}
