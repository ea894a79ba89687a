import { fileURLToPath } from 'node:url';
import { readSettings } from '../../dev/startSettings.ts';
import { UsageError } from '../withDatabases.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** The data folder of `npm start`. Throws if its servers are not its own. */
export async function ownDataDir(): Promise<string> {
  const { dataDir, startsPostgres, startsRedis } = await readSettings(ROOT, process.env);
  if (!startsPostgres || !startsRedis) {
    throw new UsageError(
      'The environment names databases or a Redis of your own: back them up with their own tools (docs/runbook.md, "Backups")',
    );
  }
  return dataDir;
}
