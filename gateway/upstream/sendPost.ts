/** Sends a POST and reads its whole answer. Undici's `request` makes a stream of each, which takes half as long again for small ones. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';

export type HttpAnswer = { statusCode: number; headers: IncomingHttpHeaders; body: Buffer };

/** Rejects with undici's error if there is no whole answer, at once with the signal's reason if it aborts. */
export function sendPost(
  connections: Dispatcher,
  request: { path: string; headers: Record<string, string>; body: string },
  signal: AbortSignal,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason as Error);
      return;
    }
    let started: Dispatcher.DispatchController | undefined;
    let statusCode = 0;
    let headers: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    const abort = (): void => {
      reject(signal.reason as Error);
      started?.abort(signal.reason as Error);
    };
    signal.addEventListener('abort', abort);
    const end = (): void => signal.removeEventListener('abort', abort);

    connections.dispatch(
      { ...request, method: 'POST' },
      {
        onRequestStart(controller) {
          started = controller;
          // It waited for a connection.
          if (signal.aborted) abort();
        },
        onResponseStart(_controller, code, received) {
          statusCode = code;
          headers = received;
        },
        onResponseData: (_controller, chunk) => void chunks.push(chunk),
        onResponseEnd() {
          end();
          resolve({ statusCode, headers, body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks) });
        },
        onResponseError(_controller, error) {
          end();
          reject(error);
        },
      },
    );
  });
}
