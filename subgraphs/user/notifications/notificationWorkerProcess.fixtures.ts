/** A notification worker, for `startKillable` with a `NotificationWorkerProcess`. */
import { connect } from '@libs/db/connect';
import type { TenantProfile } from '@libs/directory/tenants';
import { createLog } from '@libs/telemetry/log';
import { runKillable } from '@libs/testing/killableProcess';
import type { MailServer } from './smtp.ts';
import { startNotificationWorker } from './notificationWorker.ts';

export type NotificationWorkerProcess = {
  databaseUrl: string;
  mailServer: MailServer;
  tenant: TenantProfile;
};

runKillable(({ databaseUrl, mailServer, tenant }: NotificationWorkerProcess) => {
  startNotificationWorker({
    db: connect(databaseUrl, { name: 'notifications worker' }),
    tenants: { profile: async () => tenant },
    nameOfResource: async () => undefined,
    mailServer,
    log: createLog('worker', 'fatal'),
  });
});
