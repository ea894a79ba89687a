/** A plain graphql-ws server, as a process of its own; sends its port to its parent. Each later message is the data that all subscribers get. */
import { EventEmitter, on, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';

const parent = new EventEmitter().setMaxListeners(0);
process.on('message', (data) => void parent.emit('data', data));

async function* changes() {
  for await (const [data] of on(parent, 'data')) yield { data };
}

const schema = buildSchema('type Query { none: Int } type Subscription { echo: String }');
const server = createServer();
useServer({ schema, subscribe: changes }, new WebSocketServer({ server, path: '/graphql' }));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send!((server.address() as AddressInfo).port);
process.on('disconnect', () => process.exit());
