/** The worker of the delivery queue. Any number of processes may run one. */
import type { Db } from '@libs/db/connect';
import { inTransaction } from '@libs/db/inTransaction';
import { drainQueue, startWorker, type Queue } from '@libs/queue/worker';
import { startLoop } from '@libs/runtime/backgroundLoop';
import { sampled } from '@libs/telemetry/metrics';
import { systemClock, type Clock } from '@libs/time/clock';
import DataLoader from 'dataloader';
import { attemptDelivery, type AttemptDeps } from './attemptDelivery.ts';
import { webhooksFailing } from './deliveryMetrics.ts';
import { deliverySignal } from './deliverySignal.ts';
import {
  claimDueDeliveries,
  countFailingWebhooksOfAllTenants,
  deliveryDepthOfAllTenants,
  purgeDeletedWebhooks,
  purgeOldDeliveries,
  settleSuccesses,
  tryPurgeLock,
  type ClaimedDelivery,
  type Limits,
  type Success,
} from './queueStore.ts';

/** For one HTTP exchange, body included. */
const DELIVERY_TIMEOUT_MS = 10_000;
/** Time to record the result, and clock skew. */
const LEASE_MARGIN_MS = 5_000;
/** Attempts at once in one process. */
const MAX_CONCURRENT_ATTEMPTS = 128;
/** Leaves room for others when receivers hang. */
const MAX_CONCURRENT_FAILING = 64;
/** Attempts at once, over all workers. */
const LIMITS: Limits = { perWebhook: 4, perFailingWebhook: 1, perTenant: 32 };
/** For retries, and what a process recorded before it died. */
const POLL_MS = 1_000;
/** How long attempts may continue when the process stops. */
const STOP_GRACE_MS = 2_000;
const PURGE_EVERY_MS = 10_000;
/** Pending deliveries of inactive webhooks are purged after it, too. */
export const DELIVERY_RETENTION_DAYS = 30;

export type DeliveryWorkerOptions = Omit<AttemptDeps, 'clock' | 'random' | 'timeoutMs' | 'recordSuccess'> & {
  clock?: Clock;
  random?: () => number;
  timeoutMs?: number;
  leaseMs?: number;
};

/** Successes that arrive while others are being recorded wait, and are then recorded together. */
function successRecorder(db: Db): AttemptDeps['recordSuccess'] {
  let recorded: Promise<unknown> = Promise.resolve();
  const successes = new DataLoader<Success, true>(
    async (batch) => {
      const recording = settleSuccesses(db, batch);
      recorded = recording.catch(() => {});
      await recording;
      return batch.map(() => true);
    },
    { cache: false, batchScheduleFn: (dispatch) => void recorded.then(() => setImmediate(dispatch)) },
  );
  return async (success) => void (await successes.load(success));
}

function deliveryQueue(options: DeliveryWorkerOptions): Queue<ClaimedDelivery> {
  const { timeoutMs = DELIVERY_TIMEOUT_MS, leaseMs = timeoutMs + LEASE_MARGIN_MS } = options;
  const deps: AttemptDeps = {
    clock: systemClock,
    random: Math.random,
    ...options,
    timeoutMs,
    recordSuccess: successRecorder(options.db),
  };
  return {
    name: 'webhook deliveries',
    maxConcurrent: MAX_CONCURRENT_ATTEMPTS,
    leaseMs,
    pollMs: POLL_MS,
    stopGraceMs: STOP_GRACE_MS,
    clock: deps.clock,
    log: deps.log,
    claimDue(claim, limit, running) {
      const failingLimit = MAX_CONCURRENT_FAILING - running.filter(({ isFailing }) => isFailing).length;
      return claimDueDeliveries(deps.db, claim, { limits: LIMITS, limit, failingLimit });
    },
    depth: () => deliveryDepthOfAllTenants(deps.db),
    run: (delivery, signal) => attemptDelivery(deps, delivery, signal),
  };
}

/** `stop` resolves once every attempt has ended or was released. */
export function startDeliveryWorker(options: DeliveryWorkerOptions): { stop(): Promise<void> } {
  const worker = startWorker(deliveryQueue(options));
  const purging = startLoop({
    name: 'purge of webhook deliveries',
    log: options.log,
    runPass: async () => ((await purgeDeliveries(options)) ? 0 : PURGE_EVERY_MS),
  });
  const endSampling = sampled(async () => [
    [webhooksFailing, {}, await countFailingWebhooksOfAllTenants(options.db)],
  ]);
  deliverySignal.on('wakeUp', worker.wakeUp);
  return {
    async stop() {
      endSampling();
      deliverySignal.off('wakeUp', worker.wakeUp);
      await Promise.all([worker.stop(), purging.stop()]);
    },
  };
}

/** Purges one batch. Returns whether there may be more. */
export async function purgeDeliveries({
  db,
  clock = systemClock,
}: Pick<DeliveryWorkerOptions, 'db' | 'clock'>): Promise<boolean> {
  return inTransaction(db, async (tx) => {
    if (!(await tryPurgeLock(tx))) return false;
    const before = clock.now().subtract({ hours: 24 * DELIVERY_RETENTION_DAYS });
    const isMore = [await purgeDeletedWebhooks(tx), await purgeOldDeliveries(tx, before)];
    return isMore.includes(true);
  });
}

/** For tests: returns the number of attempts. */
export const deliverOnce = (options: DeliveryWorkerOptions): Promise<number> =>
  drainQueue(deliveryQueue(options));
