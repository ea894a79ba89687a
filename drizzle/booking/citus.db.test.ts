/** The file stops before it changes anything. What it does on a Citus cannot be tried here. */
import { readFileSync } from 'node:fs';
import { testDatabase } from '@libs/testing/testDatabases';
import { afterEach, expect, it } from 'vitest';
import { schemaOf } from '../testing/schemaOf.ts';

const { sql } = await testDatabase('booking');
const file = readFileSync(new URL('./citus.sql', import.meta.url), 'utf8');
const KNOWN =
  'nothing was distributed: the foreign key booking_resources_follow changes rows when its target is updated; the trigger bookings_deadlines would be on no shard; the trigger bookings_wall_clock would be on no shard';

/** The message of the file's error. */
async function problemOf(): Promise<string> {
  const reserved = await sql.reserve();
  try {
    await reserved.unsafe(file);
    return 'none';
  } catch (error) {
    await reserved`rollback`;
    return (error as Error).message;
  } finally {
    reserved.release();
  }
}

const before = await schemaOf(sql);
let isChanged = false;
afterEach(async () => {
  if (!isChanged) expect(await schemaOf(sql)).toEqual(before);
});

it('names everything of ours that Citus refuses', async () => {
  expect(await problemOf()).toBe(KNOWN);
});

it('names a key, a foreign key and a table that somebody adds without the tenant', async () => {
  isChanged = true;
  await sql`create unique index holds_once on holds (user_id)`;
  await sql`alter table closures add constraint closures_key unique (id)`;
  await sql`alter table due add constraint due_closure foreign key (subject_id) references closures (id)`;
  await sql`create table notes (tenant_id uuid)`;
  const more = [
    'the foreign key due_closure does not contain the tenant',
    'the key closures_key does not contain the tenant',
    'the key holds_once does not contain the tenant',
    'the table notes has a tenant, and is not distributed',
    'the trigger bookings_deadlines',
  ];
  expect(await problemOf()).toBe(KNOWN.replace('the trigger bookings_deadlines', more.join('; ')));
  await sql`drop table notes`;
  await sql`alter table due drop constraint due_closure`;
  await sql`alter table closures drop constraint closures_key`;
  await sql`drop index holds_once`;
  expect(await schemaOf(sql)).toEqual(before);
});

it('needs the extension', async () => {
  await sql`alter table booking_resources drop constraint booking_resources_follow`;
  await sql`drop trigger bookings_deadlines on bookings`;
  await sql`drop trigger bookings_wall_clock on bookings`;
  expect(await problemOf()).toBe('nothing was distributed: this database has no extension citus');
});
