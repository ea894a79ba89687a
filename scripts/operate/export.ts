/** `npm run export -- TENANT_ID DIR`: writes everything that is kept of a tenant to files. See docs/runbook.md. */
import { exportToFolder } from './export/exportToFolder.ts';
import { runCommand, UsageError } from './runCommand.ts';
import { withDatabases } from './withDatabases.ts';

const USAGE = `npm run export -- TENANT_ID DIR
    writes every row of a tenant to the new folder DIR, a file of JSON Lines for each table, without secrets and hashes of passwords.
    The databases are those of the environment, else of the running npm start (DATA_DIR, if several run).`;

await runCommand(async () => {
  const [tenantId, folder, ...rest] = process.argv.slice(2);
  if (tenantId === undefined || folder === undefined || rest.length > 0) throw new UsageError(USAGE);
  await withDatabases('export', async (databases) => {
    const { tables } = await exportToFolder(databases, tenantId, folder);
    const rows = Object.values(tables).reduce((sum, count) => sum + count, 0);
    console.log(`${rows} rows of ${Object.keys(tables).length} tables are in ${folder}`);
  });
});
