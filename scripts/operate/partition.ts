/** `npm run partition -- COUNT`: partitions the booking database by tenant. See docs/scaling.md. */
import { directDatabaseUrl } from '@libs/runtime/env';
import {
  CannotPartition,
  MAX_PARTITIONS,
  MIN_PARTITIONS,
  partitionByTenant,
  PARTITIONED_TABLES,
} from '../../drizzle/partitionByTenant.ts';
import { givenVariables } from './givenVariables.ts';
import { requireDatabase } from './requireDatabase.ts';
import { CommandFailure, runCommand, UsageError } from './runCommand.ts';

const USAGE = `npm run partition -- COUNT
    rebuilds ${PARTITIONED_TABLES.join(', ')} of the booking database (BOOKING_DATABASE_URL) in COUNT partitions by tenant (${MIN_PARTITIONS} to ${MAX_PARTITIONS}).
    They are locked meanwhile, and every row is written once: stop the booking processes, and back up the database before.`;

await runCommand(async () => {
  const [text, ...rest] = process.argv.slice(2);
  const count = Number(text);
  if (rest.length > 0 || !Number.isInteger(count) || count < MIN_PARTITIONS || count > MAX_PARTITIONS)
    throw new UsageError(USAGE);
  const url = directDatabaseUrl('booking', await givenVariables());
  await requireDatabase('booking', url);
  try {
    await partitionByTenant(url, count);
  } catch (error) {
    if (error instanceof CannotPartition) throw new CommandFailure(`Nothing was changed: ${error.message}`);
    throw error;
  }
  console.log(`${PARTITIONED_TABLES.join(', ')} have ${count} partitions each`);
});
