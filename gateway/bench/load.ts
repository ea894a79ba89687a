/** Load on the gateway, and what it costs each process. */
import { readdirSync, readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import type { Federation } from '@libs/testing/federation';
import { SUBGRAPHS } from '@libs/runtime/subgraphs';
import { Pool } from 'undici';

/** Clients, each of which sends its next request after the last answer. */
export const PARALLEL_CLIENTS = 16;

/** For example BENCH_NODE_OPTIONS='--cpu-prof --cpu-prof-dir=/tmp/profiles'. */
export const NODE_OPTIONS = process.env['BENCH_NODE_OPTIONS']?.split(' ') ?? [];

export const pool = (vaga: Federation): Pool => new Pool(vaga.url, { connections: PARALLEL_CLIENTS });

/** Sends a GraphQL request; throws unless the answer has the text `expected`. */
export async function post(target: Pool, body: string, token: string, expected = '"data":{'): Promise<void> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const answer = await target.request({ path: '/graphql', method: 'POST', headers, body });
  const text = await answer.body.text();
  if (!text.includes(expected)) throw new Error(text.slice(0, 500));
}

/** Runs `work` again and again in `clients` parallel chains for `forMs`. Returns the completed operations per second. */
export async function rateOf(
  work: () => Promise<unknown>,
  forMs: number,
  clients = PARALLEL_CLIENTS,
): Promise<number> {
  const began = performance.now();
  let completed = 0;
  const chain = async () => {
    while (performance.now() - began < forMs) {
      await work();
      completed += 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, chain));
  return completed / ((performance.now() - began) / 1_000);
}

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

function cpuMsOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
    // utime and stime, proc(5).
    return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND;
  } catch {
    return 0;
  }
}

function processesNamed(pattern: RegExp): { pid: number; title: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const title = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return pattern.test(title) ? [{ pid: Number(name), title }] : [];
      } catch {
        return [];
      }
    });
}

/** CPU time so far by process: `gateway`, `booking`, …, `postgres booking`, …, `redis`; in milliseconds (Linux). */
export function cpuByProcess(vaga: Federation): Map<string, number> {
  const times = new Map<string, number>();
  for (const name of ['gateway', ...SUBGRAPHS] as const) times.set(name, cpuMsOf(vaga.pidOf(name)));
  for (const name of SUBGRAPHS) {
    const database = new URL(vaga.databases[name].url).pathname.slice(1);
    const backends = processesNamed(new RegExp(`^postgres: .*\\b${database}\\b`));
    times.set(
      `postgres ${name}`,
      backends.reduce((sum, { pid }) => sum + cpuMsOf(pid), 0),
    );
  }
  const servers = processesNamed(/^\S*redis-server .*:\d+/);
  times.set(
    'redis',
    servers.reduce((sum, { pid }) => sum + cpuMsOf(pid), 0),
  );
  return times;
}

/** CPU per operation between two readings, in milliseconds, as 'total (gateway 1.2, …)'. */
export function cpuPerOperation(
  before: Map<string, number>,
  after: Map<string, number>,
  operations: number,
): string {
  const parts = [...after].map(
    ([name, ms]) => [name, Math.max(0, ms - (before.get(name) ?? 0)) / operations] as const,
  );
  const total = parts.reduce((sum, [, ms]) => sum + ms, 0);
  const shown = parts.filter(([, ms]) => ms >= 0.005).map(([name, ms]) => `${name} ${ms.toFixed(2)}`);
  return `${total.toFixed(2)} ms (${shown.join(', ')})`;
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** '123 (120 to 130)'. */
export const spreadOf = (values: readonly number[]): string =>
  `${median(values).toFixed(0)} (${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)})`;

export const say = (line: string): void => void process.stdout.write(`${line}\n`);
