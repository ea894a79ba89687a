/** Creates, clones and drops databases as the server's superuser. Names are quoted; 63 bytes at most. */
import postgres from 'postgres';

/** Creates the databases that are missing. `adminUrl` is any existing database. Safe to call concurrently. */
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

/** Clones a database that has no connections, by copying its files: the fastest way for small databases. */
export async function createDatabaseFrom(adminUrl: string, template: string, name: string): Promise<void> {
  await asAdmin(
    adminUrl,
    (sql) => sql`create database ${sql(name)} template ${sql(template)} strategy file_copy`,
  );
}

/** Drops a database if it exists. Rejects with 55006 (object_in_use) while it has connections, unless `force` ends them. */
export async function dropDatabase(adminUrl: string, name: string, { force = false } = {}): Promise<void> {
  await asAdmin(
    adminUrl,
    (sql) => sql`drop database if exists ${sql(name)} ${force ? sql`with (force)` : sql``}`,
  );
}

/** 42P04 is duplicate_database; 23505 comes when two create the same database at once. */
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
