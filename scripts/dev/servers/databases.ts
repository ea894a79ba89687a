/** Databases of a server: made, cloned and dropped by its superuser. Names are quoted; 63 bytes at most. */
import postgres from 'postgres';

/** Makes the databases that are missing, by the address of any existing one. Safe to call at the same time twice. */
export async function createDatabases(adminUrl: string, names: string[]): Promise<void> {
  await asAdmin(adminUrl, async (sql) => {
    const rows = await sql<
      { datname: string }[]
    >`select datname from pg_database where datname = any(${names})`;
    const existing = new Set(rows.map((row) => row.datname));
    for (const name of names.filter((wanted) => !existing.has(wanted))) {
      await sql`create database ${sql(name)}`.catch((error: unknown) => {
        if (!isDuplicate(error)) throw error;
      });
    }
  });
}

/** Clones a database; nobody may be connected to `template` meanwhile. Copies its files, the fastest way for small ones. */
export async function createDatabaseFrom(adminUrl: string, template: string, name: string): Promise<void> {
  await asAdmin(
    adminUrl,
    (sql) => sql`create database ${sql(name)} template ${sql(template)} strategy file_copy`,
  );
}

/**
 * Drops a database. Rejects (55006, object_in_use) while somebody is connected to it, unless `force` ends their
 * connections. A database that is not there is no error.
 */
export async function dropDatabase(adminUrl: string, name: string, { force = false } = {}): Promise<void> {
  await asAdmin(
    adminUrl,
    (sql) => sql`drop database if exists ${sql(name)} ${force ? sql`with (force)` : sql``}`,
  );
}

/** 42P04 duplicate_database; 23505 where two create the same one at the same moment. */
const isDuplicate = (error: unknown): boolean =>
  error instanceof postgres.PostgresError && (error.code === '42P04' || error.code === '23505');

async function asAdmin(adminUrl: string, work: (sql: postgres.Sql) => PromiseLike<unknown>): Promise<void> {
  const sql = postgres(adminUrl, { max: 1, onnotice: () => {} });
  try {
    await work(sql);
  } finally {
    await sql.end();
  }
}
