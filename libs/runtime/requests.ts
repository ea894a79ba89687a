/** What a process says about each of its requests: a line of its log, its metrics, and its span. */
import type { IncomingMessage } from 'node:http';
import { tenantIdOf, type Caller } from '@libs/auth/caller';
import { API_ERROR_CODES } from '@libs/outcome/apiErrors';
import type { Log } from '@libs/telemetry/log';
import { beginRequestSpan, failSpan, within, type MaybeSpan } from '@libs/telemetry/traceSpans';
import {
  newTraceId,
  spanContextOf,
  TRACEPARENT_HEADER,
  traceparentOf,
  traceparentOfSpan,
} from '@libs/telemetry/trace';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { errors, httpDuration, operationDuration, operations } from './requestMetrics.ts';

const GRAPHQL_PATH = '/graphql';

/** `refused`: by the request's own fault, or for want of rights. */
export type RequestOutcome = 'ok' | 'refused' | 'unavailable' | 'error' | 'aborted' | 'shed';

/** What is known of a GraphQL request; filled in while it runs. Only what may appear in logs and metrics. */
export type RequestRecord = {
  readonly startMs: number;
  readonly traceId: string;
  readonly span: MaybeSpan;
  /** One of a limited number of names. */
  operation: string;
  /** The class of its fields, by what they cost. */
  class: string;
  caller?: Caller;
  /** Codes of the answer's errors. */
  codes: readonly string[];
  isShed?: boolean;
};

const UNKNOWN = 'unknown';
const records = new WeakMap<IncomingMessage, RequestRecord>();

/** Undefined for requests of other paths. */
export const recordOf = ({ raw }: Pick<FastifyRequest, 'raw'>): RequestRecord | undefined => records.get(raw);

/** Runs the request's work within its span. */
export const withinRequest = <T>(request: FastifyRequest, work: () => T): T =>
  within(recordOf(request)?.span, work);

export function outcomeOfCodes(codes: readonly string[]): RequestOutcome {
  if (codes.includes('INTERNAL_SERVER_ERROR')) return 'error';
  if (codes.includes('SERVICE_UNAVAILABLE')) return 'unavailable';
  return codes.length > 0 ? 'refused' : 'ok';
}

function outcomeOf({ codes, isShed }: RequestRecord, { statusCode, raw }: FastifyReply): RequestOutcome {
  if (isShed) return 'shed';
  if (!raw.writableFinished) return 'aborted';
  if (codes.length > 0) return outcomeOfCodes(codes);
  return statusCode >= 500 ? 'error' : statusCode >= 400 ? 'refused' : 'ok';
}

/** The contract's codes: an automatic persisted query's are none. */
const codeLabel = (code: string): string =>
  API_ERROR_CODES.some((known) => known === code) ? code : 'other';

function finish(record: RequestRecord, reply: FastifyReply, log: Log): void {
  const { startMs, traceId, span, operation, class: fieldClass, caller, codes } = record;
  const ms = performance.now() - startMs;
  const outcome = outcomeOf(record, reply);
  operationDuration.observe({ operation, class: fieldClass }, ms / 1_000);
  operations.inc({ operation, class: fieldClass, outcome });
  for (const code of codes) errors.inc({ code: codeLabel(code) });
  if (span) {
    span.updateName(`${fieldClass} ${operation}`);
    span.setAttributes({ 'vaga.outcome': outcome, 'http.response.status_code': reply.statusCode });
    if (outcome === 'error' || outcome === 'unavailable') failSpan(span, undefined);
    span.end();
  }
  // The log says once that requests are shed: under overload, a line for each would cost what the others lack.
  if (outcome === 'shed') return;
  log.info(
    {
      operation,
      class: fieldClass,
      ms: Math.round(ms * 10) / 10,
      outcome,
      ...(codes.length > 0 ? { codes: [...new Set(codes)] } : {}),
      caller: caller?.kind,
      tenantId: caller && tenantIdOf(caller),
      traceId,
    },
    'request',
  );
}

/** Names the route without what a request puts into its address, such as ids and names. */
const routeOf = (request: FastifyRequest): string => request.routeOptions.url ?? UNKNOWN;

/** Call it before other hooks: they read the trace that it gives each request, in the header. `isPublic`: callers are not our processes. */
export function observeRequests(app: FastifyInstance, log: Log, { isPublic }: { isPublic: boolean }): void {
  // The fields of its lines are named here, and none is secret: to look for secrets would take most of a line's time.
  const lines = log.child({}, { redact: [] });
  app.addHook('onRequest', (request, reply, done) => {
    const startMs = performance.now();
    const route = routeOf(request);
    const { headers, method } = request;
    const parent = spanContextOf([headers[TRACEPARENT_HEADER]].flat()[0]);
    let record: RequestRecord | undefined;
    if (route === GRAPHQL_PATH) {
      const span = beginRequestSpan(GRAPHQL_PATH, parent, { isPublic });
      const traceId = span?.spanContext().traceId ?? parent?.traceId ?? newTraceId();
      record = { startMs, traceId, span, operation: UNKNOWN, class: UNKNOWN, codes: [] };
      records.set(request.raw, record);
      if (span) headers[TRACEPARENT_HEADER] = traceparentOfSpan(span.spanContext());
      else if (!parent) headers[TRACEPARENT_HEADER] = traceparentOf(traceId);
    } else if (!parent) {
      headers[TRACEPARENT_HEADER] = traceparentOf(newTraceId());
    }
    if (!route.endsWith('/stream')) {
      reply.raw.once('close', () => {
        const seconds = (performance.now() - startMs) / 1_000;
        httpDuration.observe({ method, route, status: reply.statusCode }, seconds);
        if (record) finish(record, reply, lines);
      });
    }
    done();
  });
}
