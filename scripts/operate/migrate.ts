/** `npm run migrate`: brings the four databases that the environment names to their newest migration. */
import { databaseUrl } from '@libs/runtime/env';
import { SUBGRAPHS } from '@libs/runtime/subgraphs';
import { migrate } from '../../drizzle/migrate.ts';

for (const name of SUBGRAPHS) {
  await migrate(name, databaseUrl(name));
  console.log(`migrated ${name}`);
}
