/** The metrics of this process, in Prometheus's text format. Labels have few values, and never a tenant or anything personal. */
import { collectDefaultMetrics, Registry, type Gauge } from 'prom-client';

export const registry = new Registry();

/** Buckets for durations of requests and calls, in seconds. */
export const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** How often the event loop's delay is measured. */
const EVENT_LOOP_PRECISION_MS = 20;
/** Scrapes read what needs SQL or Redis at most this often. */
const SAMPLE_EVERY_MS = 5_000;
/** Prometheus waits for 10 s by default. */
const SAMPLE_TIMEOUT_MS = 3_000;

export type Sample = readonly [gauge: Gauge, labels: Record<string, string>, value: number];

type Source = { read: () => Promise<readonly Sample[]>; samples: readonly Sample[]; readAtMs: number };
const sources = new Set<Source>();

/**
 * Registers gauges that need SQL or Redis: `read` runs when a scrape asks for them, at most every SAMPLE_EVERY_MS. Where it fails, the
 * gauges have no value rather than an old one. Returns the function that ends it.
 */
export function sampled(read: Source['read']): () => void {
  const source: Source = { read, samples: [], readAtMs: Number.NEGATIVE_INFINITY };
  sources.add(source);
  return () => {
    sources.delete(source);
    drop(source);
  };
}

function drop(source: Source): void {
  for (const [gauge, labels] of source.samples) gauge.remove(labels);
  source.samples = [];
}

async function refresh(source: Source): Promise<void> {
  if (performance.now() - source.readAtMs < SAMPLE_EVERY_MS) return;
  source.readAtMs = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly Sample[]>((resolve) => {
    timer = setTimeout(() => resolve([]), SAMPLE_TIMEOUT_MS);
  });
  const samples = await Promise.race([source.read().catch(() => []), late]);
  clearTimeout(timer);
  drop(source);
  if (!sources.has(source)) return;
  source.samples = samples;
  for (const [gauge, labels, value] of samples) gauge.set(labels, value);
}

export async function metricsText(): Promise<{ contentType: string; text: string }> {
  await Promise.all([...sources].map(refresh));
  return { contentType: registry.contentType, text: await registry.metrics() };
}

/** Labels every metric of the process with its name, and adds those of Node: CPU, memory, garbage collection, the event loop's delay. */
export function startProcessMetrics(service: string): void {
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_PRECISION_MS });
}
