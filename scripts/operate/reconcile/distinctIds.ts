import type { Db } from '@libs/db/connect';

/** Ids in a page. */
const PAGE_SIZE = 500;
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/**
 * The distinct ids in a column, in pages: each id is one look-up in the column's index, so the rows behind it cost nothing. Ids that are
 * added meanwhile may be missing.
 */
export async function* distinctIds({ sql }: Db, table: string, column: string): AsyncGenerator<string[]> {
  let after = BEFORE_ALL;
  for (;;) {
    const [from, id] = [sql(table), sql(column)];
    const rows = await sql<{ id: string }[]>`
      with recursive page as (
        (select ${id} as id from ${from} where ${id} > ${after}::uuid order by ${id} limit 1)
        union all
        select (select ${id} from ${from} where ${id} > page.id order by ${id} limit 1) from page where page.id is not null
      )
      select id from page where id is not null limit ${PAGE_SIZE}`;
    const last = rows.at(-1);
    if (!last) return;
    yield rows.map((row) => row.id);
    after = last.id;
  }
}
