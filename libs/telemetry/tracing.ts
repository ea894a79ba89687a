/** Sends spans by OTLP over HTTP. The SDK is loaded only here, once the environment names a receiver. */
import { setTimeout as sleep } from 'node:timers/promises';
import { context, diag, DiagLogLevel, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import type { Sampler } from '@opentelemetry/sdk-trace-base';
import type { Log } from './log.ts';
import { recordSpans } from './traceSpans.ts';

export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
export const OTLP_PROTOCOLS = ['http/protobuf', 'http/json'] as const;

/** A receiver that is away must not keep a process from stopping. */
const LAST_EXPORT_TIMEOUT_MS = 2_000;
const FAILURE_LOG_INTERVAL_MS = 300_000;

export type TracingOptions = {
  service: string;
  log: Log;
  /** Its other variables (OTEL_EXPORTER_OTLP_…, OTEL_BSP_…, OTEL_RESOURCE_ATTRIBUTES) the SDK reads itself. */
  protocol: (typeof OTLP_PROTOCOLS)[number];
  /** With or without `parentbased_`: our processes always follow each other's decision, and never another caller's. */
  sampler: (typeof SAMPLERS)[number];
  /** From 0 to 1, for the samplers by ratio. */
  ratio: number;
};

/** Starts recording and sending. The returned function sends the rest and ends it. */
export async function startTracing(options: TracingOptions): Promise<() => Promise<void>> {
  const [sdk, { AsyncLocalStorageContextManager }, resources, { OTLPTraceExporter }] = await Promise.all([
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/context-async-hooks'),
    import('@opentelemetry/resources'),
    options.protocol === 'http/json'
      ? import('@opentelemetry/exporter-trace-otlp-http')
      : import('@opentelemetry/exporter-trace-otlp-proto'),
  ]);
  const rootSampler: Sampler = options.sampler.endsWith('always_off')
    ? new sdk.AlwaysOffSampler()
    : options.sampler.endsWith('traceidratio')
      ? new sdk.TraceIdRatioBasedSampler(options.ratio)
      : new sdk.AlwaysOnSampler();
  const random = new sdk.RandomIdGenerator();
  let nextSpanId: string | undefined;
  const provider = new sdk.BasicTracerProvider({
    resource: resources
      .defaultResource()
      .merge(
        resources.resourceFromAttributes({ 'service.name': options.service, 'service.namespace': 'vaga' }),
      )
      .merge(resources.detectResources({ detectors: [resources.envDetector] })),
    sampler: new sdk.ParentBasedSampler({ root: rootSampler }),
    idGenerator: {
      generateTraceId: () => random.generateTraceId(),
      generateSpanId() {
        const spanId = nextSpanId ?? random.generateSpanId();
        nextSpanId = undefined;
        return spanId;
      },
    },
    spanProcessors: [new sdk.BatchSpanProcessor(new OTLPTraceExporter())],
  });
  diag.setLogger(failureLog(options.log), DiagLogLevel.ERROR);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  recordSpans({
    isSampled: (traceId) =>
      rootSampler.shouldSample(ROOT_CONTEXT, traceId, '', SpanKind.INTERNAL, {}, []).decision ===
      sdk.SamplingDecision.RECORD_AND_SAMPLED,
    useSpanId: (spanId) => void (nextSpanId = spanId),
  });
  return async () => {
    recordSpans(undefined);
    await Promise.race([provider.shutdown(), sleep(LAST_EXPORT_TIMEOUT_MS, undefined, { ref: false })]);
  };
}

/** The SDK's own messages have addresses, and stacks of the SDK. */
function failureLog(log: Log) {
  let loggedAtMs = Number.NEGATIVE_INFINITY;
  const ignore = () => {};
  const error = () => {
    if (performance.now() - loggedAtMs < FAILURE_LOG_INTERVAL_MS) return;
    loggedAtMs = performance.now();
    log.warn('traces could not be sent: does the receiver (OTEL_EXPORTER_OTLP_ENDPOINT) answer?');
  };
  return { error, warn: ignore, info: ignore, debug: ignore, verbose: ignore };
}
