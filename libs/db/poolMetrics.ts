import { DURATION_BUCKETS, registry } from '@libs/telemetry/metrics';
import { Counter, Gauge, Histogram } from 'prom-client';
import { isLockTimeout, sqlStateOf } from './constraints.ts';

const STATEMENT_BUCKETS = [0.001, 0.0025, ...DURATION_BUCKETS];

const maxConnections = new Gauge({
  name: 'vaga_db_pool_max_connections',
  help: 'Connections that the pool may open.',
  labelNames: ['pool'],
  registers: [registry],
});
const statementsInFlight = new Gauge({
  name: 'vaga_db_statements_in_flight',
  help: 'Statements that wait for a connection or for their result.',
  labelNames: ['pool'],
  registers: [registry],
});
const statementDuration = new Histogram({
  name: 'vaga_db_statement_duration_seconds',
  help: 'From the call to the result of a statement, with its wait for a connection.',
  labelNames: ['pool'],
  buckets: STATEMENT_BUCKETS,
  registers: [registry],
});
const statementFailures = new Counter({
  name: 'vaga_db_statement_failures_total',
  help: 'Failed statements by kind: constraint, lock_timeout, canceled, retryable (a deadlock), connection, unavailable (a full disk, no memory, read-only), other.',
  labelNames: ['pool', 'kind'],
  registers: [registry],
});
const transactionsOpen = new Gauge({
  name: 'vaga_db_transactions_open',
  help: 'Transactions in progress, each with a connection of its own.',
  labelNames: ['pool'],
  registers: [registry],
});
const transactionsWaiting = new Gauge({
  name: 'vaga_db_transactions_waiting',
  help: 'Transactions that wait for a connection.',
  labelNames: ['pool'],
  registers: [registry],
});
const transactionWait = new Histogram({
  name: 'vaga_db_transaction_wait_seconds',
  help: 'How long transactions waited for a connection.',
  labelNames: ['pool'],
  buckets: STATEMENT_BUCKETS,
  registers: [registry],
});

/** read_only_sql_transaction. */
const READ_ONLY = '25006';

function kindOf(error: unknown): string {
  if (isLockTimeout(error)) return 'lock_timeout';
  const state = sqlStateOf(error);
  if (state === undefined || state.startsWith('08')) return 'connection';
  if (state.startsWith('23')) return 'constraint';
  if (state.startsWith('40')) return 'retryable';
  if (state.startsWith('53') || state === READ_ONLY) return 'unavailable';
  return state.startsWith('57') ? 'canceled' : 'other';
}

export type PoolMetrics = ReturnType<typeof poolMetrics>;

export function poolMetrics(pool: string, max: number) {
  maxConnections.set({ pool }, max);
  const inFlight = statementsInFlight.labels(pool);
  const duration = statementDuration.labels(pool);
  const open = transactionsOpen.labels(pool);
  const waiting = transactionsWaiting.labels(pool);
  const wait = transactionWait.labels(pool);
  const secondsSince = (startMs: number) => (performance.now() - startMs) / 1_000;
  return {
    /** Returns the function to call at the statement's end. */
    beginStatement(): (error?: unknown) => void {
      const startMs = performance.now();
      inFlight.inc();
      return (error) => {
        inFlight.dec();
        duration.observe(secondsSince(startMs));
        if (error !== undefined) statementFailures.inc({ pool, kind: kindOf(error) });
      };
    },
    /** Runs a transaction; `begin` calls `onBegun` once it has its connection. */
    async transaction<T>(begin: (onBegun: () => void) => Promise<T>): Promise<T> {
      const startMs = performance.now();
      let hasBegun = false;
      waiting.inc();
      try {
        return await begin(() => {
          hasBegun = true;
          waiting.dec();
          open.inc();
          wait.observe(secondsSince(startMs));
        });
      } finally {
        (hasBegun ? open : waiting).dec();
      }
    },
  };
}
