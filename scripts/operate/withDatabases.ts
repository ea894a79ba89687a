/** The four databases and Redis of a running system, for commands. */
import { fileURLToPath } from 'node:url';
import { connect, type Db } from '@libs/db/connect';
import { EnvironmentError } from '@libs/runtime/env';
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

/** By sysexits.h. */
const EXIT_CODES = { usage: 64, environment: 78, failure: 1 };

const kindOf = (error: unknown): keyof typeof EXIT_CODES => {
  if (error instanceof EnvironmentError) return 'environment';
  const isOfParser = (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
  return error instanceof UsageError || isOfParser ? 'usage' : 'failure';
};

/** Runs a command. It ends with 64 for a wrong command line and 78 for an environment that is not usable, each with one text, else with 1. */
export async function runCommand(main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    const kind = kindOf(error);
    console.error(kind === 'failure' ? error : (error as Error).message);
    process.exitCode = EXIT_CODES[kind];
  }
}
