import { ApiError } from '@libs/outcome/apiErrors';
import type { Log } from '@libs/telemetry/log';
import type { Clock } from '@libs/time/clock';
import { composeLetter, type Directory } from './composeLetter.ts';
import { retryDelayMs } from './schedule.ts';
import { sendMail, type Mail, type MailServer, type Sent } from './smtp.ts';
import {
  noteHandOverOfAllTenants,
  returnTurnOfAllTenants,
  settleTurnOfAllTenants,
  type Settled,
  type Turn,
} from './store.ts';

export type Desk = Directory & {
  /** Undefined: letters are kept, and shown in the log. */
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
 * Sends a notification that was given its turn, and records what came of it.
 *
 * Never twice: it is noted that the message is handed over before the server is told that it is complete, and what was noted so is
 * not sent again, unless the server has said that it did not take it. So where this process or the connection dies in the moment between, the
 * notification ends as FAILED though it may have arrived (docs/decisions/0009-a-notification-is-never-sent-twice.md).
 */
export async function sendNotification(
  desk: Desk,
  turn: Turn,
  claimId: string,
  breakOff: AbortSignal,
): Promise<void> {
  const { db, clock } = desk;
  const log = desk.log.child({ traceId: turn.traceId, notificationId: turn.id, event: turn.eventType });
  const settled = await attempt({ ...desk, log }, turn, claimId, breakOff);
  if (settled === 'broken off') return returnTurnOfAllTenants(db, turn.id, claimId);
  if (!(await settleTurnOfAllTenants(db, turn.id, claimId, settled, clock.now()))) return;
  const { status, error } = settled;
  const seen = { tenantId: turn.tenantId, attempts: turn.attempts, error };
  if (status === 'FAILED') log.warn(seen, 'a notification could not be sent');
  if (status === 'PENDING') log.debug(seen, 'a notification could not be sent, trying again');
}

async function attempt(
  desk: Desk,
  turn: Turn,
  claimId: string,
  breakOff: AbortSignal,
): Promise<Settled | 'broken off'> {
  const { id, address, name, wasHandedOver } = turn;
  if (wasHandedOver) return notKnown();
  if (address === null) return failed('the user is not active');

  let mail: Mail;
  try {
    const letter = await composeLetter(desk, turn);
    if (!letter) return failed('the tenant is not active');
    mail = { id, to: { name, address }, letter };
  } catch (error) {
    // A neighbour that is away will be back; anything else is a bug, and its next release may have mended it.
    if (!(error instanceof ApiError)) desk.log.error({ err: error }, 'a notification could not be composed');
    return tryAgain(desk, turn, error instanceof Error ? error.message : String(error));
  }

  if (!desk.mailServer) {
    const { subject, text } = mail.letter;
    desk.log.info({ to: address, subject, text }, 'no mail server (SMTP_URL): a notification is kept');
    return { status: 'KEPT', error: null };
  }
  const { mailServer } = desk;
  const beforeTheEnd = async () => {
    if (await noteHandOverOfAllTenants(desk.db, id, claimId, desk.clock.now())) return;
    throw new Error('the turn is over, or the user is gone');
  };
  const sent = await within(desk.timeoutMs, breakOff, (signal) =>
    sendMail(mailServer, mail, { beforeTheEnd, signal }),
  );
  return settledAs(desk, turn, sent, breakOff);
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

function settledAs(desk: Desk, turn: Turn, sent: Sent, breakOff: AbortSignal): Settled | 'broken off' {
  if (sent.kind === 'taken') return { status: 'SENT', error: null };
  if (sent.kind === 'unknown') return notKnown(sent.error);
  if (breakOff.aborted) return 'broken off';
  return sent.isFinal ? failed(sent.error) : tryAgain(desk, turn, sent.error);
}

const failed = (error: string): Settled => ({
  status: 'FAILED',
  error: error.slice(0, LONGEST_ERROR),
  mayHaveArrived: false,
});

const notKnown = (why = 'the process was ended'): Settled => ({
  status: 'FAILED',
  error: `it is not known whether the mail server took it: ${why}`.slice(0, LONGEST_ERROR),
  mayHaveArrived: true,
});

function tryAgain({ clock, random }: Desk, { attempts }: Turn, error: string): Settled {
  const delayMs = retryDelayMs(attempts, random());
  return delayMs === undefined
    ? failed(error)
    : {
        status: 'PENDING',
        error: error.slice(0, LONGEST_ERROR),
        nextAttemptAt: clock.now().add({ milliseconds: delayMs }),
      };
}
