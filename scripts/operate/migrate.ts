/** `npm run migrate`: migrates the four databases of the environment to the newest migration. */
import { databaseUrl } from '@libs/runtime/env';
import { SUBGRAPHS } from '@libs/runtime/subgraphs';
import { migrate } from '../../drizzle/migrate.ts';

for (const name of SUBGRAPHS) {
  await migrate(name, databaseUrl(name));
  console.log(`migrated ${name}`);
}
