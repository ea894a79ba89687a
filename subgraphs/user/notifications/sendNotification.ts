import { ApiError } from '@libs/outcome/apiErrors';
import { retryDelayMs } from '@libs/queue/retries';
import type { Log } from '@libs/telemetry/log';
import type { Clock } from '@libs/time/clock';
import { composeLetter, type Directory } from './composeLetter.ts';
import { NOTIFICATION_RETRY_DELAYS_MS } from './schedule.ts';
import { sendMail, type Mail, type MailServer, type Sent } from './smtp.ts';
import {
  noteHandOverOfAllTenants,
  releaseNotificationOfAllTenants,
  settleNotificationOfAllTenants,
  type AttemptResult,
  type ClaimedNotification,
} from './store.ts';

export type SendingParts = Directory & {
  /** Undefined: e-mails are not sent, but shown in the log. */
  mailServer: MailServer | undefined;
  log: Log;
  clock: Clock;
  /** In [0, 1): spreads retries. */
  random: () => number;
  /** For one attempt at the mail server, in milliseconds. */
  timeoutMs: number;
};

/** The longest error that is kept, in characters. */
const LONGEST_ERROR = 500;

/**
 * Sends a claimed notification, and records the result.
 *
 * Never twice: before the server is told that the message is complete, the row is marked as handed over, and a marked row is not sent
 * again unless the server has said that it did not accept the message. Where this process or the connection dies in the moment between,
 * the notification ends as FAILED though it may have arrived (docs/decisions/0009-a-notification-is-never-sent-twice.md).
 */
export async function sendNotification(
  parts: SendingParts,
  notification: ClaimedNotification,
  signal: AbortSignal,
): Promise<void> {
  const { db, clock } = parts;
  const { id, tenantId, traceId, eventType, attempts } = notification;
  const log = parts.log.child({ traceId, notificationId: id, event: eventType });
  const result = await attempt({ ...parts, log }, notification, signal);
  if (result === 'aborted') return releaseNotificationOfAllTenants(db, notification);
  if (!(await settleNotificationOfAllTenants(db, notification, result, clock.now()))) return;
  const { status, error } = result;
  if (status === 'FAILED') log.warn({ tenantId, attempts, error }, 'a notification could not be sent');
  if (status === 'PENDING')
    log.debug({ tenantId, attempts, error }, 'a notification could not be sent, trying again');
}

async function attempt(
  parts: SendingParts,
  notification: ClaimedNotification,
  stopping: AbortSignal,
): Promise<AttemptResult | 'aborted'> {
  const { id, address, name, wasHandedOver } = notification;
  if (wasHandedOver) return notKnown();
  if (address === null) return failed('the user is not active');

  let mail: Mail;
  try {
    const letter = await composeLetter(parts, notification);
    if (!letter) return failed('the tenant is not active');
    mail = { id, to: { name, address }, letter };
  } catch (error) {
    // A neighbour that is away will be back; anything else is a bug, and its next release may have mended it.
    if (!(error instanceof ApiError)) parts.log.error({ err: error }, 'a notification could not be composed');
    return tryAgain(parts, notification, error instanceof Error ? error.message : String(error));
  }

  if (!parts.mailServer) {
    const { subject, text } = mail.letter;
    parts.log.info({ to: address, subject, text }, 'no mail server (SMTP_URL): a notification is kept');
    return { status: 'KEPT', error: null };
  }
  const { mailServer } = parts;
  const beforeTheEnd = async () => {
    if (await noteHandOverOfAllTenants(parts.db, notification, parts.clock.now())) return;
    throw new Error('the turn is over, or the user is gone');
  };
  const sent = await within(parts.timeoutMs, stopping, (signal) =>
    sendMail(mailServer, mail, { beforeTheEnd, signal }),
  );
  return resultOf(parts, notification, sent, stopping);
}

/** Runs `work` with a signal that aborts after `timeoutMs`, or with `outer`. */
async function within<T>(
  timeoutMs: number,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const abort = () => controller.abort(new Error('the process stops'));
  const timer = setTimeout(() => controller.abort(new Error(`not within ${timeoutMs} ms`)), timeoutMs);
  outer.addEventListener('abort', abort, { once: true });
  try {
    if (outer.aborted) abort();
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', abort);
  }
}

function resultOf(
  parts: SendingParts,
  notification: ClaimedNotification,
  sent: Sent,
  stopping: AbortSignal,
): AttemptResult | 'aborted' {
  if (sent.kind === 'taken') return { status: 'SENT', error: null };
  if (sent.kind === 'unknown') return notKnown(sent.error);
  if (stopping.aborted) return 'aborted';
  return sent.isFinal ? failed(sent.error) : tryAgain(parts, notification, sent.error);
}

const failed = (error: string): AttemptResult => ({
  status: 'FAILED',
  error: error.slice(0, LONGEST_ERROR),
  mayHaveArrived: false,
});

const notKnown = (why = 'the process was ended'): AttemptResult => ({
  status: 'FAILED',
  error: `it is not known whether the mail server took it: ${why}`.slice(0, LONGEST_ERROR),
  mayHaveArrived: true,
});

function tryAgain(
  { clock, random }: SendingParts,
  { attempts }: ClaimedNotification,
  error: string,
): AttemptResult {
  const delayMs = retryDelayMs(NOTIFICATION_RETRY_DELAYS_MS, attempts, random());
  return delayMs === undefined
    ? failed(error)
    : {
        status: 'PENDING',
        error: error.slice(0, LONGEST_ERROR),
        nextAttemptAt: clock.now().add({ milliseconds: delayMs }),
      };
}
