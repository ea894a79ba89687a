/**
 * Rebuilds the large tables of the booking database partitioned by hash of the tenant: every constraint, index, trigger and row, in one
 * transaction that locks them. See docs/scaling.md.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { LOCK_KEYS, tryAcquireSessionLock } from '@libs/db/advisoryLocks';
import postgres from 'postgres';

/** Tables that grow with the bookings. All others are purged, or have a row for each resource. */
export const PARTITIONED_TABLES = ['bookings', 'booking_resources', 'allocations'];
/** The first that has exclusion constraints on partitioned tables. */
const MIN_POSTGRES = 170_000;
export const MIN_PARTITIONS = 2;
export const MAX_PARTITIONS = 256;
/** Where requests still use the tables: they must not wait for longer. */
const LOCK_TIMEOUT_MS = 5_000;
const POLL_MS = 200;

/** The message says why nothing was done. */
export class CannotPartition extends Error {}

/** Throws CannotPartition, for a database that is partitioned already, too. */
export async function partitionByTenant(url: string, count: number): Promise<void> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    while (!(await tryAcquireSessionLock({ sql }, LOCK_KEYS.migration))) await delay(POLL_MS);
    await assertCanPartition(sql);
    await sql.begin((tx) => rebuild(tx, count));
    for (const table of PARTITIONED_TABLES) await sql`analyze ${sql(table)}`;
  } finally {
    await sql.end();
  }
}

async function assertCanPartition(sql: postgres.Sql): Promise<void> {
  const [server] = await sql<{ version: number }[]>`
    select current_setting('server_version_num')::int as version`;
  if (server!.version < MIN_POSTGRES)
    throw new CannotPartition(
      'Postgres 17 or later is needed: earlier ones have no exclusion constraints on partitioned tables',
    );
  const tables = await sql<{ name: string; kind: string }[]>`
    select relname as name, relkind as kind from pg_class
    where relnamespace = 'public'::regnamespace and relname = any(${PARTITIONED_TABLES})`;
  if (tables.length < PARTITIONED_TABLES.length)
    throw new CannotPartition('the database is not migrated: npm run migrate -- booking');
  if (tables.some(({ kind }) => kind === 'p')) throw new CannotPartition('it is partitioned already');
}

type Definition = { table: string; name: string; isForeign: boolean; definition: string };

async function rebuild(tx: postgres.TransactionSql, count: number): Promise<void> {
  await tx.unsafe(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
  await tx.unsafe(`lock table ${PARTITIONED_TABLES.join(', ')} in access exclusive mode`);
  const constraints = await tx<Definition[]>`
    select conrelid::regclass::text as table, conname as name, contype = 'f' as "isForeign", pg_get_constraintdef(oid) as definition
    from pg_constraint
    where contype in ('p', 'u', 'x', 'f')
      and (conrelid = any(${PARTITIONED_TABLES}::regclass[]) or confrelid = any(${PARTITIONED_TABLES}::regclass[]))
    order by conname`;
  const others = await definitionsOfOthers(tx);
  for (const { table, name, isForeign } of constraints) {
    if (isForeign) await tx`alter table ${tx(table)} drop constraint ${tx(name)}`;
  }
  for (const table of PARTITIONED_TABLES) await rebuildTable(tx, table, count);
  const add = ({ table, name, definition }: Definition) =>
    tx`alter table ${tx(table)} add constraint ${tx(name)} ${tx.unsafe(definition)}`;
  for (const one of constraints) if (!one.isForeign) await add(one);
  for (const definition of others) await tx.unsafe(definition);
  for (const one of constraints) if (one.isForeign) await add(one);
  await completePartitions(tx);
}

/** Definitions of indexes without a constraint, of triggers, statistics and privileges. */
async function definitionsOfOthers(tx: postgres.TransactionSql): Promise<string[]> {
  const rows = await tx<{ definition: string }[]>`
    select pg_get_indexdef(indexrelid) as definition from pg_index
    where indrelid = any(${PARTITIONED_TABLES}::regclass[])
      and not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u', 'x'))
    union all
    select pg_get_triggerdef(oid) from pg_trigger
    where tgrelid = any(${PARTITIONED_TABLES}::regclass[]) and not tgisinternal
    union all
    select pg_get_statisticsobjdef(oid) from pg_statistic_ext where stxrelid = any(${PARTITIONED_TABLES}::regclass[])
    union all
    select format('grant %s on %s to %s', privilege_type, pg_class.oid::regclass,
                  case grantee when 0 then 'public' else quote_ident(pg_get_userbyid(grantee)) end)
    from pg_class, aclexplode(relacl)
    where pg_class.oid = any(${PARTITIONED_TABLES}::regclass[]) and grantee <> relowner`;
  return rows.map(({ definition }) => definition);
}

async function rebuildTable(tx: postgres.TransactionSql, table: string, count: number): Promise<void> {
  const plain = `${table}_plain`;
  await tx`alter table ${tx(table)} rename to ${tx(plain)}`;
  await tx`
    create table ${tx(table)} (
      like ${tx(plain)} including defaults including generated including constraints including storage including comments
    ) partition by hash (tenant_id)`;
  const [options] = await tx<{ text: string | null }[]>`
    select array_to_string(reloptions, ', ') as text from pg_class where oid = ${plain}::regclass`;
  const storage = options!.text ? ` with (${options!.text})` : '';
  for (let number = 0; number < count; number += 1) {
    await tx.unsafe(`
      create table ${table}_p${number} partition of ${table}
      for values with (modulus ${count}, remainder ${number})${storage}`);
  }
  const columns = await tx<{ name: string }[]>`
    select attname as name from pg_attribute
    where attrelid = ${plain}::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`;
  const names = tx(columns.map(({ name }) => name));
  await tx`insert into ${tx(table)} (${names}) select ${names} from ${tx(plain)}`;
  const [owner] = await tx<{ name: string }[]>`
    select pg_get_userbyid(relowner) as name from pg_class where oid = ${plain}::regclass`;
  await tx`drop table ${tx(plain)}`;
  await tx`alter table ${tx(table)} owner to ${tx(owner!.name)}`;
}

/** What partitions do not get from their table by themselves. Does nothing where it was done. */
export async function completePartitions(sql: postgres.Sql | postgres.TransactionSql): Promise<void> {
  await nameIndexes(sql);
  await createStatistics(sql);
}

/** The planner reads a partition by the statistics of its own. */
async function createStatistics(sql: postgres.Sql | postgres.TransactionSql): Promise<void> {
  const missing = await sql<
    { definition: string; name: string; part: string; partName: string; whole: string }[]
  >`
    select pg_get_statisticsobjdef(s.oid) as definition, stxname as name, stxrelid::regclass::text as whole,
           part.relname as part, stxname || substring(part.relname from '_p[0-9]+$') as "partName"
    from pg_statistic_ext s
    join pg_inherits on inhparent = stxrelid
    join pg_class part on part.oid = inhrelid
    where not exists (
      select from pg_statistic_ext where stxname = s.stxname || substring(part.relname from '_p[0-9]+$'))`;
  for (const { definition, name, partName, whole, part } of missing) {
    await sql.unsafe(
      definition.replace(`.${name} `, `.${partName} `).replace(`FROM ${whole}`, `FROM ${part}`),
    );
  }
}

/**
 * Names the indexes of partitions like their table's, with the partition's suffix, so that errors name constraints recognizably
 * (`libs/db/constraints.ts`). Leaves alone what has its name.
 */
async function nameIndexes(sql: postgres.Sql | postgres.TransactionSql): Promise<void> {
  const parts = await sql<{ part: string; name: string }[]>`
    select part.relname as part, whole.relname || substring(t.relname from '_p[0-9]+$') as name
    from pg_inherits i
    join pg_class part on part.oid = i.inhrelid and part.relkind = 'i'
    join pg_class whole on whole.oid = i.inhparent
    join pg_index x on x.indexrelid = part.oid
    join pg_class t on t.oid = x.indrelid
    where part.relname <> whole.relname || substring(t.relname from '_p[0-9]+$')`;
  for (const { part, name } of parts) await sql`alter index ${sql(part)} rename to ${sql(name)}`;
}
