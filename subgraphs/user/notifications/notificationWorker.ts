/** The worker of the notification queue. Any number of processes may run one. */
import { drainQueue, startWorker, type Queue, type Worker } from '@libs/queue/worker';
import { systemClock } from '@libs/time/clock';
import { sendNotification, type NotificationWorkerDeps } from './sendNotification.ts';
import { claimDueNotificationsOfAllTenants, type ClaimedNotification } from './store.ts';

/** Connections to the mail server per process. */
export const MAX_CONCURRENT_MAILS = 4;
/** Of one attempt at the mail server. */
export const NOTIFICATION_TIMEOUT_MS = 120_000;
/** Time to compose and record, and clock skew. */
const LEASE_MARGIN_MS = 60_000;
const POLL_MS = 1_000;
/** How long attempts may continue when the process stops. */
const STOP_GRACE_MS = 3_000;

export type NotificationWorkerOptions = Omit<NotificationWorkerDeps, 'clock' | 'random' | 'timeoutMs'> &
  Partial<Pick<NotificationWorkerDeps, 'clock' | 'random' | 'timeoutMs'>>;

function notificationQueue(options: NotificationWorkerOptions): Queue<ClaimedNotification> {
  const deps: NotificationWorkerDeps = {
    clock: systemClock,
    random: Math.random,
    timeoutMs: NOTIFICATION_TIMEOUT_MS,
    ...options,
  };
  return {
    name: 'notifications',
    maxConcurrent: MAX_CONCURRENT_MAILS,
    leaseMs: deps.timeoutMs + LEASE_MARGIN_MS,
    pollMs: POLL_MS,
    stopGraceMs: STOP_GRACE_MS,
    clock: deps.clock,
    log: deps.log,
    claimDue: (claim, limit) => claimDueNotificationsOfAllTenants(deps.db, claim, limit),
    run: (notification, signal) => sendNotification(deps, notification, signal),
  };
}

export const startNotificationWorker = (options: NotificationWorkerOptions): Worker =>
  startWorker(notificationQueue(options));

/** For tests: sends one by one; returns the number of attempts. */
export const sendOnce = (options: NotificationWorkerOptions): Promise<number> =>
  drainQueue({ ...notificationQueue(options), maxConcurrent: 1 });
