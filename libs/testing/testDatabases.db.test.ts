import { Redis } from 'ioredis';
import postgres from 'postgres';
import { describe, expect, inject, it } from 'vitest';
import { testDatabase, testRedis } from './testDatabases.ts';
import { databasesLeft } from './leftovers.ts';

const db = await testDatabase('empty');
const { redis, url: redisUrl } = await testRedis();

describe('testDatabase', () => {
  it('gives each caller a database of its own', async () => {
    const other = await testDatabase('empty');
    await db.sql`create table only_here (id int)`;
    await expect(other.sql`select from only_here`).rejects.toThrow('does not exist');
    await other.drop();
  });

  it('can hold the exclusion constraint of bookings', async () => {
    await db.sql`create extension btree_gist`;
    await db.sql`create table held (room uuid, during tstzrange, exclude using gist (room with =, during with &&))`;
  });

  it('sorts text by code point, as production does', async () => {
    const rows = await db.sql<
      { word: string }[]
    >`select word from (values ('b'), ('Z'), ('é')) as w(word) order by word`;
    expect(rows.map((row) => row.word)).toEqual(['Z', 'b', 'é']);
    const [row] = await db.sql`select upper('é') as upper`;
    expect(row).toEqual({ upper: 'É' });
  });

  it('fails where a connection is left open, and drops the database all the same', async () => {
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
  it('gives each caller an empty database of its own', async () => {
    const other = await testRedis();
    await redis.set('key', 'mine');
    expect(await other.redis.get('key')).toBeNull();
    await other.close();
    expect(await redis.get('key')).toBe('mine');
  });

  it('fails where a client is left connected', async () => {
    const { url, close } = await testRedis();
    const leak = new Redis(url, { connectionName: 'leaky' });
    await leak.ping();
    await expect(close()).rejects.toThrow(/left open: Redis client leaky/);
    leak.disconnect();
  });

  it('names the database in its address', () => {
    expect(redisUrl).toMatch(/^redis:\/\/127\.0\.0\.1:\d+\/[1-9]\d*$/);
  });
});
