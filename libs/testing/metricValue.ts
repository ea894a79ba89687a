import { registry } from '@libs/telemetry/metrics';

/** The present value of this process's metric with these labels; 0 without one. Of a histogram, ask for its `_count`. */
export async function metricValue(name: string, labels: Record<string, string> = {}): Promise<number> {
  const metrics = await registry.getMetricsAsJSON();
  const values = metrics.flatMap((metric) =>
    (metric.values as { value: number; metricName?: string; labels: Record<string, unknown> }[]).filter(
      ({ metricName }) => (metricName ?? metric.name) === name,
    ),
  );
  const found = values.find((value) =>
    Object.entries(labels).every(([label, text]) => value.labels[label] === text),
  );
  return found?.value ?? 0;
}
