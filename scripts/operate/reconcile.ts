/** `npm run reconcile`: finds what does not agree, and with --apply heals it. See docs/runbook.md. */
import { parseArgs } from 'node:util';
import { connectRedis } from '@libs/cache/redis';
import { silentLog } from '@libs/telemetry/log';
import type { Run } from './reconcile/findings.ts';
import { reconcileReferences } from './reconcile/references.ts';
import { reconcileStats } from './reconcile/recountStats.ts';
import { runTime } from './reconcile/time.ts';
import { runCommand, UsageError } from './runCommand.ts';
import { withDatabases, type Databases } from './withDatabases.ts';

const USAGE = `npm run reconcile -- [--apply [--delete-tenants]]
    after a restore of databases to different moments: bookings to come of resources and clients that do not exist (--apply cancels
    them), rows of tenants that do not exist (deleted only with --delete-tenants), notes of deletions that a restore has undone, and
    events that were not consumed (published again)
npm run reconcile -- stats [--apply]
    counts of bookings at resources that differ from the bookings; --apply counts them anew
npm run reconcile -- time [--apply]
    bookings whose wall-clock time changes under the time zone rules of this Node; --apply moves them, and notes the wall clocks that
    are unknown

Without --apply nothing is written. It may run while the system serves. Exits with 1 if a difference is left.
The databases are those of the environment, else of the running npm start (DATA_DIR, if several run).`;

async function runFindings(
  databases: Databases,
  options: Pick<Run, 'isApplied' | 'deletesTenants'>,
  work: (run: Run) => Promise<void>,
): Promise<number> {
  const run: Run = { ...options, databases, found: 0, left: 0, print: (line) => console.log(line) };
  await work(run);
  console.log(`${run.found} ${run.found === 1 ? 'difference' : 'differences'}, ${run.left} left`);
  return run.left;
}

await runCommand(async () => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      apply: { type: 'boolean', default: false },
      'delete-tenants': { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(USAGE);
  const [what = 'references', ...rest] = positionals;
  const options = { isApplied: values.apply, deletesTenants: values['delete-tenants'] };
  const isMisplaced = options.deletesTenants && (what !== 'references' || !options.isApplied);
  if (!['references', 'stats', 'time'].includes(what) || rest.length > 0 || isMisplaced) {
    throw new UsageError(USAGE);
  }
  await withDatabases('reconcile', async (databases, redisUrl) => {
    const redis = connectRedis(redisUrl, { name: 'reconcile', log: silentLog() });
    try {
      const left =
        what === 'time'
          ? (await runTime(databases, options.isApplied)).obstructed
          : await runFindings(databases, options, (run) =>
              what === 'stats' ? reconcileStats(run) : reconcileReferences(run, redis),
            );
      if (left > 0) process.exitCode = 1;
    } finally {
      redis.disconnect();
    }
  });
});
