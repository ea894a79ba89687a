/**
 * Spans that much work shares: what one event causes for thousands of subscriptions at about the same time. Each cause has one span, with
 * counts as its attributes; what the work contains is recorded only for the first few that join.
 */
import type { Attributes, Span, SpanContext } from '@opentelemetry/api';
import { beginEffectSpan, failSpan, within } from './traceSpans.ts';

/** How long others can join a span; later ones get a span of their own. */
const JOINABLE_MS = 1_000;
/** Joinable spans of one kind, and so the most that are recorded in JOINABLE_MS. Beyond it nothing is recorded. */
const MAX_JOINABLE = 100;
/** Shares of one span that have details; the others are only counted. */
const MAX_DETAILED_SHARES = 5;

type SharedSpan = {
  span: Span;
  counts: Record<string, number>;
  isJoinable: boolean;
  joined: number;
  running: number;
  /** On the clock of `performance.now()`. */
  lastEndMs: number;
};

export type SpanShare = {
  spanContext: SpanContext;
  /** Runs work, and records what it contains if this share is one of the first. */
  within<T>(work: () => T): T;
  /** Adds to the span's attributes; further calls do nothing. */
  end(counts: Record<string, number>, hasFailed?: boolean): void;
};

/** `join`: undefined where nothing is recorded. The caller must `end` each share. */
export function sharedSpans(
  name: string,
  attributes: Attributes = {},
): { join(cause: SpanContext): SpanShare | undefined } {
  const joinable = new Map<string, SharedSpan>();

  function endIfLast({ span, counts, isJoinable, running, lastEndMs }: SharedSpan): void {
    if (isJoinable || running > 0) return;
    span.setAttributes(counts);
    span.end(lastEndMs);
  }

  function begin(key: string, cause: SpanContext): SharedSpan | undefined {
    const span = joinable.size < MAX_JOINABLE ? beginEffectSpan(name, cause, { attributes }) : undefined;
    if (!span) return undefined;
    const shared = {
      span,
      counts: {},
      isJoinable: true,
      joined: 0,
      running: 0,
      lastEndMs: performance.now(),
    };
    joinable.set(key, shared);
    setTimeout(() => {
      joinable.delete(key);
      shared.isJoinable = false;
      endIfLast(shared);
    }, JOINABLE_MS).unref();
    return shared;
  }

  return {
    join(cause) {
      const key = `${cause.traceId}${cause.spanId}`;
      const shared = joinable.get(key) ?? begin(key, cause);
      if (!shared) return undefined;
      shared.joined += 1;
      shared.running += 1;
      const isDetailed = shared.joined <= MAX_DETAILED_SHARES;
      let hasEnded = false;
      return {
        spanContext: shared.span.spanContext(),
        within: (work) => (isDetailed ? within(shared.span, work) : work()),
        end(counts, hasFailed = false) {
          if (hasEnded) return;
          hasEnded = true;
          for (const [counted, count] of Object.entries(counts))
            shared.counts[counted] = (shared.counts[counted] ?? 0) + count;
          if (hasFailed) failSpan(shared.span, undefined);
          shared.running -= 1;
          shared.lastEndMs = performance.now();
          endIfLast(shared);
        },
      };
    },
  };
}
