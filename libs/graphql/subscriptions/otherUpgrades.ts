/**
 * Requests that offer another protocol than WebSocket, such as h2c (Java's HttpClient and `curl --http2` do), are served as if they did not
 * (RFC 9110 §7.8). Once a server has an `upgrade` listener, Node takes every offer for an upgrade.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

export const asksForWebSocket = ({ headers }: IncomingMessage): boolean =>
  headers.upgrade?.toLowerCase() === 'websocket';

/** Has Node itself ignore other offers; Node 20 cannot. */
export function ignoreOtherUpgrades(server: Server): void {
  Object.assign(server, { shouldUpgradeCallback: asksForWebSocket });
}

/** For Node 20: has the server read the request again, without its offer. */
export function serveWithoutUpgrade(
  server: Server,
  { method, url, httpVersion, rawHeaders }: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!;
    if (name.toLowerCase() !== 'upgrade') lines.push(`${name}: ${rawHeaders[index + 1]}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}
