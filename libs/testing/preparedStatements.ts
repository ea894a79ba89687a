import type postgres from 'postgres';

/** Postgres plans a statement this often for its values, then keeps a plan for any values, unless that looks worse. */
export const TRIAL_PLANS = 5;

/** `plans`: how often it was planned for its values. `kept`: how often a kept plan was used. */
export type PreparedStatement = { statement: string; plans: number; kept: number };

/** Those of a pool with one connection. */
export const preparedStatements = (sql: postgres.Sql): Promise<PreparedStatement[]> => sql<
  PreparedStatement[]
>`
  select statement, custom_plans::int as plans, generic_plans::int as kept from pg_prepared_statements order by prepare_time`;
