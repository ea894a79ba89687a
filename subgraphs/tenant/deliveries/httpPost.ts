import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';

/** The rest of a response body is discarded. */
const MAX_RECEIVER_RESPONSE_BYTES = 16 * 1024;
const MAX_HEADER_BYTES = 16 * 1024;
/** Most servers close an idle connection only after 5 s or later. */
const IDLE_CONNECTION_MS = 1_000;

/** Connections are kept for the next request to the same host: a new one costs both sides a TLS handshake. */
const agentOptions = { keepAlive: true, timeout: IDLE_CONNECTION_MS };
const agents = { http: new http.Agent(agentOptions), https: new https.Agent(agentOptions) };

export type ReceiverResponse = { status: number; retryAfter: string | undefined };

/** `message` tells the tenant why, without internals such as addresses. */
export class ExchangeFailed extends Error {}

export type HttpPostOptions = {
  headers: Record<string, string>;
  body: string;
  lookup: LookupFunction;
  /** From the name look-up to the last byte read. */
  timeoutMs: number;
  signal: AbortSignal;
};

const MESSAGES: Record<string, string> = {
  ADDRESS_NOT_ALLOWED: 'the address is not public',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was closed before the answer was complete',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ENODATA: 'the name has no address',
  ENOTFOUND: 'the name was not found',
  ETIMEDOUT: 'the connection timed out',
};

/** Codes of errors for a connection that the other side has closed. */
const CLOSED_CODES = new Set(['ECONNRESET', 'EPIPE']);

function messageOf(error: unknown): string {
  if (error instanceof ExchangeFailed) return error.message;
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'string') return 'the exchange failed';
  if (code.startsWith('HPE_')) return `the answer is not HTTP (${code})`;
  return MESSAGES[code] ?? `the exchange failed (${code})`;
}

/**
 * Sends a POST and reads the response, up to MAX_RECEIVER_RESPONSE_BYTES of its body. Follows no redirect. Rejects with
 * ExchangeFailed. The connection stays open for IDLE_CONNECTION_MS if the whole response was read, else it is closed. A request that
 * finds a kept connection closed by the receiver is sent once more, on a new one.
 */
export function httpPost(url: URL, options: HttpPostOptions): Promise<ReceiverResponse> {
  const { headers, body, lookup, timeoutMs, signal } = options;
  const [{ request: create }, agent] =
    url.protocol === 'https:' ? [https, agents.https] : [http, agents.http];
  return new Promise((resolve, reject) => {
    let request: http.ClientRequest | undefined;
    let hasEnded = false;
    function endWith(act: () => void): void {
      if (hasEnded) return;
      hasEnded = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      act();
    }
    const fail = (error: unknown): void =>
      endWith(() => {
        request?.destroy();
        reject(new ExchangeFailed(messageOf(error), { cause: error }));
      });
    // Every connection closes: an error's stack costs more than the comparison.
    const failClosed = (): void => {
      if (!hasEnded) fail(new ExchangeFailed(MESSAGES['ECONNRESET']));
    };
    const onAbort = (): void => fail(new ExchangeFailed('broken off'));
    const timer = setTimeout(
      () => fail(new ExchangeFailed(`no complete answer within ${timeoutMs / 1_000} s`)),
      timeoutMs,
    );

    function read(response: http.IncomingMessage): void {
      const answer = { status: response.statusCode!, retryAfter: response.headers['retry-after'] };
      let readBytes = 0;
      response.on('data', (chunk: Buffer) => {
        readBytes += chunk.length;
        if (readBytes < MAX_RECEIVER_RESPONSE_BYTES) return;
        endWith(() => resolve(answer));
        response.destroy();
      });
      response.on('end', () => endWith(() => resolve(answer)));
      response.on('error', fail);
      response.on('close', failClosed);
    }

    function send(via: http.Agent | false): void {
      const sent = create(url, {
        method: 'POST',
        headers,
        lookup,
        agent: via,
        maxHeaderSize: MAX_HEADER_BYTES,
      });
      request = sent;
      let hasResponse = false;
      sent.on('error', (error: NodeJS.ErrnoException) => {
        if (sent.reusedSocket && !hasResponse && !hasEnded && CLOSED_CODES.has(error.code ?? '')) send(false);
        else fail(error);
      });
      // A response may end with its connection, after the request has closed.
      sent.on('close', () => {
        if (!hasResponse && request === sent) failClosed();
      });
      sent.on('response', (response) => {
        hasResponse = true;
        read(response);
      });
      sent.end(body);
    }

    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    else send(agent);
  });
}
