/** A proxy before Postgres that counts what a client sends. */
import { tcpProxy, type TcpProxy } from './tcpProxy.ts';

export type PostgresProxy = TcpProxy & {
  /** Since the last call: statements, and round trips (the client sends, and waits for an answer). */
  take(): { statements: number; roundTrips: number };
};

/** Type and length of a frontend message (PostgreSQL protocol 3.0, "Message Formats"). */
const HEADER_BYTES = 5;
const LENGTH_BYTES = 4;
/** Execute, and Query of the simple protocol. */
const STATEMENTS: ReadonlySet<string> = new Set(['E', 'Q']);

export async function postgresProxy(databaseUrl: string): Promise<PostgresProxy> {
  let counts = { statements: 0, roundTrips: 0 };
  const proxy = await tcpProxy(databaseUrl, () => {
    const count = statementCounter((statements) => (counts.statements += statements));
    let isClientsTurn = true;
    return {
      onSent(data) {
        if (isClientsTurn) counts.roundTrips += 1;
        isClientsTurn = false;
        count(data);
      },
      onReceived: () => (isClientsTurn = true),
    };
  });
  return {
    ...proxy,
    take() {
      const taken = counts;
      counts = { statements: 0, roundTrips: 0 };
      return taken;
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
