/** Backups that tests restore while processes use the data. */
import { randomUUID } from 'node:crypto';
import { createDatabaseFrom, dropDatabase } from '@scripts/dev/servers/databases';
import type { Redis } from 'ioredis';
import postgres from 'postgres';
import { afterAll, inject } from 'vitest';
import { TEST_DATABASE_PREFIX } from './testRun.ts';

export type Backup = {
  /** Breaks database connections, as a restart of the server does. */
  restore(): Promise<void>;
};

/** Call this at the top of a test file. The returned function backs up the database at `url`, which breaks its connections. */
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
      // Postgres copies a database only while nothing is connected to it.
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
      async restore() {
        await dropDatabase(postgresUrl, database, { force: true });
        await createDatabaseFrom(postgresUrl, copy, database);
      },
    };
  };
}

export async function backUpRedis(redis: Redis): Promise<Backup> {
  const keys = await redis.keys('*');
  const dumps = await Promise.all(keys.map(async (key) => [key, await redis.dumpBuffer(key)] as const));
  return {
    async restore() {
      const transaction = redis.multi().flushdb();
      for (const [key, dump] of dumps) if (dump) transaction.restore(key, 0, dump);
      await transaction.exec();
    },
  };
}
