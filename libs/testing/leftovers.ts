/** What tests must not leave behind, found at the end of a file or of the whole run. Each answer is a list of sentences. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Redis } from 'ioredis';
import postgres from 'postgres';
import { TEST_DATABASE_PREFIX } from './testRun.ts';

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
  return runningProcesses()
    .filter(({ command, folder }) => command.includes(runDir) || folder.startsWith(runDir))
    .filter(({ pid, parent }) => !expected.includes(pid) && !expected.includes(parent))
    .map(({ pid, command }) => `process ${pid} (${command})`);
}

/** The living children of a process, by their ids. Linux only: elsewhere none is found. */
export function childrenOf(parent: number): number[] {
  return runningProcesses()
    .filter((one) => one.parent === parent)
    .map((one) => one.pid);
}

type RunningProcess = { pid: number; parent: number; command: string; folder: string };

function runningProcesses(): RunningProcess[] {
  if (process.platform !== 'linux') return [];
  const found: RunningProcess[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      const parent = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
      const folder = readlinkSync(`/proc/${pid}/cwd`);
      // A zombie has no command line: it has ended, and only its parent has not asked how.
      if (command) found.push({ pid: Number(pid), parent, command, folder });
    } catch {
      // It ended meanwhile, or is somebody else's.
    }
  }
  return found;
}
