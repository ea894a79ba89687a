import type { Db } from '@libs/db/connect';
import { inTransaction, type Tx } from '@libs/db/inTransaction';
import { announce } from '@libs/events/outbox';
import { newTraceId } from '@libs/telemetry/trace';
import { failSpan, inEventSpans, SpanKind, type MaybeSpan } from '@libs/telemetry/traceSpans';
import type { Log } from '@libs/telemetry/log';
import type { Clock } from '@libs/time/clock';
import { parseHttpDate } from '@libs/time/httpDates';
import type { Temporal } from 'temporal-polyfill';
import { webhookDisabled, type DisabledReason } from '../webhooks/events.ts';
import { ExchangeFailed, httpPost } from './httpPost.ts';
import { deliveries, deliveryDuration, unreadableSecrets, webhooksDisabled } from './deliveryMetrics.ts';
import type { SsrfGuard } from './ssrfGuard.ts';
import {
  deactivateWebhook,
  recordFailure,
  releaseDelivery,
  settleFailedDelivery,
  type ClaimedDelivery,
  type FailedAttempt,
  type Success,
} from './queueStore.ts';
import { deliveryRetryDelayMs, isPermanentlyFailing } from './deliveryBackoff.ts';
import type { SecretCipher } from '../webhooks/secrets.ts';
import { signedHeaders } from './signing.ts';

export type AttemptDeps = {
  db: Db;
  guard: SsrfGuard;
  secrets: SecretCipher;
  log: Log;
  clock: Clock;
  /** In [0, 1): jitter of retries. */
  random: () => number;
  /** For one HTTP exchange. */
  timeoutMs: number;
  /** Resolves once it is committed. */
  recordSuccess(success: Success): Promise<void>;
};

const USER_AGENT = 'Vaga-Webhooks/1';
/** The endpoint is gone for good (RFC 9110 §15.5.11). */
const GONE = 410;

type ExchangeFailure = { responseStatus: number | null; error: string; retryAfterMs: number };
type ExchangeResult = { responseStatus: number; error: null } | ExchangeFailure;

/**
 * Sends a claimed delivery once and records the result. In the same transaction, deactivates a webhook that answers 410 or has
 * failed for too long, and announces that. An attempt aborted by `signal` does not count.
 */
export function attemptDelivery(
  deps: AttemptDeps,
  delivery: ClaimedDelivery,
  signal: AbortSignal,
): Promise<void> {
  const { traceId, eventId } = delivery;
  const events = traceId === null ? [] : [{ traceId, eventId }];
  return inEventSpans('webhook delivery', events, { kind: SpanKind.CLIENT }, (span) =>
    attempt(deps, delivery, signal, span),
  );
}

async function attempt(
  deps: AttemptDeps,
  delivery: ClaimedDelivery,
  signal: AbortSignal,
  span: MaybeSpan,
): Promise<void> {
  const { db, clock, log } = deps;
  const endTimer = deliveryDuration.startTimer();
  const response = await send(deps, delivery, signal);
  endTimer();
  if (response.error !== null) failSpan(span, undefined);
  if (response.responseStatus !== null)
    span?.setAttribute('http.response.status_code', response.responseStatus);
  if (signal.aborted && response.error !== null) {
    deliveries.inc({ result: 'released' });
    return releaseDelivery(db, delivery);
  }

  const now = clock.now();
  const { responseStatus, error } = response;
  if (error === null) {
    deliveries.inc({ result: 'succeeded' });
    return deps.recordSuccess({ delivery, responseStatus, now });
  }
  const failure = failedAttemptOf(deps, delivery, response, now);
  deliveries.inc({ result: failure.status === 'PENDING' ? 'retried' : 'failed' });
  await inTransaction(db, async (tx) => {
    if (!(await settleFailedDelivery(tx, delivery, failure))) return;
    const { webhookId, id, traceId } = delivery;
    log.debug(
      { webhookId, deliveryId: id, error, attempts: delivery.attempts + 1, traceId },
      'not delivered',
    );
    await handleFailure(tx, deps, delivery, failure);
  });
}

/** Never throws. */
async function send(
  deps: AttemptDeps,
  delivery: ClaimedDelivery,
  signal: AbortSignal,
): Promise<ExchangeResult> {
  const { guard, clock, timeoutMs } = deps;
  const failed = (error: string): ExchangeFailure => ({ responseStatus: null, error, retryAfterMs: 0 });
  // A URL saved in development, or by an earlier release, may not be allowed now.
  if (guard.faultOfText(delivery.url)) return failed('the address is not public');
  const keys = decryptSecrets(deps, delivery);
  if (!keys) return failed('the secret cannot be read: set it again');
  const { eventId, body } = delivery;
  const sentAt = clock.now();
  const signed = { eventId, body, timestampSeconds: Math.floor(sentAt.epochMilliseconds / 1_000) };
  try {
    const { status, retryAfter } = await httpPost(new URL(delivery.url), {
      headers: {
        'content-type': 'application/json',
        'user-agent': USER_AGENT,
        ...signedHeaders(signed, keys),
      },
      body,
      lookup: guard.lookup,
      timeoutMs,
      signal,
    });
    const error = errorOfStatus(status);
    return error === null
      ? { responseStatus: status, error }
      : { responseStatus: status, error, retryAfterMs: retryAfterMsOf(retryAfter, clock.now()) };
  } catch (error) {
    if (error instanceof ExchangeFailed) return failed(error.message);
    deps.log.error({ err: error, webhookId: delivery.webhookId }, 'a webhook request could not be made');
    return failed('the request could not be made');
  }
}

/** Newest first; undefined if one cannot be read, since a signed webhook must not send unsigned requests. */
function decryptSecrets({ secrets, log }: AttemptDeps, delivery: ClaimedDelivery): string[] | undefined {
  try {
    return [delivery.secret, delivery.previousSecret]
      .filter((encrypted) => encrypted !== null)
      .map((encrypted) => secrets.decrypt(delivery.webhookId, encrypted));
  } catch (error) {
    unreadableSecrets.inc();
    log.error(
      { err: error, webhookId: delivery.webhookId },
      'a secret cannot be decrypted: was SECRET_KEY changed?',
    );
    return undefined;
  }
}

/** Null for success. */
function errorOfStatus(status: number): string | null {
  if (status >= 200 && status <= 299) return null;
  return status >= 300 && status <= 399 ? `HTTP ${status}: redirects are not followed` : `HTTP ${status}`;
}

/** From a Retry-After header: seconds or a date (RFC 9110 §10.2.3). 0 if absent or malformed. */
function retryAfterMsOf(header: string | undefined, now: Temporal.Instant): number {
  if (header === undefined) return 0;
  if (/^\d{1,10}$/.test(header)) return Number(header) * 1_000;
  const date = parseHttpDate(header);
  return date ? Math.max(date.epochMilliseconds - now.epochMilliseconds, 0) : 0;
}

function failedAttemptOf(
  { random }: AttemptDeps,
  delivery: ClaimedDelivery,
  { responseStatus, error, retryAfterMs }: ExchangeFailure,
  now: Temporal.Instant,
): FailedAttempt {
  const delayMs =
    responseStatus === GONE ? undefined : deliveryRetryDelayMs(delivery.attempts + 1, random(), retryAfterMs);
  return delayMs === undefined
    ? { status: 'FAILED', responseStatus, error, now, nextAttemptAt: null }
    : { status: 'PENDING', responseStatus, error, now, nextAttemptAt: now.add({ milliseconds: delayMs }) };
}

async function handleFailure(
  tx: Tx,
  { log }: AttemptDeps,
  delivery: ClaimedDelivery,
  { responseStatus, now }: FailedAttempt,
): Promise<void> {
  const failingSince = await recordFailure(tx, delivery, now);
  if (!failingSince) return;
  const reason: DisabledReason | undefined =
    responseStatus === GONE ? 'gone' : isPermanentlyFailing(failingSince, now) ? 'failing' : undefined;
  if (!reason || !(await deactivateWebhook(tx, delivery, now))) return;
  const { tenantId, webhookId } = delivery;
  tx.afterCommit(() => webhooksDisabled.inc({ reason }));
  await announce(tx, webhookDisabled(delivery, reason, failingSince), { now, traceId: newTraceId() });
  log.warn({ tenantId, webhookId, reason }, 'a webhook was deactivated');
}
