import { sql, type SQL } from 'drizzle-orm';
import type { Drizzle } from './connect.ts';
import type { Queryable } from './inTransaction.ts';

const IDS = 'ids';

/**
 * Reads the rows of a list of ids, in any order. The statement is built once for each pool, since Drizzle takes longer to build it than the
 * driver to send it, and one text serves any number of ids.
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
      statement = build(drizzle, sql`any(${sql.placeholder(IDS)}::uuid[])`).prepare('');
      statements.set(drizzle, statement);
    }
    return statement.execute({ [IDS]: [...ids] });
  };
}
