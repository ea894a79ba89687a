/** Classifies database errors, so that verbs can turn a violated constraint into a refusal. */

type PostgresFailure = { code?: unknown; constraint_name?: unknown; cause?: unknown };

/** Chains of causes may be circular. */
const MAX_CHAIN_LINKS = 5;

function causeChain(error: unknown): PostgresFailure[] {
  const chain: PostgresFailure[] = [];
  for (
    let link = error;
    typeof link === 'object' && link !== null && chain.length < MAX_CHAIN_LINKS;
    link = (link as PostgresFailure).cause
  ) {
    chain.push(link as PostgresFailure);
  }
  return chain;
}

/** The SQLSTATE of a database error, even if drizzle wrapped it. */
export function sqlStateOf(error: unknown): string | undefined {
  for (const { code } of causeChain(error))
    if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) return code;
  return undefined;
}

const LOCK_NOT_AVAILABLE = '55P03';

/** A lock wait exceeded LOCK_TIMEOUT_MS; the transaction may be retried. */
export const isLockTimeout = (error: unknown): boolean => sqlStateOf(error) === LOCK_NOT_AVAILABLE;

const DEADLOCK_DETECTED = '40P01';
const SERIALIZATION_FAILURE = '40001';

/** Two transactions were in each other's way, and Postgres ended this one; it may be retried. */
export function isConflictOfTransactions(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === DEADLOCK_DETECTED || state === SERIALIZATION_FAILURE;
}

/** The suffix of a partition ("_p7") or of a shard in Citus ("_102008"), after the name of the table's own constraint. */
const PART_SUFFIX = /_p?\d+$/;

export function violatedConstraint(error: unknown): string | undefined {
  for (const { constraint_name: name } of causeChain(error))
    if (typeof name === 'string') return name.replace(PART_SUFFIX, '');
  return undefined;
}
