/**
 * CREATE and DROP INDEX CONCURRENTLY, which Postgres does not have for partitioned tables, in steps that lock none of them for long: the index
 * of each partition is built concurrently, and attached to an index that has none yet.
 */
import type postgres from 'postgres';

const CREATE =
  /^create\s+(?<unique>unique\s+)?index\s+concurrently\s+(?:if\s+not\s+exists\s+)?"?(?<index>\w+)"?\s+on\s+(?:"?public"?\.)?"?(?<table>\w+)"?\s+(?<rest>.*?);?\s*$/is;
const DROP = /^drop\s+index\s+concurrently\s+(?:if\s+exists\s+)?"?(?<index>\w+)"?\s*;?\s*$/is;

const withoutComments = (statement: string): string => statement.replaceAll(/^\s*--.*$/gm, '').trim();

const isPartitioned = async (sql: postgres.Sql, name: string, kind: 'p' | 'I'): Promise<boolean> => {
  const rows = await sql`select from pg_class where oid = to_regclass(${name}) and relkind = ${kind}`;
  return rows.length > 0;
};

/** Runs a statement of a migration outside of a transaction, on plain and on partitioned tables. It may have been begun before. */
export async function runOutsideOfTransaction(sql: postgres.Sql, statement: string): Promise<void> {
  const text = withoutComments(statement);
  const created = CREATE.exec(text)?.groups;
  const dropped = DROP.exec(text)?.groups;
  if (created && (await isPartitioned(sql, created['table']!, 'p'))) {
    await createOnPartitions(sql, created as Created);
  } else if (dropped && (await isPartitioned(sql, dropped['index']!, 'I'))) {
    await sql`drop index ${sql(dropped['index']!)}`;
  } else {
    await sql.unsafe(statement);
  }
}

type Created = { unique: string | undefined; index: string; table: string; rest: string };

async function createOnPartitions(
  sql: postgres.Sql,
  { unique = '', index, table, rest }: Created,
): Promise<void> {
  await sql.unsafe(`create ${unique}index if not exists ${index} on only ${table} ${rest}`);
  const partitions = await sql<{ name: string; suffix: string }[]>`
    select relname as name, substring(relname from '_p[0-9]+$') as suffix
    from pg_inherits join pg_class on pg_class.oid = inhrelid where inhparent = ${table}::regclass order by relname`;
  for (const { name, suffix } of partitions) {
    const part = `${index}${suffix}`;
    const broken = await sql`select from pg_index where indexrelid = to_regclass(${part}) and not indisvalid`;
    if (broken.length > 0) await sql`drop index concurrently ${sql(part)}`;
    await sql.unsafe(`create ${unique}index concurrently if not exists ${part} on ${name} ${rest}`);
    // Does nothing where it is attached.
    await sql`alter index ${sql(index)} attach partition ${sql(part)}`;
  }
}
