import type { Log } from '@libs/telemetry/log';
import { execute, GraphQLError, locatedError, type ExecutionArgs, type ExecutionResult } from 'graphql';
import type { RequestContext } from '../context.ts';
import { formatError } from '../formatErrors.ts';
import type { ResumableEvent } from '../serveSubgraphSubscriptions.ts';

export type EventExecution = {
  args: ExecutionArgs;
  /** For formatting errors. */
  base: RequestContext;
  /** With the present time and empty loaders. */
  contextNow: () => unknown;
  isResumable: boolean;
  /** Called once. */
  onEnd: () => void;
  log: Log;
};

/** With a path: `formatError` takes an error without one for the client's fault, and does not mask it. */
export const maskable = (error: unknown): GraphQLError =>
  error instanceof GraphQLError ? error : locatedError(error, undefined, ['subscription']);

const cursorOf = (event: unknown): string | undefined => {
  const cursor = (event as Partial<ResumableEvent<unknown>> | null)?.cursor;
  return typeof cursor === 'string' ? cursor : undefined;
};

/** Executes the events of `source`, one at a time. */
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
    // graphql-ws sends results unchanged.
    const formatted = errors && { errors: errors.map((error) => formatError(error, base)) };
    return { done: false, value: { data, ...formatted, ...extensions } as ExecutionResult };
  }

  return {
    next: () =>
      next().catch((error: unknown) => {
        end();
        throw maskable(error);
      }),
    // A generator's `return` would wait for the pending event.
    async return() {
      try {
        await source.return?.();
      } catch (error) {
        // Throwing would end the process: graphql-ws does not await this after a disconnection.
        log.error({ err: error }, 'a subscription failed to end');
      }
      return end();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
