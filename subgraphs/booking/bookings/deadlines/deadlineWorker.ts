/** The worker of what the clock does to bookings. Any number of processes may run one. */
import type { Db } from '@libs/db/connect';
import { drainQueue, startWorker, type Queue } from '@libs/queue/worker';
import { startLoop } from '@libs/runtime/backgroundLoop';
import type { Log } from '@libs/telemetry/log';
import { systemClock, type Clock } from '@libs/time/clock';
import { settleDeadline } from './settleDeadline.ts';
import {
  claimDueOfAllTenants,
  dueDepthOfAllTenants,
  purgeDueOfAllTenants,
  type ClaimedDue,
} from './dueStore.ts';
import { readRules, RULES_EVERY_MS, searchDue, type RulesByTenant, type RulesSource } from './searchDue.ts';

/** Apart from those of requests. */
export const DEADLINE_CONNECTIONS = 5;
/** Bookings that a process has claimed: more than it has connections, so that many are claimed at once. */
const MAX_CONCURRENT = 16;
const MIN_CLAIM = 8;
/** Longer than any transaction takes, and clock skew. */
const LEASE_MS = 30_000;
const SEARCH_EVERY_MS = 1_000;
/** With many tenants a search takes at most this share of the time, unless that made deadlines later than MAX_SEARCH_PAUSE_MS. */
const MAX_SEARCH_SHARE = 0.1;
const MAX_SEARCH_PAUSE_MS = 5_000;
const POLL_MS = 1_000;
/** How long bookings may be worked on when the process stops. */
const STOP_GRACE_MS = 2_000;
const PURGE_EVERY_MS = 10 * 60_000;

export type DeadlineWorkerOptions = {
  db: Db;
  rulesOf: RulesSource;
  log: Log;
  clock?: Clock;
  leaseMs?: number;
};

function dueQueue(options: DeadlineWorkerOptions, rules: () => RulesByTenant | undefined): Queue<ClaimedDue> {
  const { db, log, clock = systemClock, leaseMs = LEASE_MS } = options;
  return {
    name: 'deadlines of bookings',
    maxConcurrent: MAX_CONCURRENT,
    minClaim: MIN_CLAIM,
    leaseMs,
    pollMs: POLL_MS,
    stopGraceMs: STOP_GRACE_MS,
    clock,
    log,
    // What depends on tenants' rules waits until they have been read.
    claimDue: (claim, limit) =>
      claimDueOfAllTenants(db, claim, {
        kinds: rules() ? ['APPROVAL', 'REMINDER', 'COMPLETION'] : ['APPROVAL'],
        limit,
      }),
    depth: () => dueDepthOfAllTenants(db),
    run: (due) => settleDeadline({ db, clock }, due, rules()?.get(due.tenantId)),
  };
}

/** `stop` resolves once every transaction has ended. */
export function startDeadlineWorker(options: DeadlineWorkerOptions): { stop(): Promise<void> } {
  const { db, rulesOf, log, clock = systemClock } = options;
  let rules: RulesByTenant | undefined;
  const worker = startWorker(dueQueue(options, () => rules));
  const loops = [
    startLoop({
      name: 'rules for deadlines of bookings',
      log,
      async runPass() {
        rules = await readRules(db, rulesOf, clock.now());
        return RULES_EVERY_MS;
      },
    }),
    startLoop({
      name: 'search for deadlines of bookings',
      log,
      async runPass() {
        const startMs = performance.now();
        const { added, isMore } = await searchDue(db, rules, clock.now());
        if (added > 0) worker.wakeUp();
        const pauseMs = (performance.now() - startMs) / MAX_SEARCH_SHARE;
        return isMore ? 0 : Math.min(Math.max(SEARCH_EVERY_MS, pauseMs), MAX_SEARCH_PAUSE_MS);
      },
    }),
    startLoop({
      name: 'purge of deadlines of bookings',
      log,
      runPass: async () => ((await purgeDueOfAllTenants(db, clock.now())) ? 0 : PURGE_EVERY_MS),
    }),
  ];
  return {
    async stop() {
      await Promise.all([worker.stop(), ...loops.map((loop) => loop.stop())]);
    },
  };
}

/** For tests: searches and works once. Returns how many rows were worked on. */
export async function workOnce(options: DeadlineWorkerOptions): Promise<number> {
  const { db, rulesOf, clock = systemClock } = options;
  const rules = await readRules(db, rulesOf, clock.now());
  await searchDue(db, rules, clock.now());
  return drainQueue(dueQueue(options, () => rules));
}
