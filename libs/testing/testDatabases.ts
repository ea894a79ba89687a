/**
 * A separate database and Redis for a test file, removed after its tests. Call these at the top of the file, outside hooks and tests:
 *
 *     const db = await testDatabase('booking');
 *     const { redis } = await testRedis();
 */
import { randomUUID } from 'node:crypto';
import { createDatabaseFrom, dropDatabase } from '@scripts/dev/servers/databases';
import { waitUntil } from '@scripts/dev/servers/processes';
import { Redis } from 'ioredis';
import postgres from 'postgres';
import { afterAll, inject } from 'vitest';
import { clientsLeft, connectionsLeft } from './leftovers.ts';
import { REDIS_DATABASES, templateName, TEST_DATABASE_PREFIX, type TemplateName } from './testRun.ts';

const CLOSING_LIMIT_MS = 3_000;

export type TestDatabase = {
  url: string;
  /** A pool for the test itself; `drop` closes it. */
  sql: postgres.Sql;
  /** Runs after the tests; rejects if a connection is still open. */
  drop: () => Promise<void>;
};

/** Clones a subgraph's migrated database, or an empty one. */
export async function testDatabase(name: TemplateName): Promise<TestDatabase> {
  const database = await createTestDatabase(inject('servers').postgresUrl, name);
  afterAll(database.drop);
  return database;
}

/** For the test itself. */
export const testPool = (url: string): postgres.Sql =>
  postgres(url, { max: 10, onnotice: () => {}, connection: { application_name: 'test' } });

/** The caller drops it. */
export async function createTestDatabase(postgresUrl: string, name: TemplateName): Promise<TestDatabase> {
  const database = `${TEST_DATABASE_PREFIX}${name}_${randomUUID().slice(0, 8)}`;
  await createDatabaseFrom(postgresUrl, templateName(name), database);
  const url = new URL(postgresUrl);
  url.pathname = `/${database}`;
  const sql = testPool(url.href);
  let dropped = false;
  const drop = async (): Promise<void> => {
    if (dropped) return;
    dropped = true;
    await sql.end({ timeout: 5 });
    const left = await connectionsLeftAfterClosing(url.href);
    await dropDatabase(postgresUrl, database, { force: true });
    if (left.length > 0) throw new Error(`The tests left open: ${left.join('; ')}`);
  };
  return { url: url.href, sql, drop };
}

async function connectionsLeftAfterClosing(url: string): Promise<string[]> {
  const sql = postgres(url, { max: 1 });
  let left: string[] = [];
  try {
    await waitUntil(async () => (left = await connectionsLeft(sql)).length === 0, CLOSING_LIMIT_MS);
  } finally {
    await sql.end();
  }
  return left;
}

export type TestRedis = {
  /** PUBLISH channels are not per database: the whole server shares them. */
  url: string;
  /** A client for the test itself; `close` disconnects it. */
  redis: Redis;
  /** Runs after the tests; rejects if a client is still connected. */
  close: () => Promise<void>;
};

export async function testRedis(): Promise<TestRedis> {
  const redis = await createTestRedis(inject('servers').redisUrl);
  afterAll(redis.close);
  return redis;
}

/** The caller closes it. */
export async function createTestRedis(redisUrl: string): Promise<TestRedis> {
  const run = new Redis(redisUrl);
  // Database 0 belongs to the run and counts the databases handed out.
  const database = ((await run.incr('test:files')) % (REDIS_DATABASES - 1)) + 1;
  await run.quit();
  const url = `${redisUrl}/${database}`;
  const redis = new Redis(url);
  await redis.flushdb();
  let closed = false;
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    let left: string[] = [];
    await waitUntil(async () => (left = await clientsLeft(redis, database)).length === 0, CLOSING_LIMIT_MS);
    await redis.flushdb();
    await redis.quit();
    if (left.length > 0) throw new Error(`The tests left open: ${left.join('; ')}`);
  };
  return { url, redis, close };
}
