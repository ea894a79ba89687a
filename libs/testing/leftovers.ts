/** What tests must not leave behind, found at the end of a file or of the whole run. Each answer is a list of sentences. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Redis } from 'ioredis';
import postgres from 'postgres';
import { TEST_DATABASE_PREFIX } from './run.ts';

/** Databases of test files that were not dropped. */
export async function databasesLeft(adminUrl: string): Promise<string[]> {
  const sql = postgres(adminUrl, { max: 1 });
  try {
    const rows = await sql<{ datname: string }[]>`
      select datname from pg_database where starts_with(datname, ${TEST_DATABASE_PREFIX}) order by datname`;
    return rows.map((row) => `database ${row.datname}`);
  } finally {
    await sql.end();
  }
}

/** Connections to a database other than the one that asks. */
export async function connectionsLeft(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql<{ application_name: string; state: string | null; query: string }[]>`
    select application_name, state, left(query, 120) as query from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`;
  return rows.map((row) => `connection ${row.application_name} (${row.state ?? 'unknown'}): ${row.query}`);
}

/** Clients of this client's Redis database other than itself: consumers, subscribers, caches. */
export async function clientsLeft(redis: Redis, database: number): Promise<string[]> {
  const own = String(await redis.client('ID'));
  const list = String(await redis.client('LIST'));
  return list
    .trim()
    .split('\n')
    .map(
      (line) =>
        Object.fromEntries(line.split(' ').map((pair) => pair.split('=', 2))) as Record<string, string>,
    )
    .filter((client) => client['db'] === String(database) && client['id'] !== own)
    .map((client) => `Redis client ${client['name'] || client['addr']}, last command ${client['cmd']}`);
}

/**
 * Processes that work in, or were started with something of, this run's folder. Linux only: elsewhere none is found.
 * `expected` are the run's own servers; their children count as theirs.
 */
export function processesLeft(runDir: string, expected: number[]): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter(
      (pid) => isOfRun(pid, runDir) && !expected.includes(Number(pid)) && !expected.includes(parentOf(pid)),
    )
    .map((pid) => `process ${pid} (${commandLine(pid)})`);
}

function isOfRun(pid: string, runDir: string): boolean {
  try {
    return commandLine(pid).includes(runDir) || readlinkSync(`/proc/${pid}/cwd`).startsWith(runDir);
  } catch {
    return false;
  }
}

const commandLine = (pid: string): string =>
  readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();

function parentOf(pid: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]);
}
