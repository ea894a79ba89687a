/** Calls of other subgraphs. */
import { DURATION_BUCKETS, registry } from '@libs/telemetry/metrics';
import { failSpan, inSpan, SpanKind } from '@libs/telemetry/traceSpans';
import { Histogram } from 'prom-client';
import { CircuitOpenError } from './circuitBreaker.ts';

const duration = new Histogram({
  name: 'vaga_subgraph_call_duration_seconds',
  help: 'Calls of subgraphs by result: ok, errors (in a GraphQL answer), timeout, circuit_open, aborted (by the client), failed.',
  labelNames: ['subgraph', 'result'],
  buckets: DURATION_BUCKETS,
  registers: [registry],
});

function resultOf(error: unknown, signal: AbortSignal | undefined): string {
  if (error instanceof CircuitOpenError) return 'circuit_open';
  if (signal?.aborted) return 'aborted';
  const isTimeout = error instanceof Error && error.name === 'TimeoutError';
  return isTimeout ? 'timeout' : 'failed';
}

/** Counts, times and traces a call. `signal` is its client's. */
export function observeCall<T extends { errors?: readonly unknown[] | undefined }>(
  subgraph: string,
  call: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const startMs = performance.now();
  const end = (result: string) =>
    duration.observe({ subgraph, result }, (performance.now() - startMs) / 1_000);
  const options = { kind: SpanKind.CLIENT, attributes: { 'vaga.subgraph': subgraph } };
  return inSpan(`subgraph ${subgraph}`, options, async (span) => {
    try {
      const answer = await call();
      if (answer.errors?.length) failSpan(span, undefined);
      end(answer.errors?.length ? 'errors' : 'ok');
      return answer;
    } catch (error) {
      end(resultOf(error, signal));
      throw error;
    }
  });
}
