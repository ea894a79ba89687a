/**
 * Servers for a test run: a Postgres with a migrated template database per subgraph, and a Redis. The run fails if tests leave a
 * database or a process behind.
 */
import { rmSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createDatabases } from '@scripts/dev/servers/databases';
import { startPostgres, type PostgresServer } from '@scripts/dev/servers/postgresServer';
import { startRedis, type RedisServer } from '@scripts/dev/servers/redisServer';
import type { TestProject } from 'vitest/node';
import { migrate } from '../../drizzle/migrate.ts';
import { partitionByTenant } from '../../drizzle/partitionByTenant.ts';
import { databasesLeft, processesLeft } from './leftovers.ts';
import { SUBGRAPHS } from '@libs/runtime/subgraphs';
import { REDIS_DATABASES, templateName, TEMPLATES, type TestServers } from './testRun.ts';

/** Two systems at once, one of them with two of each process, beside the shared one. */
const MAX_CONNECTIONS = 500;

type Running = { addresses: TestServers; postgres: PostgresServer; redis: RedisServer };
/** Shared by the projects of a run (db, e2e), which load this module separately in one process. */
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
  // For the account that root starts servers under.
  await chmod(runDir, 0o755);
  // Ctrl-C ends vitest without a teardown. Watchdogs then stop the servers, and this removes their folder.
  process.once('exit', () => rmSync(runDir, { recursive: true, force: true }));
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const [postgres, redis] = await Promise.all([
    startPostgres({
      dataDir: path.join(runDir, 'postgres'),
      fsync: false,
      maxConnections: MAX_CONNECTIONS,
      log,
    }),
    startRedis({ dataDir: path.join(runDir, 'redis'), appendOnly: false, databases: REDIS_DATABASES, log }),
  ]);
  const postgresUrl = postgres.url('postgres');
  await createDatabases(postgresUrl, TEMPLATES.map(templateName));
  await Promise.all(SUBGRAPHS.map((name) => migrate(name, postgres.url(templateName(name)))));
  // VAGA_PARTITIONS=16 runs any test on a booking database that is partitioned by tenant.
  const partitions = Number(process.env['VAGA_PARTITIONS'] ?? 0);
  if (partitions > 0) await partitionByTenant(postgres.url(templateName('booking')), partitions);
  return { addresses: { postgresUrl, redisUrl: redis.url, runDir }, postgres, redis };
}

async function stopServers({ addresses, postgres, redis }: Running): Promise<void> {
  const left = [
    ...(await databasesLeft(addresses.postgresUrl)),
    ...processesLeft(addresses.runDir, [postgres.pid, redis.pid]),
  ];
  await Promise.all([postgres.stop(), redis.stop()]);
  await rm(addresses.runDir, { recursive: true, force: true });
  if (left.length > 0) {
    process.stderr.write(`The tests left behind: ${left.join('; ')}\n`);
    // Vitest reports success even if a teardown throws.
    process.exitCode = 1;
  }
}
