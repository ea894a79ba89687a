import { connect } from '@libs/db/connect';
import { silentLog, type Log } from '@libs/telemetry/log';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterAll, expect, it } from 'vitest';
import { requireMigrations } from './requireMigrations.ts';

const databases = await Promise.all([testDatabase('booking'), testDatabase('empty')]);
const [migrated, empty] = databases.map(({ url }) => connect(url, { name: 'requireMigrations' }));
afterAll(() => Promise.all([migrated!.close(), empty!.close()]));

function logged(): { log: Log; lines: unknown[] } {
  const lines: unknown[] = [];
  return { lines, log: { ...silentLog(), error: (fields: unknown) => lines.push(fields) } as Log };
}

it('accepts a database with the migrations of this release, and of a later one', async () => {
  await requireMigrations('booking', migrated!, silentLog())();
  await migrated!.sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('later', 9e12)`;
  await requireMigrations('booking', migrated!, silentLog())();
});

it('takes the migrations for applied if the user may not read which were', async () => {
  await empty!.sql.unsafe(`create role without_migrations login password 'x'`);
  const url = new URL(databases[0]!.url);
  [url.username, url.password] = ['without_migrations', 'x'];
  const reader = connect(url.href, { name: 'requireMigrations' });
  await expect(reader.sql`select from drizzle.__drizzle_migrations`).rejects.toThrow(/permission denied/);
  await requireMigrations('booking', reader, silentLog())();
  await reader.close();
});

it('refuses one without them, logs it once, and accepts it once it has them', async () => {
  const { log, lines } = logged();
  const required = requireMigrations('booking', empty!, log);
  await expect(required()).rejects.toThrow(/lacks \d{4}_/);
  await empty!.sql.unsafe(`
    create schema drizzle;
    create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint);
    insert into drizzle.__drizzle_migrations (hash, created_at) values ('first', 1)`);
  await expect(required()).rejects.toThrow(/lacks \d{4}_/);
  expect(lines).toEqual([{ migration: expect.stringMatching(/^\d{4}_/) }]);
  await empty!.sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('last', 9e12)`;
  await required();
});
