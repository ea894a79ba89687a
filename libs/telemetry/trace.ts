/** Trace ids: one per client request, propagated in the header `traceparent` (W3C Trace Context). */
import { randomBytes } from 'node:crypto';

export const TRACEPARENT_HEADER = 'traceparent';

/** 32 hex digits (§3.2.2.3). */
export const newTraceId = (): string => randomBytes(16).toString('hex');

/** Undefined if the header is absent or malformed. */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  const id = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}$/.exec(traceparent ?? '')?.[1];
  return id === '0'.repeat(32) ? undefined : id;
}

export const traceparentOf = (traceId: string): string =>
  `00-${traceId}-${randomBytes(8).toString('hex')}-01`;
