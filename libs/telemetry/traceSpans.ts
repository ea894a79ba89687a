/**
 * Spans of OpenTelemetry. Without `startTracing` (`tracing.ts`) nothing is recorded, and each function costs one comparison.
 *
 * Only a request and an event begin spans of their own; everything else is recorded within one of these, so that polling leaves no traces.
 */
import {
  context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Span,
  type SpanContext,
} from '@opentelemetry/api';

export { SpanKind } from '@opentelemetry/api';

type Tracing = {
  /** Whether a trace is recorded: its id decides that, in every process alike. */
  isSampled(traceId: string): boolean;
  /** The id of the next span, in place of a random one. */
  useSpanId(spanId: string): void;
};
let tracing: Tracing | undefined;

/** Called by `startTracing`. */
export const recordSpans = (how: Tracing | undefined): void => void (tracing = how);

const tracer = () => trace.getTracer('vaga');

export type SpanOptions = { kind?: SpanKind; attributes?: Attributes };

/** Undefined where nothing is recorded. */
export type MaybeSpan = Span | undefined;

/** The recorded span in which this code runs. */
function activeSpan(): MaybeSpan {
  const span = tracing && trace.getSpan(context.active());
  return span?.isRecording() ? span : undefined;
}

export const activeSpanContext = (): SpanContext | undefined =>
  tracing && trace.getSpanContext(context.active());

export const isTracing = (): boolean => tracing !== undefined;

export function failSpan(span: MaybeSpan, error: unknown): void {
  // Messages may quote values.
  span?.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : undefined });
}

async function recorded<T>(span: Span, parent: Context, work: (span: MaybeSpan) => Promise<T>): Promise<T> {
  try {
    return await context.with(trace.setSpan(parent, span), work, undefined, span);
  } catch (error) {
    failSpan(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** Records `work` as a part of the active span. */
export function inSpan<T>(
  name: string,
  options: SpanOptions,
  work: (span: MaybeSpan) => Promise<T>,
): Promise<T> {
  if (!activeSpan()) return work(undefined);
  const parent = context.active();
  return recorded(tracer().startSpan(name, options, parent), parent, work);
}

/** Begins a part of the active span that `work` does not contain, such as a statement; the caller ends it. */
export const beginSpan = (name: string, options: SpanOptions): MaybeSpan =>
  activeSpan() && tracer().startSpan(name, options);

/**
 * Begins the span of a request. `parent` is its caller's; without it the trace begins here. A caller that is not ours does not decide what
 * is recorded: events leave no trace of such a decision, and nobody shall fill our traces.
 */
export function beginRequestSpan(
  name: string,
  parent: SpanContext | undefined,
  { isPublic }: { isPublic: boolean },
): MaybeSpan {
  if (!tracing) return undefined;
  const traceFlags = parent && (isPublic ? flagsOf(parent.traceId, tracing) : parent.traceFlags);
  const around = parent
    ? trace.setSpanContext(ROOT_CONTEXT, { ...parent, traceFlags: traceFlags! })
    : ROOT_CONTEXT;
  return tracer().startSpan(name, { kind: SpanKind.SERVER }, around);
}

const flagsOf = (traceId: string, { isSampled }: Tracing): TraceFlags =>
  isSampled(traceId) ? TraceFlags.SAMPLED : TraceFlags.NONE;

/** Runs `work` within the span, which it does not end. */
export const within = <T>(span: MaybeSpan, work: () => T): T =>
  span ? context.with(trace.setSpan(context.active(), span), work) : work();

/** An event, in any process: its id says under which span id its announcement is recorded. */
export type EventRef = { traceId: string; eventId: string };

/** The last 8 bytes of a UUID version 7: its variant and 62 random bits. */
const spanIdOf = (eventId: string): string => eventId.replaceAll('-', '').slice(16);

const announcementIn = ({ traceId, eventId }: EventRef, how: Tracing): SpanContext => ({
  traceId,
  spanId: spanIdOf(eventId),
  traceFlags: flagsOf(traceId, how),
  isRemote: true,
});

/** The span of an event's announcement. */
export const announcementOf = (event: EventRef): SpanContext | undefined =>
  tracing && announcementIn(event, tracing);

/** Begins the span of an effect that is no request; undefined if the trace of its cause is not recorded. The caller ends it. */
export const beginEffectSpan = (name: string, cause: SpanContext, options: SpanOptions): MaybeSpan =>
  tracing && cause.traceFlags & TraceFlags.SAMPLED
    ? tracer().startSpan(name, options, trace.setSpanContext(ROOT_CONTEXT, cause))
    : undefined;

/** Records that an event is announced, as a part of the active span if that is of its trace. */
export function recordAnnouncement(name: string, { traceId, eventId }: EventRef): void {
  if (activeSpan()?.spanContext().traceId !== traceId) return;
  tracing!.useSpanId(spanIdOf(eventId));
  tracer().startSpan(name, { kind: SpanKind.PRODUCER }).end();
}

/** Records `work` as an effect of each of the events, in the trace of each; what it contains is recorded for the first. */
export async function inEventSpans<T>(
  name: string,
  events: readonly EventRef[],
  options: SpanOptions,
  work: (span: MaybeSpan) => Promise<T>,
): Promise<T> {
  if (!tracing || events.length === 0) return work(undefined);
  const [first, ...others] = events.map((event) => {
    const parent = trace.setSpanContext(ROOT_CONTEXT, announcementIn(event, tracing!));
    return { parent, span: tracer().startSpan(name, options, parent) };
  });
  try {
    return await recorded(first!.span, first!.parent, work);
  } catch (error) {
    for (const { span } of others) failSpan(span, error);
    throw error;
  } finally {
    for (const { span } of others) span.end();
  }
}
