/** `npm run migrate`: brings the four databases that the environment names to their newest migration. */
import { databaseUrl, SUBGRAPHS } from '@libs/runtime/env';
import { migrate } from '../drizzle/migrate.ts';

for (const name of SUBGRAPHS) {
  await migrate(name, databaseUrl(name));
  console.log(`migrated ${name}`);
}
