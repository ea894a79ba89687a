/** Load on the gateway beside other ways to do the same work, and what it costs each process. */
import { readdirSync, readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { Federation } from '@libs/testing/federation';
import { SUBGRAPHS } from '@libs/runtime/subgraphs';
import type { Pool } from 'undici';
import type { Figure } from './report.ts';

/** Clients, each of which sends its next request after the last answer. */
export const PARALLEL_CLIENTS = 16;
const WARM_UP_MS = Number(process.env['BENCH_WARM_UP_MS'] ?? 15_000);
const ROUND_MS = Number(process.env['BENCH_ROUND_MS'] ?? 5_000);
export const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 5);

/** Sends a GraphQL request; throws unless the answer has the text `expected`. */
export async function post(
  target: Pool,
  body: string,
  token: string,
  expected = '"data":{',
): Promise<string> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const answer = await target.request({ path: '/graphql', method: 'POST', headers, body });
  const text = await answer.body.text();
  if (!text.includes(expected)) throw new Error(text.slice(0, 500));
  return text;
}

/** Runs `work` again and again in `clients` parallel chains for `forMs`. */
async function repeated(
  work: Work,
  forMs: number,
  clients: number,
): Promise<{ completed: number; perSecond: number }> {
  const began = performance.now();
  let completed = 0;
  const chain = async () => {
    while (performance.now() - began < forMs) {
      await work();
      completed += 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, chain));
  return { completed, perSecond: completed / ((performance.now() - began) / 1_000) };
}

type Work = () => Promise<unknown>;
type Side = { name: string; work: Work };
type Options = {
  clients?: number;
  /** Waits until what the work has caused is done; its CPU time belongs to the work. */
  settle?: Work;
};

/** The shares of a round's time that baselines get: they are fast. */
const BESIDE_SHARE = 0.5;

/** Rates of `ours` and of the works `beside` it, in turn, and the CPU time of `ours`. */
export async function sideBySide(
  vaga: Federation,
  ours: Side,
  beside: readonly Side[],
  { clients = PARALLEL_CLIENTS, settle }: Options = {},
): Promise<Pick<Figure, 'name' | 'unit' | 'rounds' | 'beside' | 'cpuMs'>> {
  await repeated(ours.work, WARM_UP_MS, clients);
  await settle?.();
  for (const { work } of beside) await repeated(work, WARM_UP_MS * BESIDE_SHARE, clients);
  const rounds: number[] = [];
  const others = beside.map(({ name, work }) => ({ name, work, rounds: [] as number[] }));
  const spentMs = new Map<string, number>();
  let operations = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = cpuByProcess(vaga);
    const { completed, perSecond } = await repeated(ours.work, ROUND_MS, clients);
    await settle?.();
    addSpent(spentMs, before, cpuByProcess(vaga));
    operations += completed;
    rounds.push(perSecond);
    for (const other of others) {
      other.rounds.push((await repeated(other.work, ROUND_MS * BESIDE_SHARE, clients)).perSecond);
      await settle?.();
    }
  }
  return {
    name: ours.name,
    unit: '/s',
    rounds,
    beside: others.map(({ name, rounds }) => ({ name, rounds })),
    cpuMs: Object.fromEntries([...spentMs].map(([name, ms]) => [name, ms / operations])),
  };
}

/** Adds the CPU times between two readings of `cpuByProcess`. */
export function addSpent(
  spentMs: Map<string, number>,
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): void {
  for (const [name, ms] of after) {
    spentMs.set(name, (spentMs.get(name) ?? 0) + Math.max(0, ms - (before.get(name) ?? 0)));
  }
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

function processesNamed(pattern: RegExp): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return pattern.test(readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' '));
      } catch {
        return false;
      }
    })
    .map(Number);
}

const sumOf = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + cpuMsOf(pid), 0);

/** The processes of the system by name: `gateway`, `booking`, …, `postgres booking`, …, `redis` (Linux). */
function processesOf(vaga: Federation): Map<string, readonly number[]> {
  const processes = new Map<string, readonly number[]>();
  for (const name of ['gateway', ...SUBGRAPHS] as const) processes.set(name, [vaga.pidOf(name)]);
  for (const name of SUBGRAPHS) {
    const database = new URL(vaga.databases[name].url).pathname.slice(1);
    processes.set(`postgres ${name}`, processesNamed(new RegExp(`^postgres: .*\\b${database}\\b`)));
  }
  const { port } = new URL(vaga.redisUrl);
  processes.set('redis', processesNamed(new RegExp(`redis-server .*:${port}\\b`)));
  return processes;
}

/** CPU time so far by process, in milliseconds (Linux). */
export const cpuByProcess = (vaga: Federation): Map<string, number> =>
  new Map([...processesOf(vaga)].map(([name, pids]) => [name, sumOf(pids)]));

/** Process ids of the cluster that all databases are in; its first process forks the others. */
function postgresProcesses(vaga: Federation): number[] {
  const { port } = new URL(vaga.databases.booking.url);
  const [postmaster] = processesNamed(new RegExp(`/postgres -D .* -p ${port}\\b`));
  const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8');
  return [postmaster!, ...children.trim().split(' ').map(Number)];
}

/** Moves this process to the first core and the system to the others, so that neither takes CPU time from the other. Returns their number. */
export function moveToOwnCore(vaga: Federation): number {
  const others = availableParallelism() - 1;
  if (others < 1) throw new Error('the load needs a core of its own');
  const move = (pid: number, cores: string) => execFileSync('taskset', ['-acp', cores, String(pid)]);
  move(process.pid, '0');
  const system = [...processesOf(vaga).values()].flat();
  for (const pid of new Set([...system, ...postgresProcesses(vaga)])) move(pid, `1-${others}`);
  return others;
}
