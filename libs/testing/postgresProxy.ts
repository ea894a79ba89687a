/** A proxy before Postgres that counts what a client sends. */
import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

export type PostgresProxy = {
  /** The database's address by way of the proxy. */
  url: string;
  /** Since the last call: statements, and round trips (the client sends, and waits for an answer). */
  take(): { statements: number; roundTrips: number };
  close(): Promise<void>;
};

/** Type and length of a frontend message (PostgreSQL protocol 3.0, "Message Formats"). */
const HEADER_BYTES = 5;
const LENGTH_BYTES = 4;
/** Execute, and Query of the simple protocol. */
const STATEMENTS: ReadonlySet<string> = new Set(['E', 'Q']);

export async function postgresProxy(databaseUrl: string): Promise<PostgresProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let counts = { statements: 0, roundTrips: 0 };

  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const count = statementCounter((statements) => (counts.statements += statements));
    let isClientsTurn = true;
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.setNoDelay(true).on('error', () => {});
    }
    client.on('data', (data) => {
      if (isClientsTurn) counts.roundTrips += 1;
      isClientsTurn = false;
      count(data as Buffer);
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      isClientsTurn = true;
      client.write(data);
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    take() {
      const taken = counts;
      counts = { statements: 0, roundTrips: 0 };
      return taken;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Parses one connection's frontend messages. The first, StartupMessage, has no type. */
function statementCounter(onStatements: (count: number) => void): (data: Buffer) => void {
  let buffered: Buffer = Buffer.alloc(0);
  let hasStarted = false;
  return (data) => {
    buffered = Buffer.concat([buffered, data]);
    if (!hasStarted) {
      if (buffered.length < LENGTH_BYTES || buffered.length < buffered.readUInt32BE(0)) return;
      buffered = buffered.subarray(buffered.readUInt32BE(0));
      hasStarted = true;
    }
    let statements = 0;
    while (buffered.length >= HEADER_BYTES) {
      const bytes = 1 + buffered.readUInt32BE(1);
      if (buffered.length < bytes) break;
      if (STATEMENTS.has(String.fromCharCode(buffered[0]!))) statements += 1;
      buffered = buffered.subarray(bytes);
    }
    onStatements(statements);
  };
}
