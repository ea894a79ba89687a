/** Trace ids: one per client request, propagated in the header `traceparent` (W3C Trace Context). */
import { randomUUID } from 'node:crypto';
import type { SpanContext } from '@opentelemetry/api';
import { activeSpanContext, isTracing } from './traceSpans.ts';

export const TRACEPARENT_HEADER = 'traceparent';

/** 32 hex digits (§3.2.2.3). Node makes UUIDs, of 122 random bits, in advance; other random bytes cost ten times as much. */
export const newTraceId = (): string => randomUUID().replaceAll('-', '');
const newSpanId = (): string => newTraceId().slice(16);

/** The span context of the peer that sent the header; undefined if it is absent or malformed. */
export function spanContextOf(traceparent: string | undefined): SpanContext | undefined {
  const found = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/.exec(traceparent ?? '');
  const [, traceId, spanId, flags] = found ?? [];
  if (!traceId || traceId === '0'.repeat(32) || spanId === '0'.repeat(16)) return undefined;
  return { traceId, spanId: spanId!, traceFlags: Number.parseInt(flags!, 16) & 1, isRemote: true };
}

/** Undefined if the header is absent or malformed. */
export const traceIdOf = (traceparent: string | undefined): string | undefined =>
  spanContextOf(traceparent)?.traceId;

export const traceparentOfSpan = ({ traceId, spanId, traceFlags }: SpanContext): string =>
  `00-${traceId}-${spanId}-0${traceFlags & 1}`;

/** The header of a call that the trace causes: the active span is the call's parent. Where tracing is on and has none, nothing is recorded. */
export function traceparentOf(traceId: string): string {
  const span = activeSpanContext();
  if (span?.traceId === traceId) return traceparentOfSpan(span);
  return `00-${traceId}-${newSpanId()}-${isTracing() ? '00' : '01'}`;
}

/** The header of a call whose cause is known only where tracing is on. */
export const activeTraceparent = (): Record<string, string> =>
  isTracing() ? { [TRACEPARENT_HEADER]: traceparentOf(activeSpanContext()?.traceId ?? newTraceId()) } : {};
