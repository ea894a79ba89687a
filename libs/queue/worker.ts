/**
 * A worker for a queue table; any number of processes share its work. A claim is a lease: if a process dies, its rows are due again
 * when their leases expire.
 */
import { setMaxListeners } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { newId } from '@libs/db/ids';
import { sampled } from '@libs/telemetry/metrics';
import { queueAge, queueDue, type QueueDepth } from './queueDepth.ts';
import { startLoop } from '@libs/runtime/backgroundLoop';
import type { Log } from '@libs/telemetry/log';
import type { Clock } from '@libs/time/clock';
import type { Temporal } from 'temporal-polyfill';

export type Claim = {
  /** Only this claim may settle the rows. */
  claimId: string;
  now: Temporal.Instant;
  until: Temporal.Instant;
};

export type ClaimedJob = { id: string; claimId: string };

export type Queue<Job extends ClaimedJob> = {
  name: string;
  /** Concurrent jobs per process. */
  maxConcurrent: number;
  /** Claims once this many more may run, so that many due jobs are claimed in batches; by default 1. */
  minClaim?: number;
  /** Longer than any job takes. */
  leaseMs: number;
  pollMs: number;
  /** Running jobs are aborted this long after `stop`. */
  stopGraceMs: number;
  clock: Clock;
  log: Log;
  /** For metrics; `queueDepth` reads it. */
  depth(): Promise<QueueDepth>;
  /** `running` are this process's current jobs. */
  claimDue(claim: Claim, limit: number, running: readonly Job[]): Promise<Job[]>;
  /** Settles the row, or releases the claim if `signal` aborts. If it throws, the row is due again after the lease. */
  run(job: Job, signal: AbortSignal): Promise<void>;
};

export type Worker = {
  wakeUp(): void;
  /** Resolves once all running jobs have ended or released their claims. */
  stop(): Promise<void>;
};

function newClaim({ clock, leaseMs }: Pick<Queue<ClaimedJob>, 'clock' | 'leaseMs'>): Claim {
  const now = clock.now();
  return { claimId: newId(), now, until: now.add({ milliseconds: leaseMs }) };
}

export function startWorker<Job extends ClaimedJob>(queue: Queue<Job>): Worker {
  const { name, log, maxConcurrent, minClaim = 1, pollMs, stopGraceMs } = queue;
  const running = new Map<Job, Promise<void>>();
  const stopping = new AbortController();
  setMaxListeners(maxConcurrent, stopping.signal);

  async function run(job: Job): Promise<void> {
    try {
      await queue.run(job, stopping.signal);
    } catch (error) {
      log.warn(
        { err: error, jobId: job.id },
        `${name}: a job failed; it is due again when its lease expires`,
      );
    } finally {
      running.delete(job);
      loop.wake();
    }
  }

  const loop = startLoop({
    name,
    log,
    runPass: async () => {
      const limit = maxConcurrent - running.size;
      if (limit < minClaim) return pollMs;
      const startMs = performance.now();
      const jobs = await queue.claimDue(newClaim(queue), limit, [...running.keys()]);
      for (const job of jobs) running.set(job, run(job));
      // However often it is woken, a worker claims at most half of the time: one claim replaces all jobs that end meanwhile.
      await setTimeout(performance.now() - startMs);
      return pollMs;
    },
  });

  const endSampling = sampled(async () => {
    const { due, oldestSeconds } = await queue.depth();
    return [
      [queueDue, { queue: name }, due],
      [queueAge, { queue: name }, oldestSeconds],
    ];
  });

  return {
    wakeUp: loop.wake,
    async stop() {
      endSampling();
      await loop.stop();
      const ended = Promise.all(running.values());
      await Promise.race([ended, setTimeout(stopGraceMs, undefined, { ref: false })]);
      stopping.abort();
      await ended;
    },
  };
}

/** For tests: runs jobs until none is due; returns their number. */
export async function drainQueue<Job extends ClaimedJob>(queue: Queue<Job>): Promise<number> {
  const { signal } = new AbortController();
  setMaxListeners(queue.maxConcurrent, signal);
  for (let count = 0; ;) {
    const jobs = await queue.claimDue(newClaim(queue), queue.maxConcurrent, []);
    if (jobs.length === 0) return count;
    await Promise.all(jobs.map((job) => queue.run(job, signal)));
    count += jobs.length;
  }
}
