/**
 * Partitions the tables by tenant, as an operator of many tenants would: nothing in `tables.ts` or in the code stands in the way
 * (docs/decisions/0029-allocations.md).
 */
import type postgres from 'postgres';

const TABLES = [
  'bookings',
  'booking_resources',
  'booking_series',
  'holds',
  'allocations',
  'closures',
  'resource_versions',
  'idempotency_keys',
  'tombstones',
];

export const PARTITIONS = 16;

type Definition = { table: string; name: string; kind: string; definition: string };

/** The tables must be empty. */
export async function partitionByTenant(sql: postgres.Sql): Promise<void> {
  await sql.begin(async (tx) => {
    const constraints = await tx<Definition[]>`
      select t.relname as table, c.conname as name, c.contype as kind, pg_get_constraintdef(c.oid) as definition
      from pg_constraint c join pg_class t on t.oid = c.conrelid
      where t.relnamespace = 'public'::regnamespace and t.relname = any(${TABLES}) and c.contype in ('p', 'u', 'x', 'f')
      order by c.conname`;
    const indexes = await tx<{ definition: string }[]>`
      select pg_get_indexdef(i.indexrelid) as definition
      from pg_index i join pg_class t on t.oid = i.indrelid
      where t.relnamespace = 'public'::regnamespace and t.relname = any(${TABLES})
        and not exists (select from pg_constraint c where c.conindid = i.indexrelid and c.contype in ('p', 'u', 'x'))`;
    const isForeign = ({ kind }: Definition) => kind === 'f';
    const add = async ({ table, name, definition }: Definition) => {
      await tx`alter table ${tx(table)} add constraint ${tx(name)} ${tx.unsafe(definition)}`;
    };

    for (const { table, name } of constraints.filter(isForeign)) {
      await tx`alter table ${tx(table)} drop constraint ${tx(name)}`;
    }
    for (const table of TABLES) await partition(tx, table);
    for (const one of constraints.filter((constraint) => !isForeign(constraint))) await add(one);
    for (const { definition } of indexes) await tx.unsafe(definition);
    for (const one of constraints.filter(isForeign)) await add(one);
    await nameIndexes(tx);
  });
}

async function partition(tx: postgres.TransactionSql, table: string): Promise<void> {
  const old = `${table}_old`;
  await tx`alter table ${tx(table)} rename to ${tx(old)}`;
  await tx`
    create table ${tx(table)} (
      like ${tx(old)} including defaults including generated including constraints including storage
    ) partition by hash (tenant_id)`;
  await tx`drop table ${tx(old)}`;
  for (let number = 0; number < PARTITIONS; number += 1) {
    await tx.unsafe(
      `create table ${table}_p${number} partition of ${table} for values with (modulus ${PARTITIONS}, remainder ${number})`,
    );
  }
}

/** Each like its table's, with the partition's suffix, so that errors name them recognizably (`libs/db/constraints.ts`). */
async function nameIndexes(tx: postgres.TransactionSql): Promise<void> {
  const parts = await tx<{ part: string; whole: string; suffix: string }[]>`
    select part.relname as part, whole.relname as whole, substring(t.relname from '_p[0-9]+$') as suffix
    from pg_inherits i
    join pg_class part on part.oid = i.inhrelid and part.relkind = 'i'
    join pg_class whole on whole.oid = i.inhparent
    join pg_index x on x.indexrelid = part.oid
    join pg_class t on t.oid = x.indrelid`;
  for (const { part, whole, suffix } of parts) {
    await tx`alter index ${tx(part)} rename to ${tx(whole + suffix)}`;
  }
}
