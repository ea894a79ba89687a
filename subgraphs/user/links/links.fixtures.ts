/** The e-mails of requests for links, as a developer sees them in the log. */
import type { Db } from '@libs/db/connect';
import { createLog, silentLog } from '@libs/telemetry/log';
import { systemClock, type Clock } from '@libs/time/clock';
import type { NotificationWorkerOptions } from '../notifications/notificationWorker.ts';
import { sendOnce } from '../notifications/notificationWorker.ts';
import { answerAll } from './requestWorker.ts';

export type LoggedEmail = { to: string; subject: string; text?: string };

/** The token of an e-mail's link; throws if it has none. */
export function tokenOf(email: LoggedEmail | undefined): string {
  const token = /[?&]token=([\w-]{43})$/m.exec(email?.text ?? '')?.[1];
  if (!token) throw new Error(`no token in ${JSON.stringify(email)}`);
  return token;
}

export function linkFixtures(db: Db, tenants: NotificationWorkerOptions['tenants']) {
  const emails: LoggedEmail[] = [];
  const log = createLog('user', 'info', {
    write(line) {
      const entry = JSON.parse(line) as LoggedEmail;
      if (entry.to) emails.push(entry);
    },
  });
  const options: NotificationWorkerOptions = {
    db,
    tenants,
    nameOfResource: async () => undefined,
    mailServer: undefined,
    logsEmails: true,
    log,
  };
  const answer = (clock: Clock = systemClock) => answerAll({ db, log: silentLog(), clock });
  /** Sends what waits; returns the e-mails. */
  async function send(more: Partial<NotificationWorkerOptions> = {}): Promise<LoggedEmail[]> {
    emails.length = 0;
    await sendOnce({ ...options, ...more });
    return [...emails];
  }
  /** Answers the requests, and sends. */
  async function deliver(clock: Clock = systemClock): Promise<LoggedEmail[]> {
    await answer(clock);
    return send({ clock });
  }
  return { answer, send, deliver, options };
}
