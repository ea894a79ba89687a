/**
 * A worker for a queue table: it claims due rows and runs their jobs concurrently. Any number of processes share the work. A claim is a
 * lease: if a process dies, its rows are due again when their leases expire.
 */
import { setMaxListeners } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { newId } from '@libs/db/ids';
import { startLoop } from '@libs/runtime/backgroundLoop';
import type { Log } from '@libs/telemetry/log';
import type { Clock } from '@libs/time/clock';
import type { Temporal } from 'temporal-polyfill';

export type Claim = {
  /** Stored in the claimed rows; only this claim may settle them. */
  claimId: string;
  now: Temporal.Instant;
  /** When the lease expires. */
  until: Temporal.Instant;
};

export type ClaimedJob = { id: string; claimId: string };

export type Queue<Job extends ClaimedJob> = {
  /** For the log. */
  name: string;
  /** Limit of concurrent jobs per process. */
  maxConcurrent: number;
  /** Length of a lease, in milliseconds: longer than any job takes. */
  leaseMs: number;
  /** How often the worker looks for due rows unless it is woken, in milliseconds. */
  pollMs: number;
  /** How long running jobs may continue during shutdown before they are aborted, in milliseconds. */
  stopGraceMs: number;
  clock: Clock;
  log: Log;
  /** Claims up to `limit` due rows. `running` are this process's current jobs. */
  claimDue(claim: Claim, limit: number, running: readonly Job[]): Promise<Job[]>;
  /** Runs one job and settles its row, or releases the claim if `signal` aborts. If it throws, the row is due again after the lease. */
  run(job: Job, signal: AbortSignal): Promise<void>;
};

export type Worker = {
  /** Looks for due rows at once. */
  wakeUp(): void;
  /** Stops claiming; resolves once every running job has ended, or was aborted and released. */
  stop(): Promise<void>;
};

function newClaim({ clock, leaseMs }: Pick<Queue<ClaimedJob>, 'clock' | 'leaseMs'>): Claim {
  const now = clock.now();
  return { claimId: newId(), now, until: now.add({ milliseconds: leaseMs }) };
}

export function startWorker<Job extends ClaimedJob>(queue: Queue<Job>): Worker {
  const { name, log, maxConcurrent, pollMs, stopGraceMs } = queue;
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
      if (limit === 0) return pollMs;
      const startMs = performance.now();
      const jobs = await queue.claimDue(newClaim(queue), limit, [...running.keys()]);
      for (const job of jobs) running.set(job, run(job));
      // However often it is woken, a worker that finds nothing occupies the database at most half of the time.
      if (jobs.length === 0) await setTimeout(performance.now() - startMs);
      return pollMs;
    },
  });

  return {
    wakeUp: loop.wake,
    async stop() {
      await loop.stop();
      const ended = Promise.all(running.values());
      await Promise.race([ended, setTimeout(stopGraceMs, undefined, { ref: false })]);
      stopping.abort();
      await ended;
    },
  };
}

/** For tests: runs jobs until none is due and returns their number. Throws what a job throws. */
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
