import { registry } from '@libs/telemetry/metrics';
import { Counter } from 'prom-client';

export const cacheReads = new Counter({
  name: 'vaga_cache_reads_total',
  help: 'Reads of a cache by result: hit, miss, or bypass where Redis is unusable.',
  labelNames: ['cache', 'result'],
  registers: [registry],
});
