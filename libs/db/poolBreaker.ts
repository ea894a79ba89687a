/**
 * A circuit breaker for one pool. A database that hangs (its host vanished, its disk or its processes stopped) keeps connections open and
 * never answers. On silence (`silence.ts`) all of them are closed, which fails their statements, and new ones fail at once, until the
 * database answers on a new connection. Decision 18.
 */
import { watchSilence } from '@libs/telemetry/silence';
import { connect, type Socket } from 'node:net';
import { setImmediate } from 'node:timers';
import postgres from 'postgres';

/** The driver's own delay grows up to 20 s. */
const RECONNECT_DELAY_SECONDS = 0.25;
const PROBE_CONNECT_SECONDS = 2;

/** The database does not respond. Counts as an outage by its code (libs/graphql/formatErrors.ts). */
class DatabaseSilentError extends Error {
  readonly code = 'CONNECTION_SILENT';
  constructor(pool: string) {
    super(`the database of the pool ${pool} does not respond`);
    this.name = 'DatabaseSilentError';
  }
}

export type PoolBreaker = ReturnType<typeof poolBreaker>;

export function poolBreaker(pool: string, url: string) {
  const sockets = new Set<Socket>();
  let statements = 0;
  let attempts = 0;
  const silence = watchSilence({
    inFlight: () => statements,
    async probe(signal) {
      const sql = postgres(url, {
        max: 1,
        connect_timeout: PROBE_CONNECT_SECONDS,
        onnotice: () => {},
        fetch_types: false,
        connection: { application_name: pool },
      });
      const end = () => void sql.end({ timeout: 0 });
      signal.addEventListener('abort', end);
      await sql`select 1`.simple().finally(end);
    },
    onSilence() {
      for (const socket of sockets) socket.destroy(new DatabaseSilentError(pool));
    },
  });
  return {
    /** A statement waits for a connection or an answer. */
    sent(): void {
      statements += 1;
      silence.sent();
    },
    /** It has its answer, or its connection was lost. */
    settled(): void {
      statements -= 1;
      silence.answered();
    },
    stop: silence.stop,
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
        if (silence.isSilent()) setImmediate(() => socket.destroy(new DatabaseSilentError(pool)));
        return socket;
      },
    },
  };
}
