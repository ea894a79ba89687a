/** Backups of a test file's databases and of a Redis, put back under whoever uses them. */
import { randomUUID } from 'node:crypto';
import { createDatabaseFrom, dropDatabase } from '@scripts/dev/servers/databases';
import type { Redis } from 'ioredis';
import postgres from 'postgres';
import { afterAll, inject } from 'vitest';
import { TEST_DATABASE_PREFIX } from './testRun.ts';

export type Backup = {
  /** Puts the database back to what it was; connections to it are cut, as by a restart of the server. */
  putBack(): Promise<void>;
};

/**
 * Backups of the database at `url`: each call of what it returns copies the files, for which connections are cut. Call this at the top of a
 * test file; the copies go at the file's end.
 */
export function backupsOf(url: string): () => Promise<Backup> {
  const { postgresUrl } = inject('servers');
  const database = new URL(url).pathname.slice(1);
  const copies: string[] = [];
  afterAll(async () => {
    for (const copy of copies) await dropDatabase(postgresUrl, copy);
  });
  return async () => {
    const copy = `${TEST_DATABASE_PREFIX}backup_${randomUUID().slice(0, 8)}`;
    copies.push(copy);
    const admin = postgres(postgresUrl, { max: 1, onnotice: () => {} });
    try {
      // Nobody may be connected to a database that is copied, nor come back meanwhile.
      await admin`alter database ${admin(database)} allow_connections false`;
      await admin`
        select pg_terminate_backend(pid, 5000) from pg_stat_activity
        where datname = ${database} and backend_type = 'client backend'`;
      await createDatabaseFrom(postgresUrl, database, copy);
    } finally {
      await admin`alter database ${admin(database)} allow_connections true`;
      await admin.end();
    }
    return {
      async putBack() {
        await dropDatabase(postgresUrl, database, { force: true });
        await createDatabaseFrom(postgresUrl, copy, database);
      },
    };
  };
}

/** Copies all that `redis` holds in its database. */
export async function backUpRedis(redis: Redis): Promise<Backup> {
  const keys = await redis.keys('*');
  const dumps = await Promise.all(keys.map(async (key) => [key, await redis.dumpBuffer(key)] as const));
  return {
    async putBack() {
      const transaction = redis.multi().flushdb();
      for (const [key, dump] of dumps) if (dump) transaction.restore(key, 0, dump);
      await transaction.exec();
    },
  };
}
