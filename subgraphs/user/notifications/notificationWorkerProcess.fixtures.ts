/**
 * A worker as a process of its own, so that a test can kill it at any line. Started with an IPC channel and one argument, a
 * `NotificationWorkerProcess` as JSON; sends 'ready' once it runs, and ends with its parent.
 */
import { connect } from '@libs/db/connect';
import type { TenantProfile } from '@libs/directory/tenants';
import { createLog } from '@libs/telemetry/log';
import type { MailServer } from './smtp.ts';
import { startNotificationWorker } from './notificationWorker.ts';

export type NotificationWorkerProcess = {
  databaseUrl: string;
  mailServer: MailServer;
  tenant: TenantProfile;
};

const { databaseUrl, mailServer, tenant } = JSON.parse(process.argv[2] ?? '') as NotificationWorkerProcess;
startNotificationWorker({
  db: connect(databaseUrl, { name: 'notifications worker' }),
  tenants: { profile: async () => tenant },
  nameOfResource: async () => undefined,
  mailServer,
  log: createLog('worker', 'fatal'),
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
