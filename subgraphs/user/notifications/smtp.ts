/**
 * Sends one message by SMTP (RFC 5321) and reports what is certain afterwards.
 * A server accepts a message by answering the dot that ends it; if the connection breaks in between, the result is unknowable. So
 * `beforeTheEnd` runs right before the dot, when all else was accepted: it can record the hand-over, or cancel it, since a server
 * discards a message without its dot.
 */
import { once } from 'node:events';
import { Readable } from 'node:stream';
import MailComposer from 'nodemailer/lib/mail-composer';
import { parseConnectionUrl } from 'nodemailer/lib/shared';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Email } from './email.ts';

/** TLS included. */
const CONNECT_TIMEOUT_MS = 10_000;
const GREETING_TIMEOUT_MS = 10_000;
/** Some servers scan a message at length before they accept it. */
const SILENCE_TIMEOUT_MS = 90_000;
/** How long to wait after QUIT. */
const CLOSE_TIMEOUT_MS = 1_000;

/** `url`: smtp: or smtps:, with credentials and nodemailer's options as needed. `from`: the sender's address. */
export type MailServer = { url: string; from: string };

export type Mail = {
  /** Equal for every attempt, so that receivers can detect duplicates. */
  id: string;
  to: { name: string; address: string };
  email: Email;
};

/** `refused`: not accepted; final if not worth a retry. `unknown`: the server got the whole message and did not answer. */
export type SendResult = { kind: 'taken' } | { kind: 'refused' | 'unknown'; error: string; isFinal: boolean };

type SmtpError = { responseCode?: number; command?: string; message: string };
type Envelope = { from?: string | false; to?: string[] };

/** User text is encoded: it cannot become a header. */
async function composed(
  server: MailServer,
  { id, to, email }: Mail,
): Promise<{ envelope: Envelope; bytes: Buffer }> {
  const node = new MailComposer({
    from: { name: email.fromName, address: server.from },
    to,
    subject: email.subject,
    text: email.text,
    html: email.html,
    messageId: `<${id}@${server.from.slice(server.from.lastIndexOf('@') + 1)}>`,
    // RFC 3834 §5: asks for no automatic replies.
    headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': email.language },
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
  return { envelope: node.getEnvelope(), bytes: await node.build() };
}

/** Awaits `beforeTheEnd` before completing the message; if it throws, or `signal` aborts before, the message is not sent. Never throws. */
export async function sendMail(
  server: MailServer,
  mail: Mail,
  { beforeTheEnd, signal }: { beforeTheEnd: () => Promise<void>; signal: AbortSignal },
): Promise<SendResult> {
  let isComplete = false;
  async function* body(bytes: Buffer) {
    yield bytes;
    // The stream is read once the server has agreed to take data.
    await beforeTheEnd();
    signal.throwIfAborted();
    isComplete = true;
  }
  try {
    const { envelope, bytes } = await composed(server, mail);
    await exchange(server, envelope, Readable.from(body(bytes), { objectMode: false }), signal);
    return { kind: 'taken' };
  } catch (error) {
    const { responseCode, command, message } = error as SmtpError;
    if (responseCode === undefined && isComplete) return { kind: 'unknown', error: message, isFinal: true };
    return { kind: 'refused', error: message, isFinal: isAboutTheMessage(responseCode, command) };
  }
}

/**
 * Whether a refusal is permanent (RFC 5321 §4.2.1: 5yz) and about this message or its recipient, not about us (a wrong password,
 * an unknown sender), which an operator can fix.
 */
const isAboutTheMessage = (responseCode: number | undefined, command: string | undefined): boolean =>
  responseCode !== undefined && responseCode >= 500 && (command === 'RCPT TO' || command === 'DATA');

async function exchange(
  server: MailServer,
  envelope: Envelope,
  message: Readable,
  signal: AbortSignal,
): Promise<void> {
  const { auth, ...options } = parseConnectionUrl(server.url);
  const connection = new SMTPConnection({
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: GREETING_TIMEOUT_MS,
    socketTimeout: SILENCE_TIMEOUT_MS,
    socketCloseTimeout: CLOSE_TIMEOUT_MS,
    ...options,
  });
  // Errors may occur between steps, and more than once.
  const broken = once(connection, 'error').then(([error]) => Promise.reject(error as Error));
  const aborted = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  const step = (begin: (done: (error?: Error | null) => void) => void) =>
    Promise.race([
      broken,
      aborted,
      new Promise<void>((resolve, reject) => begin((error) => (error ? reject(error) : resolve()))),
    ]);
  broken.catch(() => {});
  aborted.catch(() => {});
  connection.on('error', () => {});
  try {
    await step((done) => connection.connect(done));
    if (auth) await step((done) => connection.login(auth, done));
    await step((done) => connection.send(envelope, message, done));
  } finally {
    connection.close();
  }
}
