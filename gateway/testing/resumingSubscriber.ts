/** A client that follows the bookings of its tenant for good: when it is disconnected, it connects again and resumes at its cursor. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient as createStreamClient } from 'graphql-sse';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';

const QUERY = `subscription ($after: String) {
  bookingChanged(after: $after) { id cursor booking { id version resource { name } user { name } } }
}`;
const RECONNECT_PAUSE_MS = 50;

type Answer = {
  data?: { bookingChanged: { id: string; cursor: string } } | null;
  errors?: readonly unknown[];
};
type Connection = { events: AsyncIterableIterator<Answer>; close: () => void };

export type ResumingSubscriber = {
  /** The ids of the changes, in the order in which they came. */
  received: string[];
  /** Refusals, and errors of fields. */
  problems: unknown[];
  /** Close codes of WebSockets that the server closed. */
  closeCodes: number[];
  /** Disconnects it like a lost network: without a close frame. */
  cutNow(): void;
  cuts(): number;
  hasCursor(): boolean;
  /** When its first change came, in epoch milliseconds. */
  firstAtMs(): number;
  stop(): Promise<void>;
};

/** SQL: columns of the outbox for `changesFor`. */
export const CHANGE_COLUMNS = 'id, extract(epoch from occurred_at)::float8 * 1000 as "atMs"';

/**
 * Those of all changes, in their order, that the subscriber must have received: what it has, and all that happened after its first one
 * came. Of the earlier ones, some may have been committed before the subscription began, though their positions come later.
 */
export const changesFor = <Change extends { id: string; atMs: number }>(
  { received, firstAtMs }: ResumingSubscriber,
  changes: readonly Change[],
): Change[] => {
  const has = new Set(received);
  return changes.filter(({ id, atMs }) => has.has(id) || atMs > firstAtMs());
};

export function resumingSubscriber(options: {
  /** One after the other, connection by connection. */
  addresses: readonly string[];
  token: string;
  transport: 'WebSocket' | 'event stream';
}): ResumingSubscriber {
  const { addresses, token, transport } = options;
  const headers = { authorization: `Bearer ${token}` };
  const received: string[] = [];
  const problems: unknown[] = [];
  const closeCodes: number[] = [];
  let cursor: string | undefined;
  let firstAtMs = Infinity;
  let isStopped = false;
  let cut: () => void = () => {};
  let cuts = 0;

  function open(address: string): Connection {
    const request = { query: QUERY, variables: { after: cursor } };
    if (transport === 'event stream') {
      const client = createStreamClient({ url: `${address}/graphql/stream`, headers, retryAttempts: 0 });
      return {
        events: client.iterate(request) as AsyncIterableIterator<Answer>,
        close: () => client.dispose(),
      };
    }
    let socket: WebSocket | undefined;
    const client = createClient({
      url: `${address.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: headers,
      retryAttempts: 0,
      on: {
        opened: (opened) => (socket = opened as WebSocket),
        closed: (event) => void closeCodes.push((event as { code: number }).code),
      },
    });
    const close = () => (socket ? socket.terminate() : void client.dispose());
    return { events: client.iterate(request) as AsyncIterableIterator<Answer>, close };
  }

  async function run(): Promise<void> {
    for (let round = 0; !isStopped; round += 1) {
      const { events, close } = open(addresses[round % addresses.length]!);
      cut = close;
      try {
        for await (const { data, errors } of events) {
          if (errors) problems.push(...errors);
          if (!data) continue;
          firstAtMs = Math.min(firstAtMs, Date.now());
          received.push(data.bookingChanged.id);
          ({ cursor } = data.bookingChanged);
        }
      } catch (error) {
        // Disconnected, or the gateway is down. Only a refusal is a list of errors.
        if (Array.isArray(error)) problems.push(...error);
      }
      if (!isStopped) await sleep(RECONNECT_PAUSE_MS);
    }
  }
  const ended = run();
  return {
    received,
    problems,
    closeCodes,
    cutNow() {
      cut();
      cuts += 1;
    },
    cuts: () => cuts,
    hasCursor: () => cursor !== undefined,
    firstAtMs: () => firstAtMs,
    async stop() {
      isStopped = true;
      cut();
      await ended;
    },
  };
}
