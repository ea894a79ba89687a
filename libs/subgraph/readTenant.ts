/** Reads everything that a database has of a tenant: for `npm run export`, and for the exports that administrators ask for. */
import type { Db } from '@libs/db/connect';
import type { SubgraphName } from '@libs/runtime/subgraphs';
import type postgres from 'postgres';
import { LEFT_OUT, LEFT_OUT_COLUMNS, LEFT_OUT_EVERYWHERE, TENANT_TABLE } from './exportedTables.ts';

/** Rows in memory at once. */
const ROWS_PER_FETCH = 500;
/** For a consumer that pauses. The database's own limit would end the transaction sooner. */
const MAX_PAUSE_MS = 60_000;

type Table = { table: string; column: string };

/** Gets the name of a table, as `database.table`, and its rows as JSON, batch by batch. */
export type ReadTable = (name: string, batches: AsyncIterable<string[]>) => Promise<void>;

export async function tablesOfTenant({ sql }: Pick<Db, 'sql'>, database: SubgraphName): Promise<Table[]> {
  const rows = await sql<{ table: string }[]>`
    select table_name as table from information_schema.columns
    join pg_class on oid = format('%I.%I', table_schema, table_name)::regclass and relkind in ('r', 'p') and not relispartition
    where table_schema = 'public' and column_name = 'tenant_id' order by 1`;
  const tables = rows
    .map(({ table }) => table)
    .filter((table) => !(table in LEFT_OUT_EVERYWHERE) && !(`${database}.${table}` in LEFT_OUT))
    .map((table): Table => ({ table, column: 'tenant_id' }));
  return database === TENANT_TABLE.database
    ? [{ table: TENANT_TABLE.table, column: 'id' }, ...tables]
    : tables;
}

/**
 * Passes every row of the tenant to `read`, table by table, without secrets, in one snapshot. Reads on only as fast as `read` does. Returns
 * the number of rows of each table.
 */
export async function readTenant(
  db: Pick<Db, 'sql'>,
  database: SubgraphName,
  tenantId: string,
  read: ReadTable,
): Promise<Record<string, number>> {
  const tables = await tablesOfTenant(db, database);
  const counts: Record<string, number> = {};
  await db.sql.begin('isolation level repeatable read read only', async (tx) => {
    await tx`select set_config('idle_in_transaction_session_timeout', ${String(MAX_PAUSE_MS)}, true)`;
    for (const { table, column } of tables) {
      const name = `${database}.${table}`;
      counts[name] = 0;
      const counted = async function* () {
        for await (const batch of batchesOf(tx, { table, column }, tenantId)) {
          counts[name]! += batch.length;
          yield batch;
        }
      };
      await read(name, counted());
    }
  });
  return counts;
}

/**
 * JSON of the rows. Of a cursor in SQL, whose statements each have the whole statement timeout: one of the protocol, as the driver's are, has it
 * once for all of its rows, the reader's pauses included.
 */
async function* batchesOf(
  sql: postgres.TransactionSql,
  { table, column }: Table,
  tenantId: string,
): AsyncGenerator<string[]> {
  const name = sql(`rows of ${table}`);
  await sql`
    declare ${name} no scroll cursor for
    select (to_jsonb(one) - ${[...LEFT_OUT_COLUMNS]}::text[])::text as line
    from ${sql(table)} as one where ${sql(column)} = ${tenantId}::uuid`;
  for (;;) {
    const rows = await sql<{ line: string }[]>`fetch ${sql.unsafe(String(ROWS_PER_FETCH))} from ${name}`;
    if (rows.length > 0) yield rows.map(({ line }) => line);
    if (rows.length < ROWS_PER_FETCH) break;
  }
  await sql`close ${name}`;
}
