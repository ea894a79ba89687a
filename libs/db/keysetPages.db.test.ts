import { testDatabase } from '@libs/testing/testDatabases';
import { sql } from 'drizzle-orm';
import { pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { afterAll, describe, expect, it } from 'vitest';
import { connect } from './connect.ts';
import { newId } from './ids.ts';
import { byId, namedOrder, readPage, type NamedOrder, type Page, type PageArgs } from './keysetPages.ts';
import { inRangeOrder, isInRange, namedColumns } from './keysetSql.ts';

const { url } = await testDatabase('empty');
const db = connect(url, { name: 'keyset-pages' });
afterAll(db.close);
await db.sql`create table people (id uuid primary key, name text not null)`;
const people = pgTable('people', { id: uuid().notNull(), name: text().notNull() });
type Person = typeof people.$inferSelect;
/** Equal, and different only by accents and case. */
const NAMES = ['Zoé', 'ana', 'Ana', 'Aná', 'Ana', 'Bruno', 'bruno', 'Zoe', 'Ana', 'Óscar', 'Oscar'];
await db.drizzle.insert(people).values(NAMES.map((name) => ({ id: newId(), name })));

const orders: NamedOrder[] = (['CREATED_AT', 'NAME'] as const).flatMap((field) =>
  (['ASC', 'DESC'] as const).map((direction) => ({ field, direction })),
);

function pageOf(order: NamedOrder, args: PageArgs): Promise<Page<Person>> {
  const columns = namedColumns(order.field, people);
  return readPage(namedOrder<Person>('people', order), args, (range) =>
    db.drizzle
      .select()
      .from(people)
      .where(isInRange(columns, range))
      .orderBy(...inRangeOrder(columns, range))
      .limit(range.limit),
  );
}

async function allIn({ field, direction }: NamedOrder): Promise<string[]> {
  const by =
    field === 'NAME'
      ? sql.raw(`name collate "und-x-icu" ${direction}, id ${direction}`)
      : sql.raw(`id ${direction}`);
  return (await db.drizzle.select().from(people).orderBy(by)).map(({ id }) => id);
}

describe.each(orders)('a list by $field $direction', (order) => {
  it.each([1, 2, 3, NAMES.length, NAMES.length + 1])(
    'is read whole in pages of %i, from each end',
    async (size) => {
      const all = await allIn(order);
      const forward: string[] = [];
      let after: string | undefined;
      for (let hasNextPage = true; hasNextPage;) {
        const page = await pageOf(order, { first: size, after });
        expect(page.hasPreviousPage).toBe(after !== undefined);
        forward.push(...page.rows.map(({ id }) => id));
        after = page.cursorOf(page.rows.at(-1)!);
        ({ hasNextPage } = page);
      }
      expect(forward).toEqual(all);
      const backward: string[] = [];
      let before: string | undefined;
      for (let hasPreviousPage = true; hasPreviousPage;) {
        const page = await pageOf(order, { last: size, before });
        expect(page.hasNextPage).toBe(before !== undefined);
        backward.unshift(...page.rows.map(({ id }) => id));
        before = page.cursorOf(page.rows[0]!);
        ({ hasPreviousPage } = page);
      }
      expect(backward).toEqual(all);
    },
  );

  it('has what lies between two cursors', async () => {
    const all = await allIn(order);
    const { rows, cursorOf } = await pageOf(order, {});
    expect(rows.map(({ id }) => id)).toEqual(all);
    const between = { after: cursorOf(rows[1]!), before: cursorOf(rows[6]!) };
    const page = await pageOf(order, { first: 10, ...between });
    expect(page.rows.map(({ id }) => id)).toEqual(all.slice(2, 6));
    const last = await pageOf(order, { last: 2, ...between });
    expect(last.rows.map(({ id }) => id)).toEqual(all.slice(4, 6));
    for (const one of [page, last, await pageOf(order, { last: 10, ...between })])
      expect([one.hasPreviousPage, one.hasNextPage]).toEqual([true, true]);
    const until = await pageOf(order, { before: between.before });
    expect([until.hasPreviousPage, until.hasNextPage]).toEqual([false, true]);
    const since = await pageOf(order, { last: 10, after: between.after });
    expect([since.hasPreviousPage, since.hasNextPage]).toEqual([true, false]);
    expect((await pageOf(order, { first: 3, after: between.before, before: between.after })).rows).toEqual(
      [],
    );
  });

  it('goes on after a row that was deleted or renamed', async () => {
    const { rows, cursorOf } = await pageOf(order, { first: 4 });
    const cursor = cursorOf(rows[3]!);
    const after = (await pageOf(order, { after: cursor })).rows;
    await db.drizzle.delete(people).where(sql`id = ${rows[3]!.id}`);
    expect((await pageOf(order, { after: cursor })).rows).toEqual(after);
    await db.drizzle.insert(people).values(rows[3]!);
  });
});

describe('a cursor', () => {
  const order: NamedOrder = { field: 'NAME', direction: 'ASC' };
  const refused = { extensions: { code: 'BAD_USER_INPUT' } };
  const encoded = (parts: unknown) => Buffer.from(JSON.stringify(parts)).toString('base64url');

  it.each<[string, unknown]>([
    ['of another list', ['others by name', 'Ana', newId()]],
    ['of another order', ['people', newId()]],
    ['with too few values', ['people by name', 'Ana']],
    ['with too many values', ['people by name', 'Ana', newId(), 'x']],
    ['with an id that is none', ['people by name', 'Ana', "' or true --"]],
    ['with a character that Postgres has not', ['people by name', 'A\0', newId()]],
    ['with a number', ['people by name', 1, newId()]],
    ['that is no list', { 0: 'people by name' }],
  ])('%s is refused', async (_, parts) => {
    await expect(pageOf(order, { after: encoded(parts) })).rejects.toMatchObject(refused);
    await expect(pageOf(order, { before: encoded(parts) })).rejects.toMatchObject(refused);
  });

  it.each(['', 'x', '[', 'ção'])('%j is refused', async (after) => {
    await expect(pageOf(order, { after })).rejects.toMatchObject(refused);
  });

  it('of a tenant is refused in the list of another', async () => {
    const read = async () => [{ id: newId() }];
    const { rows, cursorOf } = await readPage(byId<{ id: string }>('list of one'), {}, read);
    const after = cursorOf(rows[0]!);
    await expect(readPage(byId('list of another'), { after }, read)).rejects.toMatchObject(refused);
  });
});
