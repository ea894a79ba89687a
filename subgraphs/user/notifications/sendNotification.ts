import type { Db } from '@libs/db/connect';
import { ApiError } from '@libs/outcome/apiErrors';
import { retryDelayMs } from '@libs/queue/retries';
import { failSpan, inEventSpans, SpanKind, type MaybeSpan } from '@libs/telemetry/traceSpans';
import type { Log } from '@libs/telemetry/log';
import type { Clock } from '@libs/time/clock';
import { isLinkEvent } from '../links/rules.ts';
import { composeEmail, eventOf, type EmailDirectory } from './composeEmail.ts';
import { emails } from './emailMetrics.ts';
import { NOTIFICATION_RETRY_DELAYS_MS } from './notificationBackoff.ts';
import { isOfUse } from './rules.ts';
import { sendMail, type Mail, type MailServer, type SendResult } from './smtp.ts';
import {
  recordHandOverOfAllTenants,
  releaseNotificationOfAllTenants,
  settleNotificationOfAllTenants,
  type NotificationResult,
  type ClaimedNotification,
} from './store.ts';

export type NotificationDeps = EmailDirectory & {
  db: Db;
  /** Settles a notification for which there is no mail server. */
  settleKept(notification: ClaimedNotification): Promise<void>;
  /** Undefined: e-mails are kept, not sent. */
  mailServer: MailServer | undefined;
  /** Whether e-mails that are not sent are logged, for developers: they are personal data, and their links bear tokens. */
  logsEmails: boolean;
  log: Log;
  clock: Clock;
  /** In [0, 1): jitter of retries. */
  random: () => number;
  /** For one attempt at the mail server. */
  timeoutMs: number;
};

/** Stored errors are cut to this length. */
const MAX_ERROR_CHARACTERS = 500;

/**
 * Never sends twice: the row is marked before the server is told that the message is complete, and a marked row is not sent again
 * unless the server refused the message. If the process or the connection dies in between, the notification ends as FAILED though
 * it may have arrived (docs/decisions/0009-a-notification-is-never-sent-twice.md).
 */
export function sendNotification(
  deps: NotificationDeps,
  notification: ClaimedNotification,
  signal: AbortSignal,
): Promise<void> {
  return inEventSpans('e-mail', [notification], { kind: SpanKind.CLIENT }, (span) =>
    attemptAndRecord(deps, notification, signal, span),
  );
}

async function attemptAndRecord(
  deps: NotificationDeps,
  notification: ClaimedNotification,
  signal: AbortSignal,
  span: MaybeSpan,
): Promise<void> {
  const { db, clock } = deps;
  const { id, tenantId, traceId, eventType, attempts } = notification;
  const log = deps.log.child({ traceId, notificationId: id, event: eventType });
  const result = await attempt({ ...deps, log }, notification, signal);
  const label = labelOf(result);
  emails.inc({ result: label });
  if (label === 'retried' || label === 'failed') failSpan(span, undefined);
  if (result === 'kept') return deps.settleKept(notification);
  if (result === 'aborted') return releaseNotificationOfAllTenants(db, notification);
  if (!(await settleNotificationOfAllTenants(db, notification, result, clock.now()))) return;
  const { status } = result;
  // A mail server's answer may quote the address.
  const error = notification.address
    ? result.error?.replaceAll(notification.address, '[address]')
    : result.error;
  if (status === 'FAILED') log.warn({ tenantId, attempts, error }, 'a notification could not be sent');
  if (status === 'PENDING')
    log.debug({ tenantId, attempts, error }, 'a notification could not be sent, trying again');
}

function labelOf(result: NotificationResult | 'aborted' | 'kept'): string {
  if (result === 'kept') return 'kept';
  if (result === 'aborted') return 'released';
  return result.status === 'PENDING' ? 'retried' : result.status.toLowerCase();
}

async function attempt(
  deps: NotificationDeps,
  notification: ClaimedNotification,
  stopping: AbortSignal,
): Promise<NotificationResult | 'aborted' | 'kept'> {
  const { id, address, name, wasHandedOver } = notification;
  if (wasHandedOver) return unknownResult();
  const isLink = isLinkEvent(notification.eventType);
  if (!isOfUse(eventOf(notification), deps.clock.now()))
    return failedResult(isLink ? 'the link would have expired' : 'the booking has begun');
  if (address === null) return failedResult('the user is not active');

  let mail: Mail;
  try {
    const email = await composeEmail(deps, notification);
    if (!email)
      return failedResult(
        isLink ? 'the tenant is not active, or the link is useless' : 'the tenant is not active',
      );
    mail = { id, to: { name, address }, email };
  } catch (error) {
    // An unavailable subgraph will be back; anything else is a bug that the next release may fix.
    if (!(error instanceof ApiError)) deps.log.error({ err: error }, 'a notification could not be composed');
    return tryAgain(deps, notification, error instanceof Error ? error.message : String(error));
  }

  if (!deps.mailServer) {
    const { subject, text } = mail.email;
    deps.log.info(
      deps.logsEmails ? { to: address, subject, text } : {},
      'no mail server (SMTP_URL): a notification is kept',
    );
    return 'kept';
  }
  const { mailServer } = deps;
  const beforeTheEnd = async () => {
    if (await recordHandOverOfAllTenants(deps.db, notification, deps.clock.now())) return;
    throw new Error('the claim has expired, or the user was deleted');
  };
  const sent = await within(deps.timeoutMs, stopping, (signal) =>
    sendMail(mailServer, mail, { beforeTheEnd, signal }),
  );
  return resultOf(deps, notification, sent, stopping);
}

/** Aborts the signal given to `work` after `timeoutMs`, or with `outer`. */
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
  deps: NotificationDeps,
  notification: ClaimedNotification,
  sent: SendResult,
  stopping: AbortSignal,
): NotificationResult | 'aborted' {
  if (sent.kind === 'taken') return { status: 'SENT', error: null };
  if (sent.kind === 'unknown') return unknownResult(sent.error);
  if (stopping.aborted) return 'aborted';
  return sent.isFinal ? failedResult(sent.error) : tryAgain(deps, notification, sent.error);
}

const failedResult = (error: string): NotificationResult => ({
  status: 'FAILED',
  error: error.slice(0, MAX_ERROR_CHARACTERS),
  mayHaveArrived: false,
});

const unknownResult = (why = 'the process was ended'): NotificationResult => ({
  status: 'FAILED',
  error: `it is not known whether the mail server took it: ${why}`.slice(0, MAX_ERROR_CHARACTERS),
  mayHaveArrived: true,
});

function tryAgain(
  { clock, random }: NotificationDeps,
  { attempts }: ClaimedNotification,
  error: string,
): NotificationResult {
  const delayMs = retryDelayMs(NOTIFICATION_RETRY_DELAYS_MS, attempts, random());
  return delayMs === undefined
    ? failedResult(error)
    : {
        status: 'PENDING',
        error: error.slice(0, MAX_ERROR_CHARACTERS),
        nextAttemptAt: clock.now().add({ milliseconds: delayMs }),
      };
}
