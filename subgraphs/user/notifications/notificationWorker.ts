/** The worker of the notification queue. Any number of processes may run one. */
import { rowLoader } from '@libs/graphql/batchLoaders';
import { drainQueue, startWorker, type Queue, type Worker } from '@libs/queue/worker';
import { systemClock } from '@libs/time/clock';
import DataLoader from 'dataloader';
import type { EmailDirectory } from './composeEmail.ts';
import { issueLink } from '../links/issueLink.ts';
import { sendNotification, type NotificationDeps } from './sendNotification.ts';
import {
  claimDueNotificationsOfAllTenants,
  namesOfUsersOfAllTenants,
  notificationDepthOfAllTenants,
  settleKeptOfAllTenants,
  type ClaimedNotification,
} from './store.ts';

/** Connections to the mail server per process. */
export const MAX_CONCURRENT_MAILS = 4;
/** Notifications that a process without a mail server composes at once. */
const MAX_CONCURRENT_KEPT = 32;
/** For one attempt at the mail server. */
export const NOTIFICATION_TIMEOUT_MS = 120_000;
/** Time to compose and record, and clock skew. */
const LEASE_MARGIN_MS = 60_000;
const POLL_MS = 1_000;
/** How long attempts may continue when the process stops. Mail servers may examine a message for seconds before they answer. */
const STOP_GRACE_MS = 6_000;

export type NotificationWorkerOptions = Pick<
  NotificationDeps,
  'db' | 'tenants' | 'nameOfResource' | 'mailServer' | 'log'
> &
  Partial<Pick<NotificationDeps, 'clock' | 'random' | 'timeoutMs' | 'logsEmails'>>;

/** Look-ups of notifications that are composed at once are batched. */
function directoryOf({
  db,
  tenants,
  clock = systemClock,
}: NotificationWorkerOptions): Pick<EmailDirectory, 'tenants' | 'nameOfUser' | 'linkOf'> {
  const users = rowLoader(
    (ids) => namesOfUsersOfAllTenants(db, ids),
    ({ id }) => id,
    undefined,
  );
  const profiles = rowLoader(
    async (ids) => (await Promise.all(ids.map(tenants.profile))).filter((tenant) => tenant !== undefined),
    ({ id }) => id,
    undefined,
  );
  return {
    tenants: { profile: (id) => profiles.load(id) },
    nameOfUser: async (tenantId, id) => {
      const user = await users.load(id);
      return user && user.tenantId === tenantId ? user.name : undefined;
    },
    linkOf: (notification, frontendUrl) => issueLink({ db, now: clock.now() }, notification, frontendUrl),
  };
}

function notificationQueue(options: NotificationWorkerOptions): Queue<ClaimedNotification> {
  const { db, mailServer } = options;
  const clock = options.clock ?? systemClock;
  const kept = new DataLoader<ClaimedNotification, true>(
    async (notifications) => {
      await settleKeptOfAllTenants(db, notifications, clock.now());
      return notifications.map(() => true);
    },
    { cache: false },
  );
  const deps: NotificationDeps = {
    random: Math.random,
    timeoutMs: NOTIFICATION_TIMEOUT_MS,
    logsEmails: false,
    ...options,
    clock,
    ...directoryOf(options),
    settleKept: async (notification) => void (await kept.load(notification)),
  };
  const maxConcurrent = mailServer ? MAX_CONCURRENT_MAILS : MAX_CONCURRENT_KEPT;
  return {
    name: 'notifications',
    maxConcurrent,
    // Composed in batches, but a mail server's next connection waits for no other.
    minClaim: mailServer ? 1 : MAX_CONCURRENT_KEPT / 2,
    leaseMs: deps.timeoutMs + LEASE_MARGIN_MS,
    pollMs: POLL_MS,
    stopGraceMs: STOP_GRACE_MS,
    clock,
    log: deps.log,
    claimDue: (claim, limit, running) => claimDueNotificationsOfAllTenants(db, claim, limit, running),
    depth: () => notificationDepthOfAllTenants(db),
    run: (notification, signal) => sendNotification(deps, notification, signal),
  };
}

export const startNotificationWorker = (options: NotificationWorkerOptions): Worker =>
  startWorker(notificationQueue(options));

/** For tests: sends one by one; returns the number of attempts. */
export const sendOnce = (options: NotificationWorkerOptions): Promise<number> =>
  drainQueue({ ...notificationQueue(options), maxConcurrent: 1 });
