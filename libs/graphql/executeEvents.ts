/** Executes the events of a running subscription, one at a time, as the subgraph sends them. */
import type { Log } from '@libs/telemetry/log';
import { execute, GraphQLError, locatedError, type ExecutionArgs, type ExecutionResult } from 'graphql';
import type { RequestContext } from './context.ts';
import { formatError } from './formatErrors.ts';
import type { ResumableEvent } from './serveSubgraphSubscriptions.ts';

export type EventExecution = {
  args: ExecutionArgs;
  /** The operation's context, for its errors. */
  base: RequestContext;
  /** A context for the next event: the present time, empty loaders. */
  contextNow: () => unknown;
  /** Whether results include resume tokens. */
  isResumable: boolean;
  /** Called once, when the operation has ended. */
  onEnd: () => void;
  log: Log;
};

/** An error that `formatError` masks: it would take one without a path for the client's fault. */
export const maskable = (error: unknown): GraphQLError =>
  error instanceof GraphQLError ? error : locatedError(error, undefined, ['subscription']);

const cursorOf = (event: unknown): string | undefined => {
  const cursor = (event as Partial<ResumableEvent<unknown>> | null)?.cursor;
  return typeof cursor === 'string' ? cursor : undefined;
};

/** The results of `source`'s events, with formatted errors. */
export function executeEvents(
  source: AsyncIterator<unknown>,
  { args, base, contextNow, isResumable, onEnd, log }: EventExecution,
): AsyncIterableIterator<ExecutionResult> {
  let isRunning = true;
  const end = () => {
    if (isRunning) onEnd();
    isRunning = false;
    return { done: true as const, value: undefined };
  };

  async function next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    const { done, value } = await source.next();
    if (done) return end();
    const cursor = cursorOf(value);
    const extensions = isResumable && cursor !== undefined ? { extensions: { resume: cursor } } : {};
    if (cursor !== undefined && !('event' in (value as ResumableEvent<unknown>))) {
      return isResumable ? { done: false, value: extensions } : next();
    }
    const { data, errors } = await execute({ ...args, rootValue: value, contextValue: contextNow() });
    // Formatted here: graphql-ws sends the result of onNext unchanged.
    const formatted = errors && { errors: errors.map((error) => formatError(error, base)) };
    return { done: false, value: { data, ...formatted, ...extensions } as ExecutionResult };
  }

  return {
    next: () =>
      next().catch((error: unknown) => {
        end();
        throw maskable(error);
      }),
    // Not a generator: its `return` would wait for the pending event.
    async return() {
      try {
        await source.return?.();
      } catch (error) {
        // Throwing would end the process: graphql-ws does not await this once the peer has disconnected.
        log.error({ err: error }, 'a subscription failed to end');
      }
      return end();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
