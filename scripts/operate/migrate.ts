/** `npm run migrate`: migrates databases to the newest migration. See docs/migrations.md. */
import { parseArgs } from 'node:util';
import { directDatabaseUrl } from '@libs/runtime/env';
import { SUBGRAPHS, type SubgraphName } from '@libs/runtime/subgraphs';
import postgres from 'postgres';
import { migrate, migrationStatus } from '../../drizzle/migrate.ts';
import { givenVariables } from './givenVariables.ts';
import { requireDatabase } from './requireDatabase.ts';
import { runCommand, UsageError } from './runCommand.ts';

const USAGE = `npm run migrate -- [all|${SUBGRAPHS.join('|')}] [--status]
    migrates all four databases of the environment or .env, or one; --status only lists the migrations that are not applied, and exits with 1
    if there are any`;

function databasesOf(names: readonly string[]): readonly SubgraphName[] {
  const [name = 'all', ...rest] = names;
  const found = name === 'all' ? SUBGRAPHS : SUBGRAPHS.filter((one) => one === name);
  if (rest.length > 0 || found.length === 0) throw new UsageError(USAGE);
  return found;
}

/** Whether none is pending. */
async function showStatus(name: SubgraphName, url: string): Promise<boolean> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    const { migrations, isOfNewerRelease } = await migrationStatus(name, sql);
    const pending = migrations.filter(({ isApplied }) => !isApplied).map(({ tag }) => tag);
    const { length } = migrations;
    const applied = `${length - pending.length} of ${length} applied`;
    const rest = pending.length > 0 ? `, not ${pending.join(', ')}` : '';
    console.log(`${name}: ${applied}${rest}${isOfNewerRelease ? ', and others of a newer release' : ''}`);
    return pending.length === 0;
  } finally {
    await sql.end();
  }
}

await runCommand(async () => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { status: { type: 'boolean', default: false } },
  });
  const databases = databasesOf(positionals);
  const variables = await givenVariables();
  for (const name of databases) {
    const url = directDatabaseUrl(name, variables);
    await requireDatabase(name, url);
    if (values.status) {
      if (!(await showStatus(name, url))) process.exitCode = 1;
    } else {
      await migrate(name, url);
      console.log(`migrated ${name}`);
    }
  }
});
