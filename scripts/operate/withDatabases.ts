/** The four databases and Redis of a running system, for commands. */
import { fileURLToPath } from 'node:url';
import { connect, type Db } from '@libs/db/connect';
import { SUBGRAPHS, type SubgraphName } from '@libs/runtime/subgraphs';
import { addresses } from './addresses.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** To each database. */
const CONNECTIONS = 2;

/** The command line is wrong. */
export class UsageError extends Error {}

export type Databases = Record<SubgraphName, Db>;

/** Runs `work` with pools that are closed afterwards. `name` appears in pg_stat_activity. */
export async function withDatabases<T>(
  name: string,
  work: (databases: Databases, redisUrl: string) => Promise<T>,
): Promise<T> {
  const urls = await addresses(ROOT, process.env);
  const databases = Object.fromEntries(
    SUBGRAPHS.map((one) => [
      one,
      connect(urls.databases[one], { name, max: CONNECTIONS, pooler: urls.pooler }),
    ]),
  ) as Databases;
  try {
    return await work(databases, urls.redis);
  } finally {
    await Promise.all(SUBGRAPHS.map((one) => databases[one].close()));
  }
}

/** Runs a command; a wrong command line is told in one text, and ends with 64. */
export async function runCommand(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    const isUsageError =
      error instanceof UsageError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
    console.error(isUsageError ? (error as Error).message : error);
    process.exitCode = isUsageError ? 64 : 1;
  }
}
