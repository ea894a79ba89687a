/** The four databases and Redis of a running system, for commands. */
import { fileURLToPath } from 'node:url';
import { connect, type Db } from '@libs/db/connect';
import { SUBGRAPHS, type SubgraphName } from '@libs/runtime/subgraphs';
import { addresses } from './addresses.ts';
import { requireDatabase } from './requireDatabase.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Connections to each database. */
const CONNECTIONS = 2;

export type Databases = Record<SubgraphName, Db>;

/** Runs `work` with pools that are closed afterwards. `name` appears in pg_stat_activity. Rejects with one line if a database does not answer. */
export async function withDatabases<T>(
  name: string,
  work: (databases: Databases, redisUrl: string) => Promise<T>,
): Promise<T> {
  const urls = await addresses(ROOT, process.env);
  await Promise.all(SUBGRAPHS.map((one) => requireDatabase(one, urls.databases[one])));
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
