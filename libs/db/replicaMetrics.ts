import { registry } from '@libs/telemetry/metrics';
import { Counter, Gauge } from 'prom-client';

/** Where a read that may come from the replica came from, and why. */
export type ReadResult = 'replica' | 'behind' | 'mismatch' | 'failed' | 'bypass';

export const replicaReadsTotal = new Counter({
  name: 'vaga_db_replica_reads_total',
  help: 'Reads by result: replica, or of the primary because the replica was behind, of another database (mismatch) or failed, or had been a moment before (bypass).',
  labelNames: ['pool', 'result'],
  registers: [registry],
});
export const replicaLag = new Gauge({
  name: 'vaga_db_replica_lag_bytes',
  help: 'Write-ahead log of the primary that the replica had not replayed when it was last asked.',
  labelNames: ['pool'],
  registers: [registry],
});
