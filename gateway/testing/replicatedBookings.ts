import { startReplicated, type ReplicatedPostgres } from '@libs/testing/standby';
import { createDatabases } from '@scripts/dev/servers/databases';
import { migrate } from '../../drizzle/migrate.ts';

/** A migrated booking database on a Postgres of its own, with a standby. The caller stops both once the processes have ended. */
export const replicatedBookings = (): Promise<ReplicatedPostgres> =>
  startReplicated(async (primary) => {
    await createDatabases(primary.url('postgres'), ['booking']);
    await migrate('booking', primary.url('booking'));
  });
