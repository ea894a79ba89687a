/**
 * Counts and traces the statements of a pool. The driver has no hooks for that. It runs a statement when it is first awaited (`handle`),
 * through the function (`handler`) of its pool or transaction, and settles it with `resolve` or `reject`.
 */
import { beginSpan, failSpan, SpanKind } from '@libs/telemetry/traceSpans';
import type postgres from 'postgres';
import type { PoolMetrics } from './poolMetrics.ts';

/** The fields of the driver's Query that are used here. */
type Statement = {
  readonly executed: boolean;
  readonly handler: object;
  resolve(result: unknown): void;
  reject(error: unknown): void;
  handle(): Promise<void>;
  /** Known once it was sent. */
  string?: string;
};

const MAX_STATEMENT_CHARACTERS = 2_000;

/** Of every observed pool and transaction. */
const metricsByHandler = new WeakMap<object, PoolMetrics>();
const observedPrototypes = new WeakSet<object>();

/** Never awaited, and so never sent. */
const unsentStatement = (sql: postgres.Sql | postgres.TransactionSql): Statement =>
  sql`` as unknown as Statement;

function observe(statement: Statement, metrics: PoolMetrics): void {
  const { resolve, reject } = statement;
  const span = beginSpan('sql', { kind: SpanKind.CLIENT, attributes: { 'db.system.name': 'postgresql' } });
  const endTimer = metrics.beginStatement();
  const end = (error?: unknown) => {
    endTimer(error);
    if (!span) return;
    // Values are parameters, never a part of the text.
    const text = (statement.string ?? '').trim().slice(0, MAX_STATEMENT_CHARACTERS);
    span.setAttribute('db.query.text', text);
    if (error !== undefined) failSpan(span, error);
    span.end();
  };
  statement.resolve = (result) => {
    end();
    resolve(result);
  };
  statement.reject = (error) => {
    end(error);
    reject(error);
  };
}

/** Once for all statements of the driver. */
function observeStatements(prototype: Statement): void {
  if (observedPrototypes.has(prototype)) return;
  observedPrototypes.add(prototype);
  const { handle } = prototype;
  prototype.handle = function (this: Statement) {
    const metrics = this.executed ? undefined : metricsByHandler.get(this.handler);
    if (metrics) observe(this, metrics);
    return handle.call(this);
  };
}

function observeTransaction(sql: postgres.TransactionSql, metrics: PoolMetrics): void {
  metricsByHandler.set(unsentStatement(sql).handler, metrics);
  const savepoint = sql.savepoint.bind(sql) as (work: (inner: postgres.TransactionSql) => unknown) => unknown;
  sql.savepoint = ((work: (inner: postgres.TransactionSql) => unknown) =>
    savepoint((inner) => {
      observeTransaction(inner, metrics);
      return work(inner);
    })) as typeof sql.savepoint;
}

/** Observes all that `sql` runs from now on. */
export function observePool(sql: postgres.Sql, metrics: PoolMetrics): void {
  const statement = unsentStatement(sql);
  observeStatements(Object.getPrototypeOf(statement) as Statement);
  metricsByHandler.set(statement.handler, metrics);
  const begin = sql.begin.bind(sql) as (
    options: string,
    work: (inner: postgres.TransactionSql) => unknown,
  ) => Promise<unknown>;
  // With or without the options of BEGIN.
  sql.begin = ((...args: [...string[], (inner: postgres.TransactionSql) => unknown]) => {
    const work = args.pop() as (inner: postgres.TransactionSql) => unknown;
    return metrics.transaction((onBegun) =>
      begin(args.join(' '), (inner) => {
        onBegun();
        observeTransaction(inner, metrics);
        return work(inner);
      }),
    );
  }) as typeof sql.begin;
}
