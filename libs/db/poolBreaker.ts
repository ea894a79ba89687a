/**
 * A circuit breaker for one pool. A database that hangs (its host vanished, its disk or its processes stopped) keeps connections open and
 * never answers. On silence (`silence.ts`) all of them are closed, which fails their statements, and new ones fail at once, until the
 * database answers on a new connection. If only some connections are silent, only those are closed (`silentConnections.ts`). Decision 18.
 */
import { PROBE_TIMEOUT_MS, watchSilence } from '@libs/telemetry/silence';
import { connect, type Socket } from 'node:net';
import { setImmediate } from 'node:timers';
import postgres from 'postgres';
import { watchConnections, type SentStatement } from './silentConnections.ts';

/** The driver's own delay grows up to 20 s. */
const RECONNECT_DELAY_SECONDS = 0.25;
const PROBE_CONNECT_SECONDS = 2;

/** The database, or one connection, does not respond. Counts as an outage by its code (libs/graphql/formatErrors.ts). */
class DatabaseSilentError extends Error {
  readonly code = 'CONNECTION_SILENT';
  constructor(message: string) {
    super(message);
    this.name = 'DatabaseSilentError';
  }
}

export type PoolBreaker = ReturnType<typeof poolBreaker>;

/** `parameters`: of the pool's sessions. */
export function poolBreaker(pool: string, url: string, parameters: Record<string, string | number>) {
  const sockets = new Set<Socket>();
  const statements = new Set<SentStatement>();
  let attempts = 0;

  /** On a new connection. */
  async function readStatementTimeoutMs(signal: AbortSignal): Promise<number> {
    const sql = postgres(url, {
      max: 1,
      connect_timeout: PROBE_CONNECT_SECONDS,
      onnotice: () => {},
      fetch_types: false,
      connection: parameters,
    });
    const end = () => void sql.end({ timeout: 0 });
    signal.addEventListener('abort', end);
    const rows = await sql<{ ms: number }[]>`
      select (1000 * extract(epoch from current_setting('statement_timeout')::interval))::int as ms`
      .simple()
      .finally(end);
    return rows[0]!.ms;
  }

  const silentError = () => new DatabaseSilentError(`the database of the pool ${pool} does not respond`);
  const silence = watchSilence({
    inFlight: () => statements.size,
    probe: readStatementTimeoutMs,
    onSilence() {
      for (const socket of sockets) socket.destroy(silentError());
    },
  });
  const stopWatching = watchConnections({
    sockets,
    statements,
    readStatementTimeoutMs: () => readStatementTimeoutMs(AbortSignal.timeout(PROBE_TIMEOUT_MS)),
    onSilence: (socket) =>
      socket.destroy(new DatabaseSilentError(`a connection of the pool ${pool} does not respond`)),
  });
  return {
    /** A statement waits for a connection or an answer. */
    sent(statement: SentStatement): void {
      statements.add(statement);
      silence.sent();
    },
    /** It has its answer, or its connection was lost. */
    settled(statement: SentStatement): void {
      statements.delete(statement);
      silence.answered();
    },
    stop(): void {
      silence.stop();
      stopWatching();
    },
    /** Options of the driver. */
    connection: {
      backoff: () => (silence.isSilent() ? 0 : RECONNECT_DELAY_SECONDS),
      /** Statements that wait for a connection fail with it. */
      socket({ host, port, path }: postgres.ParsedOptions): Socket {
        const index = attempts++ % host.length;
        const address = { host: host[index]!, port: port[index]! };
        const socket = connect(path ? { path } : address);
        // The driver takes the name for TLS from it.
        Object.assign(socket, address);
        // Not in a listener, since the driver removes all before TLS.
        for (const one of sockets) if (one.destroyed) sockets.delete(one);
        sockets.add(socket);
        // The driver listens to errors by then.
        if (silence.isSilent()) setImmediate(() => socket.destroy(silentError()));
        return socket;
      },
    },
  };
}
