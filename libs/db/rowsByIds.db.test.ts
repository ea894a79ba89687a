import { preparedStatements, TRIAL_PLANS } from '@libs/testing/preparedStatements';
import { testDatabase } from '@libs/testing/testDatabases';
import { sql } from 'drizzle-orm';
import { pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { afterAll, expect, it } from 'vitest';
import { connect } from './connect.ts';
import { newId } from './ids.ts';
import { anyOf, rowsByIds } from './rowsByIds.ts';

const { url } = await testDatabase('empty');
// One connection, of which Postgres tells how often it planned each statement.
const db = connect(url, { name: 'rows-by-ids', max: 1 });
afterAll(db.close);
await db.sql`create table people (id uuid primary key, name text not null)`;
const people = pgTable('people', { id: uuid().primaryKey(), name: text().notNull() });
const all = ['Ana', 'Bruno', 'Zoé'].map((name) => ({ id: newId(), name }));
await db.drizzle.insert(people).values(all);

const names = (rows: { name: string }[]) => rows.map(({ name }) => name).toSorted();

const byDrizzle = rowsByIds<typeof people.$inferSelect>((drizzle, ids) =>
  drizzle
    .select()
    .from(people)
    .where(sql`${people.id} = ${ids}`),
);

it.each<[string, (ids: readonly string[]) => Promise<{ name: string }[]>]>([
  ['rowsByIds', (ids) => byDrizzle(db, ids)],
  ['anyOf', (ids) => db.sql`select name from people where id = ${anyOf(db.sql, ids)}`],
])('%s reads the rows of some ids, by a plan that is kept', async (_name, read) => {
  const [ana, bruno] = all.map(({ id }) => id) as [string, string, string];
  for (let time = 0; time < TRIAL_PLANS; time += 1) expect(names(await read([ana]))).toEqual(['Ana']);
  expect(names(await read([bruno]))).toEqual(['Bruno']);
  expect(names(await read([bruno, newId(), ana]))).toEqual(['Ana', 'Bruno']);
  expect(await read([])).toEqual([]);
  const ofPeople = (await preparedStatements(db.sql)).filter(({ statement }) =>
    /people.*where/.test(statement),
  );
  expect(ofPeople.at(-1)).toMatchObject({ plans: TRIAL_PLANS, kept: 3 });
});
