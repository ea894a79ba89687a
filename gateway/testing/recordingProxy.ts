/** A proxy in front of a subgraph, by HTTP and WebSocket, that records what reaches it. */
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

export type RecordingProxy = {
  url: string;
  /** Headers, bodies and messages. */
  received: string[];
  close(): void;
};

/** Forwards to the subgraph on a port of this machine, which may be down. */
export async function recordingProxy(port: number): Promise<RecordingProxy> {
  const received: string[] = [];
  const server = createServer((request, response) => {
    const { url, method, headers } = request;
    received.push(JSON.stringify(headers));
    const forwarded = httpRequest({ port, path: url, method, headers }, (answer) => {
      response.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(response);
    });
    forwarded.on('error', () => response.destroy());
    request.on('data', (chunk) => received.push(String(chunk)));
    request.pipe(forwarded);
  });
  new WebSocketServer({ server }).on('connection', (socket, { headers, url }) => {
    received.push(JSON.stringify(headers));
    const forwarded = new WebSocket(`ws://127.0.0.1:${port}${url}`, 'graphql-transport-ws');
    const early: string[] = [];
    socket.on('message', (data) => {
      const message = String(data);
      received.push(message);
      if (forwarded.readyState === WebSocket.OPEN) forwarded.send(message);
      else early.push(message);
    });
    forwarded.on('open', () => early.forEach((message) => forwarded.send(message)));
    forwarded.on('message', (data) => socket.send(String(data)));
    for (const one of [socket, forwarded]) {
      one.on('error', () => {});
      one.on('close', () => {
        socket.terminate();
        forwarded.terminate();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    received,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
