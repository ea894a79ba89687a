/** How much of a queue is due, and for how long. */
import type { Queryable } from '@libs/db/inTransaction';
import { registry } from '@libs/telemetry/metrics';
import type postgres from 'postgres';
import { Gauge } from 'prom-client';

/** A scrape must not count millions of rows. */
const MAX_COUNTED = 100_000;

export const queueDue = new Gauge({
  name: 'vaga_queue_due',
  help: `Jobs that are due, or being done; at most ${MAX_COUNTED}.`,
  labelNames: ['queue'],
  registers: [registry],
});
export const queueAge = new Gauge({
  name: 'vaga_queue_oldest_due_seconds',
  help: 'For how long the oldest of these has been due; 0 if there is none.',
  labelNames: ['queue'],
  registers: [registry],
});

export type QueueDepth = { due: number; oldestSeconds: number };

/** `dueTimes` selects since when each job is due, as `at`. */
export async function queueDepth({ sql }: Queryable, dueTimes: postgres.Fragment): Promise<QueueDepth> {
  const [depth] = await sql<[QueueDepth]>`
    select count(*)::int as due,
           coalesce(extract(epoch from now() - min(at)), 0)::float8 as "oldestSeconds"
    from (select at from (${dueTimes}) due_times limit ${MAX_COUNTED}) counted`;
  return depth;
}
