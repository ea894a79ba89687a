import type { Log } from '@libs/telemetry/log';
import { sharedSpans, type SpanShare } from '@libs/telemetry/sharedSpans';
import { TRACEPARENT_HEADER, traceparentOfSpan } from '@libs/telemetry/trace';
import { announcementOf } from '@libs/telemetry/traceSpans';
import { execute, GraphQLError, locatedError, type ExecutionArgs, type ExecutionResult } from 'graphql';
import type { RequestContext } from '../context.ts';
import { formatErrors } from '../formatErrors.ts';
import type { ResumableEvent } from '../serveSubgraphSubscriptions.ts';

export type EventExecution = {
  args: ExecutionArgs;
  /** For formatting errors. */
  base: RequestContext;
  /** Makes a context with the present time and empty loaders. */
  contextNow: () => unknown;
  isResumable: boolean;
  /** Called once. */
  onEnd: () => void;
  log: Log;
};

/** With a path: `formatErrors` takes an error without one for the client's fault, and does not mask it. */
export const maskable = (error: unknown): GraphQLError =>
  error instanceof GraphQLError ? error : locatedError(error, undefined, ['subscription']);

const cursorOf = (event: unknown): string | undefined => {
  const cursor = (event as Partial<ResumableEvent<unknown>> | null)?.cursor;
  return typeof cursor === 'string' ? cursor : undefined;
};

/** A change's executions for all operations of this process. */
const changeSpans = sharedSpans('live change');

function shareOf(event: unknown): SpanShare | undefined {
  const cause = (event as Partial<ResumableEvent<unknown>> | null)?.cause;
  const announcement = cause && announcementOf(cause);
  return announcement && changeSpans.join(announcement);
}

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
    const resume = isResumable ? cursor : undefined;
    if (cursor !== undefined && !('event' in (value as ResumableEvent<unknown>))) {
      return isResumable ? { done: false, value: { extensions: { resume } } } : next();
    }
    const share = shareOf(value);
    const executed = async () => execute({ ...args, rootValue: value, contextValue: contextNow() });
    const { data, errors } = await (share ? share.within(executed) : executed());
    share?.end({ 'vaga.executions': 1 }, errors !== undefined);
    // graphql-ws sends results unchanged.
    const formatted = errors && { errors: await formatErrors(errors, base) };
    const traceparent = share && { [TRACEPARENT_HEADER]: traceparentOfSpan(share.spanContext) };
    const extensions = resume === undefined ? {} : { extensions: { resume, ...traceparent } };
    return { done: false, value: { data, ...formatted, ...extensions } as ExecutionResult };
  }

  async function release(): Promise<IteratorReturnResult<undefined>> {
    try {
      await source.return?.();
    } catch (error) {
      // Throwing would end the process: graphql-ws does not await this after a disconnection.
      log.error({ err: error }, 'a subscription failed to end');
    }
    return end();
  }

  return {
    next: () =>
      next().catch((error: unknown) => {
        end();
        // Nobody calls `return` after an error. Not awaited, because it may wait for an event that is pending.
        void release();
        throw maskable(error);
      }),
    // A generator's `return` would wait for the pending event.
    return: release,
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
