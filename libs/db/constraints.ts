/** What Postgres refused, by the name of the constraint: the bridge from a race that was lost to the refusal it means. */

type PostgresFailure = { code?: unknown; constraint_name?: unknown; cause?: unknown };

function failures(error: unknown): PostgresFailure[] {
  const chain: PostgresFailure[] = [];
  for (
    let e = error;
    typeof e === 'object' && e !== null && chain.length < 5;
    e = (e as PostgresFailure).cause
  ) {
    chain.push(e as PostgresFailure);
  }
  return chain;
}

/** The SQLSTATE of a database error, also where drizzle has wrapped it; undefined for any other error. */
export function sqlStateOf(error: unknown): string | undefined {
  for (const { code } of failures(error))
    if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) return code;
  return undefined;
}

const LOCK_NOT_AVAILABLE = '55P03';

/** Whether the statement waited for a lock longer than LOCK_TIMEOUT_MS; its transaction wrote nothing and may be tried again. */
export const isLockTimeout = (error: unknown): boolean => sqlStateOf(error) === LOCK_NOT_AVAILABLE;

/** The name of the constraint that a database error is about; undefined where there is none. */
export function violatedConstraint(error: unknown): string | undefined {
  for (const { constraint_name: name } of failures(error)) if (typeof name === 'string') return name;
  return undefined;
}
