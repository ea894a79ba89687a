/** The worker that answers requests for links. Any number of processes may run one. */
import type { Db } from '@libs/db/connect';
import { drainQueue, startWorker, type Queue, type Worker } from '@libs/queue/worker';
import type { Log } from '@libs/telemetry/log';
import { systemClock, type Clock } from '@libs/time/clock';
import { answerRequest } from './answerRequest.ts';
import { claimLinkRequestsOfAllTenants, linkRequestDepthOfAllTenants, type ClaimedRequest } from './store.ts';

const MAX_CONCURRENT_REQUESTS = 4;
const LEASE_MS = 60_000;
/** Requests wake no worker: the next request would show by its time what the last one led to. */
const POLL_MS = 500;
const STOP_GRACE_MS = 3_000;

type RequestWorkerOptions = { db: Db; log: Log; clock?: Clock };

const requestQueue = ({ db, log, clock = systemClock }: RequestWorkerOptions): Queue<ClaimedRequest> => ({
  name: 'requests for links',
  maxConcurrent: MAX_CONCURRENT_REQUESTS,
  leaseMs: LEASE_MS,
  pollMs: POLL_MS,
  stopGraceMs: STOP_GRACE_MS,
  clock,
  log,
  claimDue: (claim, limit) => claimLinkRequestsOfAllTenants(db, claim, limit),
  depth: () => linkRequestDepthOfAllTenants(db),
  run: (request) => answerRequest({ db, now: clock.now() }, request),
});

export const startRequestWorker = (options: RequestWorkerOptions): Worker =>
  startWorker(requestQueue(options));

/** For tests: answers every request that waits; returns their number. */
export const answerAll = (options: RequestWorkerOptions): Promise<number> =>
  drainQueue(requestQueue(options));
