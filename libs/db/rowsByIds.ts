import { sql, type SQL } from 'drizzle-orm';
import type postgres from 'postgres';
import type { Drizzle } from './connect.ts';
import type { Queryable } from './inTransaction.ts';

const IDS = 'ids';

/**
 * The right side of `id = …` for a few ids. Given a bare array, Postgres would plan the statement anew each time: it takes an array that it
 * cannot see yet for ten elements (decision 51).
 */
export const anyOf = (sql: Queryable['sql'], ids: readonly string[]): postgres.Fragment =>
  sql`any((select ${[...ids]}::uuid[])::uuid[])`;

/**
 * Reads the rows of a list of ids, in any order. The statement is built once for each pool, since Drizzle takes longer to build it than the
 * driver to send it, and one text serves any number of ids. Like `anyOf`, it keeps its plan.
 */
export function rowsByIds<Row>(
  build: (
    drizzle: Drizzle,
    ids: SQL,
  ) => { prepare(name: string): { execute(values: Record<string, unknown>): Promise<Row[]> } },
): (db: Queryable, ids: readonly string[]) => Promise<Row[]> {
  const statements = new WeakMap<Drizzle, { execute(values: Record<string, unknown>): Promise<Row[]> }>();
  return async ({ drizzle }, ids) => {
    let statement = statements.get(drizzle);
    if (!statement) {
      statement = build(drizzle, sql`any((select ${sql.placeholder(IDS)}::uuid[])::uuid[])`).prepare('');
      statements.set(drizzle, statement);
    }
    return statement.execute({ [IDS]: [...ids] });
  };
}
