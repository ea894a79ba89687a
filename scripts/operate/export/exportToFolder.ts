import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Db } from '@libs/db/connect';
import { isUuid } from '@libs/db/ids';
import { SUBGRAPHS, type SubgraphName } from '@libs/runtime/subgraphs';
import { systemClock } from '@libs/time/clock';
import { formatInstant } from '@libs/time/instants';
import type postgres from 'postgres';
import { UsageError, type Databases } from '../withDatabases.ts';
import { LEFT_OUT, LEFT_OUT_COLUMNS, LEFT_OUT_EVERYWHERE, TENANT_TABLE } from './exportedTables.ts';

/** In memory at once. */
const ROWS_PER_FETCH = 500;
const NOTE = 'export.json';

export type Export = { tenantId: string; at: string; tables: Record<string, number> };

/**
 * Writes every row of a tenant to `folder`, a file of JSON Lines for each table, without secrets. Each database is read in one snapshot.
 * Rejects with a UsageError for a tenant that does not exist, and for a folder that is not empty.
 */
export async function exportTenant(databases: Databases, tenantId: string, folder: string): Promise<Export> {
  if (!isUuid(tenantId)) throw new UsageError(`${tenantId} is no id of a tenant`);
  const [tenant] = await databases.tenant.sql`select from tenants where id = ${tenantId}::uuid`;
  if (!tenant) throw new UsageError(`There is no tenant ${tenantId}`);
  if (existsSync(folder) && (await readdir(folder)).length > 0)
    throw new UsageError(`${folder} is not empty`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const result: Export = { tenantId, at: formatInstant(systemClock.now()), tables: {} };
  for (const name of SUBGRAPHS) {
    Object.assign(result.tables, await exportDatabase(databases[name], name, tenantId, folder));
  }
  // Last: a folder without it is no complete export.
  await writeFile(path.join(folder, NOTE), `${JSON.stringify(result, null, 2)}\n`, { mode: 0o600 });
  return result;
}

type Table = { table: string; column: string };

export async function tablesOfTenant({ sql }: Pick<Db, 'sql'>, database: SubgraphName): Promise<Table[]> {
  const rows = await sql<{ table: string }[]>`
    select table_name as table from information_schema.columns
    join pg_tables on tablename = table_name and schemaname = table_schema
    where table_schema = 'public' and column_name = 'tenant_id' order by 1`;
  const tables = rows
    .map(({ table }) => table)
    .filter((table) => !(table in LEFT_OUT_EVERYWHERE) && !(`${database}.${table}` in LEFT_OUT))
    .map((table): Table => ({ table, column: 'tenant_id' }));
  return database === TENANT_TABLE.database
    ? [{ table: TENANT_TABLE.table, column: 'id' }, ...tables]
    : tables;
}

async function exportDatabase(
  db: Db,
  database: SubgraphName,
  tenantId: string,
  folder: string,
): Promise<Record<string, number>> {
  const tables = await tablesOfTenant(db, database);
  const counts: Record<string, number> = {};
  await db.sql.begin('isolation level repeatable read read only', async (tx) => {
    for (const { table, column } of tables) {
      const name = `${database}.${table}`;
      const file = createWriteStream(path.join(folder, `${name}.jsonl`), { mode: 0o600 });
      counts[name] = 0;
      const lines = async function* () {
        for await (const batch of batchesOf(tx, { table, column }, tenantId)) {
          counts[name]! += batch.length;
          yield batch.map((line) => `${line}\n`).join('');
        }
      };
      await pipeline(Readable.from(lines()), file);
    }
  });
  return counts;
}

/** JSON of the rows. */
async function* batchesOf(
  sql: postgres.TransactionSql,
  { table, column }: Table,
  tenantId: string,
): AsyncGenerator<string[]> {
  const rows = sql<{ line: string }[]>`
    select (to_jsonb(one) - ${[...LEFT_OUT_COLUMNS]}::text[])::text as line
    from ${sql(table)} as one where ${sql(column)} = ${tenantId}::uuid`;
  for await (const batch of rows.cursor(ROWS_PER_FETCH)) yield batch.map(({ line }) => line);
}
