/** What a subgraph tells of one operation over one connection, kept until it is taken. */
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Client, SubscribePayload } from 'graphql-ws';
import type { ExecutionResult } from './subscriptionPlanner.ts';

/**
 * Messages that may wait to be taken. Where more come, the operation is left, and taken up again behind them: whoever catches up
 * with a week of changes costs no more memory than this.
 */
export const MAX_BUFFERED_MESSAGES = 500;
/** Messages taken at once: a burst of events is completed by requests of this many. */
const MAX_MESSAGES_PER_BATCH = 50;

/** A message: an event, its place, or both. A place without an event says that from there on nothing is missed. */
export type UpstreamMessage = { cursor?: string | undefined; result?: ExecutionResult };

/** Why no more comes. `full`: too much waited; it goes on from the last place that was taken. */
export type UpstreamEnd =
  | { reason: 'completed' | 'lost' | 'full' }
  | { reason: 'refused'; errors: readonly GraphQLFormattedError[] };

export type UpstreamBuffer = {
  /** What waits, MAX_MESSAGES_PER_BATCH at most; waited for. Undefined where no more comes. One at a time. */
  take(): Promise<readonly UpstreamMessage[] | undefined>;
  close(): void;
  /** Once `take` has given undefined. */
  end(): UpstreamEnd;
};

type Message = {
  data?: Record<string, unknown> | null;
  errors?: readonly GraphQLFormattedError[];
  extensions?: { resume?: string };
};

/** Errors of fields in the form that the executor takes, marked as a subgraph's. */
const ofSubgraph = (errors: readonly GraphQLFormattedError[], serviceName: string): GraphQLError[] =>
  errors.map(
    ({ message, path, extensions }) =>
      new GraphQLError(message, { path, extensions: { ...extensions, serviceName } }),
  );

export function openUpstreamBuffer(
  client: Client,
  service: string,
  payload: SubscribePayload,
): UpstreamBuffer {
  const messages: UpstreamMessage[] = [];
  let end: UpstreamEnd | undefined;
  let wake: () => void = () => {};

  function finish(result: UpstreamEnd): void {
    end ??= result;
    wake();
  }

  function take({ data, errors, extensions }: Message): void {
    if (end) return;
    const isEvent = data !== undefined || errors !== undefined;
    messages.push({
      cursor: extensions?.resume,
      ...(isEvent ? { result: { data, ...(errors ? { errors: ofSubgraph(errors, service) } : {}) } } : {}),
    });
    if (messages.length >= MAX_BUFFERED_MESSAGES) {
      finish({ reason: 'full' });
      unsubscribe();
    }
    wake();
  }

  const unsubscribe = client.subscribe(payload, {
    next: (message) => take(message as Message),
    // The subgraph's errors, or what became of the connection.
    error: (reason) =>
      finish(Array.isArray(reason) ? { reason: 'refused', errors: reason } : { reason: 'lost' }),
    complete: () => finish({ reason: 'completed' }),
  });

  return {
    async take() {
      while (messages.length === 0 && !end) await new Promise<void>((resolve) => (wake = resolve));
      return messages.length > 0 ? messages.splice(0, MAX_MESSAGES_PER_BATCH) : undefined;
    },
    close() {
      if (end) return;
      messages.length = 0;
      finish({ reason: 'lost' });
      unsubscribe();
    },
    end: () => end!,
  };
}
