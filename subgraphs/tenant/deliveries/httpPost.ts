import http from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';

/** The rest of a response body is discarded. */
const MAX_RECEIVER_RESPONSE_BYTES = 16 * 1024;
const MAX_HEADER_BYTES = 16 * 1024;

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

function messageOf(error: unknown): string {
  if (error instanceof ExchangeFailed) return error.message;
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'string') return 'the exchange failed';
  if (code.startsWith('HPE_')) return `the answer is not HTTP (${code})`;
  return MESSAGES[code] ?? `the exchange failed (${code})`;
}

/**
 * Sends a POST on its own connection and reads the response, up to MAX_RECEIVER_RESPONSE_BYTES of its body. Follows no redirect.
 * Rejects with ExchangeFailed. Closes the connection before it settles, so a receiver never has more connections than attempts.
 */
export function httpPost(url: URL, options: HttpPostOptions): Promise<ReceiverResponse> {
  const { headers, body, lookup, timeoutMs, signal } = options;
  return new Promise((resolve, reject) => {
    const { request: send } = url.protocol === 'https:' ? https : http;
    const request = send(url, {
      method: 'POST',
      headers,
      lookup,
      agent: false,
      maxHeaderSize: MAX_HEADER_BYTES,
    });

    const end = (settle: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      request.destroy();
      settle();
    };
    const fail = (error: unknown): void =>
      end(() => reject(new ExchangeFailed(messageOf(error), { cause: error })));
    const timer = setTimeout(
      () => fail(new ExchangeFailed(`no complete answer within ${timeoutMs / 1_000} s`)),
      timeoutMs,
    );
    const onAbort = (): void => fail(new ExchangeFailed('broken off'));
    signal.addEventListener('abort', onAbort, { once: true });

    request.on('error', fail);
    let hasResponse = false;
    const onClose = (): void => fail(new ExchangeFailed(MESSAGES['ECONNRESET']));
    // A response may end with its connection, after the request has closed.
    request.on('close', () => {
      if (!hasResponse) onClose();
    });
    request.on('response', (response) => {
      hasResponse = true;
      const finish = (): void =>
        end(() => resolve({ status: response.statusCode!, retryAfter: response.headers['retry-after'] }));
      let readBytes = 0;
      response.on('data', (chunk: Buffer) => {
        readBytes += chunk.length;
        if (readBytes >= MAX_RECEIVER_RESPONSE_BYTES) finish();
      });
      response.on('end', finish);
      response.on('error', fail);
      response.on('close', onClose);
    });
    if (signal.aborted) onAbort();
    else request.end(body);
  });
}
