/**
 * Counts and traces the statements of a pool, and tells its breaker of them. The driver has no hooks for that. It runs a statement when it
 * is first awaited (`handle`), through the function (`handler`) of its pool or transaction, and settles it with `resolve` or `reject`.
 */
import { beginSpan, failSpan, SpanKind } from '@libs/telemetry/traceSpans';
import type postgres from 'postgres';
import type { PoolBreaker } from './poolBreaker.ts';
import type { PoolMetrics } from './poolMetrics.ts';
import type { SentStatement } from './silentConnections.ts';

/** The fields of the driver's Query that are used here. */
type Statement = SentStatement & {
  executed: boolean;
  readonly handler: object;
  resolve(result: unknown): void;
  reject(error: unknown): void;
  handle(): Promise<void>;
  /** Called once it was sent; false: the connection takes no other statement before the answer. */
  options: { onexecute?: () => boolean };
  /** Known once it was sent. */
  string?: string;
};

const MAX_STATEMENT_CHARACTERS = 2_000;

/** `isShared`: its connections are a pooler's, which passes each on to other clients after a statement or transaction. */
type Pool = { metrics: PoolMetrics; breaker: PoolBreaker; isShared: boolean };
/** A pool, or a transaction of it. */
type Scope = { pool: Pool; hasEnded(): boolean };

const scopeByHandler = new WeakMap<object, Scope>();
const observedPrototypes = new WeakSet<object>();

/** Never awaited, and so never sent. */
const unsentStatement = (sql: postgres.Sql | postgres.TransactionSql): Statement =>
  sql`` as unknown as Statement;

function observe(statement: Statement, { metrics, breaker, isShared }: Pool): void {
  const { resolve, reject } = statement;
  // A pooler passes the connection on when this one is answered. What had been sent behind it would be answered to the next client.
  if (isShared) statement.options.onexecute ??= () => false;
  const span = beginSpan('sql', { kind: SpanKind.CLIENT, attributes: { 'db.system.name': 'postgresql' } });
  const endTimer = metrics.beginStatement();
  breaker.sent(statement);
  let hasEnded = false;
  const end = (error?: unknown) => {
    // The driver settles some statements of a lost connection twice.
    if (hasEnded) return;
    hasEnded = true;
    endTimer(error);
    breaker.settled(statement);
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

/**
 * A transaction that lost its connection goes on until it learns of it. By then the driver may use that connection for others, among whose
 * statements this one would run.
 */
async function refuse(statement: Statement): Promise<void> {
  statement.executed = true;
  statement.reject(new Error('the transaction has ended'));
}

/** Once for all statements of the driver. */
function observeStatements(prototype: Statement): void {
  if (observedPrototypes.has(prototype)) return;
  observedPrototypes.add(prototype);
  const { handle } = prototype;
  prototype.handle = function (this: Statement) {
    const scope = this.executed ? undefined : scopeByHandler.get(this.handler);
    if (scope?.hasEnded()) return refuse(this);
    if (scope) observe(this, scope.pool);
    return handle.call(this);
  };
}

function observeTransaction(sql: postgres.TransactionSql, scope: Scope): void {
  scopeByHandler.set(unsentStatement(sql).handler, scope);
  const savepoint = sql.savepoint.bind(sql) as (work: (inner: postgres.TransactionSql) => unknown) => unknown;
  sql.savepoint = ((work: (inner: postgres.TransactionSql) => unknown) =>
    savepoint((inner) => {
      observeTransaction(inner, scope);
      return work(inner);
    })) as typeof sql.savepoint;
}

/** Observes all that `sql` runs from now on. */
export function observePool(sql: postgres.Sql, pool: Pool): void {
  const statement = unsentStatement(sql);
  observeStatements(Object.getPrototypeOf(statement) as Statement);
  scopeByHandler.set(statement.handler, { pool, hasEnded: () => false });
  const begin = sql.begin.bind(sql) as (
    options: string,
    work: (inner: postgres.TransactionSql) => unknown,
  ) => Promise<unknown>;
  // With or without the options of BEGIN.
  sql.begin = ((...args: [...string[], (inner: postgres.TransactionSql) => unknown]) => {
    const work = args.pop() as (inner: postgres.TransactionSql) => unknown;
    return pool.metrics.transaction(async (onBegun) => {
      let hasEnded = false;
      try {
        return await begin(args.join(' '), (inner) => {
          onBegun();
          observeTransaction(inner, { pool, hasEnded: () => hasEnded });
          return work(inner);
        });
      } finally {
        hasEnded = true;
      }
    });
  }) as typeof sql.begin;
}
