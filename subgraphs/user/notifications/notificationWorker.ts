/** The worker of the notification queue: sends notifications that are due. Any number of processes run one and share the work. */
import { drainQueue, startWorker, type Queue, type Worker } from '@libs/queue/worker';
import { systemClock } from '@libs/time/clock';
import { sendNotification, type NotificationWorkerDeps } from './sendNotification.ts';
import { claimDueNotificationsOfAllTenants, type ClaimedNotification } from './store.ts';

/** How many are sent at once by one process: its connections to the mail server. */
export const MAX_CONCURRENT_MAILS = 4;
/** How long one attempt at the mail server may take, in milliseconds. */
export const NOTIFICATION_TIMEOUT_MS = 120_000;
/** How much longer a claim lasts, in milliseconds: time to compose and to record, and for clocks that differ. */
const LEASE_MARGIN_MS = 60_000;
/** How often the worker looks for due notifications, in milliseconds. */
const POLL_MS = 1_000;
/** How long attempts may go on when the process stops, in milliseconds. */
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

/** Starts sending. */
export const startNotificationWorker = (options: NotificationWorkerOptions): Worker =>
  startWorker(notificationQueue(options));

/** For tests that step: sends what is due, one after another, until nothing is; returns the number of attempts. */
export const sendOnce = (options: NotificationWorkerOptions): Promise<number> =>
  drainQueue({ ...notificationQueue(options), maxConcurrent: 1 });
