/** Trace ids: one per client request, propagated to the subgraphs in the W3C header `traceparent`. */
import { randomBytes } from 'node:crypto';

export const TRACEPARENT_HEADER = 'traceparent';

/** A new trace id: 32 hex digits (W3C Trace Context §3.2.2.3). */
export const newTraceId = (): string => randomBytes(16).toString('hex');

/** The trace id of a `traceparent` header; undefined if it is absent or malformed. */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  const id = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}$/.exec(traceparent ?? '')?.[1];
  return id === '0'.repeat(32) ? undefined : id;
}

/** A `traceparent` header for an upstream request. */
export const traceparentOf = (traceId: string): string =>
  `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
