/**
 * Sends one message to the mail server (RFC 5321) and says what is certain of it afterwards.
 *
 * A server takes a message when it answers the dot that ends it; if the connection breaks between the dot and the answer, nobody here
 * can know. So the sender is asked right before the dot, when all else has been sent and accepted (`beforeTheEnd`), and may
 * note it down, or call it off: without the dot a server discards what it has.
 */
import { once } from 'node:events';
import { Readable } from 'node:stream';
import MailComposer from 'nodemailer/lib/mail-composer';
import { parseConnectionUrl } from 'nodemailer/lib/shared';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Email } from './email.ts';

/** How long the connection, TLS included, may take, in milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000;
/** How long the server may take to greet, in milliseconds. */
const GREETING_TIMEOUT_MS = 10_000;
/** How long the server may be silent, in milliseconds. Some look at the message at length before they take it. */
const SILENCE_TIMEOUT_MS = 90_000;
/** How long a server that was told goodbye may hold the connection, in milliseconds. */
const CLOSE_TIMEOUT_MS = 1_000;

/** `url`: smtp: or smtps:, with user and password where needed, and nodemailer's options. `from`: the sender's address. */
export type MailServer = { url: string; from: string };

export type Mail = {
  /** Unique for ever; the same at every attempt, so that whoever receives a message twice can tell. */
  id: string;
  to: { name: string; address: string };
  email: Email;
};

/**
 * What is certain. `refused`: it was not taken, and is not worth another try where `isFinal`. `unknown`: the server was told that the
 * message is complete, and did not answer.
 */
export type SendResult = { kind: 'taken' } | { kind: 'refused' | 'unknown'; error: string; isFinal: boolean };

type SmtpError = { responseCode?: number; command?: string; message: string };
type Envelope = { from?: string | false; to?: string[] };

/** The message as it crosses the wire, and its envelope. What people wrote is encoded: it cannot become a header of its own. */
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
    // RFC 3834 §5: nobody's out-of-office reply is wanted.
    headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': email.language },
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
  return { envelope: node.getEnvelope(), bytes: await node.build() };
}

/**
 * Sends the message over a connection of its own. `beforeTheEnd` is awaited before the server is told that the message is complete;
 * where it throws, or `signal` aborts before, the message is not sent. Never throws.
 */
export async function sendMail(
  server: MailServer,
  mail: Mail,
  { beforeTheEnd, signal }: { beforeTheEnd: () => Promise<void>; signal: AbortSignal },
): Promise<SendResult> {
  let isComplete = false;
  async function* body(bytes: Buffer) {
    yield bytes;
    // Reached when the server has agreed to take data: the stream is read from then on.
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
 * Whether a refusal is for good (RFC 5321 §4.2.1: 5yz) and of this message or its recipient. What the server has against us (a wrong
 * password, a sender that it does not know) an operator can mend.
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
  // An error may come outside of a step, and a second one after the first.
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
