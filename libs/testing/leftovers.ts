/** Finds what tests have left behind; returns descriptions for people. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Redis } from 'ioredis';
import postgres from 'postgres';
import { TEST_DATABASE_PREFIX } from './testRun.ts';

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

export async function connectionsLeft(sql: postgres.Sql): Promise<string[]> {
  const rows = await sql<{ application_name: string; state: string | null; query: string }[]>`
    select application_name, state, left(query, 120) as query from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`;
  return rows.map((row) => `connection ${row.application_name} (${row.state ?? 'unknown'}): ${row.query}`);
}

/** Other clients of the same Redis database. */
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
 * Processes that run in the run's folder or mention it in their command line, except `expected` ones and their children. Always
 * empty outside Linux.
 */
export function processesLeft(runDir: string, expected: number[]): string[] {
  return runningProcesses()
    .filter(({ command, folder }) => command.includes(runDir) || folder.startsWith(runDir))
    .filter(({ pid, parent }) => !expected.includes(pid) && !expected.includes(parent))
    .map(({ pid, command }) => `process ${pid} (${command})`);
}

/** Process ids. Always empty outside Linux. */
export function childrenOf(parent: number): number[] {
  return runningProcesses()
    .filter((child) => child.parent === parent)
    .map((child) => child.pid);
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
      // A zombie, which has exited already, has no command line.
      if (command) found.push({ pid: Number(pid), parent, command, folder });
    } catch {
      // It has exited since, or belongs to another user.
    }
  }
  return found;
}
