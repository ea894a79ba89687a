/**
 * A worker of a queue that is a table: it claims rows that are due and does their jobs, several at once. Any number of processes run
 * one and share the work. A claim is a lease: where a process dies, its rows are due again once their leases have ended.
 */
import { setMaxListeners } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { newId } from '@libs/db/ids';
import { startLoop } from '@libs/runtime/backgroundLoop';
import type { Log } from '@libs/telemetry/log';
import type { Clock } from '@libs/time/clock';
import type { Temporal } from 'temporal-polyfill';

/** A claim to be made on due rows. */
export type Claim = {
  /** Written to the rows: a row may be settled only by the claim that it bears. */
  claimId: string;
  now: Temporal.Instant;
  /** When the lease ends. */
  until: Temporal.Instant;
};

/** A claimed row, as the queue's own statement returns it. */
export type ClaimedJob = { id: string; claimId: string };

export type Queue<Job extends ClaimedJob> = {
  /** Names the queue in the log. */
  name: string;
  /** Jobs under way at once in one process. */
  maxConcurrent: number;
  /** How long a claim lasts, in milliseconds: longer than a job may take. */
  leaseMs: number;
  /** How often the worker looks for due rows without being woken, in milliseconds. */
  pollMs: number;
  /** How long jobs may go on when the process stops before they are aborted, in milliseconds. */
  stopGraceMs: number;
  clock: Clock;
  log: Log;
  /** Claims due rows, at most `limit`. `running` are the jobs that are under way in this process. */
  claimDue(claim: Claim, limit: number, running: readonly Job[]): Promise<Job[]>;
  /**
   * Does one job and settles its row. Releases the claim where `signal` aborts the job. Where it throws, the row is due again
   * once the lease has ended.
   */
  run(job: Job, signal: AbortSignal): Promise<void>;
};

export type Worker = {
  /** Looks for due rows at once. */
  wakeUp(): void;
  /** Claims nothing more; resolves once every job under way has ended, or was aborted and released. */
  stop(): Promise<void>;
};

function newClaim({ clock, leaseMs }: Pick<Queue<ClaimedJob>, 'clock' | 'leaseMs'>): Claim {
  const now = clock.now();
  return { claimId: newId(), now, until: now.add({ milliseconds: leaseMs }) };
}

/** Starts doing the queue's jobs. */
export function startWorker<Job extends ClaimedJob>(queue: Queue<Job>): Worker {
  const { name, log, maxConcurrent, pollMs, stopGraceMs } = queue;
  const running = new Map<Job, Promise<void>>();
  const stopping = new AbortController();
  setMaxListeners(maxConcurrent, stopping.signal);

  async function run(job: Job): Promise<void> {
    try {
      await queue.run(job, stopping.signal);
    } catch (error) {
      log.warn({ err: error, jobId: job.id }, `${name}: a job failed; it is due again when its claim ends`);
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
      const beganMs = performance.now();
      const jobs = await queue.claimDue(newClaim(queue), limit, [...running.keys()]);
      for (const job of jobs) running.set(job, run(job));
      // A worker that finds nothing keeps the database busy for at most half of the time, however often it is woken.
      if (jobs.length === 0) await setTimeout(performance.now() - beganMs);
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

/** For tests that step: does jobs until none is due; returns how many. Throws what a job throws. */
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
