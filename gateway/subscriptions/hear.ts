/** What a subgraph tells of one operation over one connection, kept until it is taken. */
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Client, SubscribePayload } from 'graphql-ws';
import type { Told } from './plan.ts';

/**
 * Messages that may wait to be taken. Where more come, the operation is left, and taken up again behind them: whoever catches up
 * with a week of changes costs no more memory than this.
 */
export const MOST_UNTAKEN = 500;
/** Messages taken at once: a burst of events is completed by requests of this many. */
export const MOST_AT_ONCE = 50;

/** A message: an event, its place, or both. A place without an event says that from there on nothing is missed. */
export type Heard = { resume?: string | undefined; told?: Told };

/** Why no more comes. `full`: too much waited; it goes on from the last place that was taken. */
export type End =
  | { why: 'completed' | 'lost' | 'full' }
  | { why: 'refused'; errors: readonly GraphQLFormattedError[] };

export type Hearing = {
  /** What waits, MOST_AT_ONCE at most; waited for. Undefined where no more comes. One at a time. */
  take(): Promise<readonly Heard[] | undefined>;
  leave(): void;
  /** Once `take` has given undefined. */
  end(): End;
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

export function hear(client: Client, service: string, payload: SubscribePayload): Hearing {
  const waiting: Heard[] = [];
  let end: End | undefined;
  let wake: () => void = () => {};

  function finish(how: End): void {
    end ??= how;
    wake();
  }

  function take({ data, errors, extensions }: Message): void {
    if (end) return;
    const isEvent = data !== undefined || errors !== undefined;
    waiting.push({
      resume: extensions?.resume,
      ...(isEvent ? { told: { data, ...(errors ? { errors: ofSubgraph(errors, service) } : {}) } } : {}),
    });
    if (waiting.length >= MOST_UNTAKEN) {
      finish({ why: 'full' });
      unsubscribe();
    }
    wake();
  }

  const unsubscribe = client.subscribe(payload, {
    next: (message) => take(message as Message),
    // The subgraph's errors, or what became of the connection.
    error: (reason) => finish(Array.isArray(reason) ? { why: 'refused', errors: reason } : { why: 'lost' }),
    complete: () => finish({ why: 'completed' }),
  });

  return {
    async take() {
      while (waiting.length === 0 && !end) await new Promise<void>((resolve) => (wake = resolve));
      return waiting.length > 0 ? waiting.splice(0, MOST_AT_ONCE) : undefined;
    },
    leave() {
      if (end) return;
      waiting.length = 0;
      finish({ why: 'lost' });
      unsubscribe();
    },
    end: () => end!,
  };
}
