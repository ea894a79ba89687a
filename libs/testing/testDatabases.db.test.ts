import { Redis } from 'ioredis';
import postgres from 'postgres';
import { describe, expect, inject, it } from 'vitest';
import { testDatabase, testRedis } from './testDatabases.ts';
import { databasesLeft } from './leftovers.ts';

const db = await testDatabase('empty');
const { redis, url: redisUrl } = await testRedis();

describe('testDatabase', () => {
  it('creates a separate database for each call', async () => {
    const other = await testDatabase('empty');
    await db.sql`create table only_here (id int)`;
    await expect(other.sql`select from only_here`).rejects.toThrow('does not exist');
    await other.drop();
  });

  it('supports the exclusion constraint of bookings', async () => {
    await db.sql`create extension btree_gist`;
    await db.sql`create table reserved (room uuid, during tstzrange, exclude using gist (room with =, during with &&))`;
  });

  it('sorts text by code point, as in production', async () => {
    const rows = await db.sql<
      { word: string }[]
    >`select word from (values ('b'), ('Z'), ('é')) as w(word) order by word`;
    expect(rows.map((row) => row.word)).toEqual(['Z', 'b', 'é']);
    const [row] = await db.sql`select upper('é') as upper`;
    expect(row).toEqual({ upper: 'É' });
  });

  it('rejects drop if a connection is left open, but still drops the database', async () => {
    const { url, drop } = await testDatabase('empty');
    const leak = postgres(url, { max: 1, connection: { application_name: 'leaky' } });
    await leak`select 1`;
    await expect(drop()).rejects.toThrow(/left open: connection leaky/);
    await leak.end();
    expect(await databasesLeft(inject('servers').postgresUrl)).not.toContain(
      `database ${new URL(url).pathname.slice(1)}`,
    );
  });
});

describe('testRedis', () => {
  it('provides a separate, empty database for each call', async () => {
    const other = await testRedis();
    await redis.set('key', 'mine');
    expect(await other.redis.get('key')).toBeNull();
    await other.close();
    expect(await redis.get('key')).toBe('mine');
  });

  it('rejects close if a client is left connected', async () => {
    const { url, close } = await testRedis();
    const leak = new Redis(url, { connectionName: 'leaky' });
    await leak.ping();
    await expect(close()).rejects.toThrow(/left open: Redis client leaky/);
    leak.disconnect();
  });

  it('includes the database number in its URL', () => {
    expect(redisUrl).toMatch(/^redis:\/\/127\.0\.0\.1:\d+\/[1-9]\d*$/);
  });
});
