/** A process's metrics and traces, from its environment. */
import { startProcessMetrics } from '@libs/telemetry/metrics';
import type { Log } from '@libs/telemetry/log';
import { startTracing } from '@libs/telemetry/tracing';
import { EnvironmentError, type SharedEnv } from './env.ts';
import type { Stops } from './run.ts';
import { serveMetrics } from './serveMetrics.ts';
import { metricsPortVariable, type ProcessName } from './subgraphs.ts';

type Env = SharedEnv & Record<`${string}_METRICS_PORT`, number | undefined>;

/**
 * Call it before anything that it is to observe. Returns whether the process serves its metrics on its own port: in development, without
 * a port for them.
 */
export async function startTelemetry(
  name: ProcessName,
  { env, log, stops }: { env: Env; log: Log; stops: Stops },
): Promise<boolean> {
  startProcessMetrics(name);
  const receiver = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? env.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (receiver && !env.OTEL_SDK_DISABLED) {
    stops.push(
      await startTracing({
        service: name,
        log,
        protocol: env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? env.OTEL_EXPORTER_OTLP_PROTOCOL,
        sampler: env.OTEL_TRACES_SAMPLER,
        ratio: env.OTEL_TRACES_SAMPLER_ARG,
      }),
    );
  }
  const port = env[metricsPortVariable(name)] ?? env.METRICS_PORT;
  if (port === undefined) return env.ENVIRONMENT === 'development';
  try {
    stops.push(await serveMetrics({ host: env.HOST, port }));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new EnvironmentError([
      `METRICS_PORT or ${metricsPortVariable(name)}: port ${port} cannot be used (${code})`,
    ]);
  }
  return false;
}
