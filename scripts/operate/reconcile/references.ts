/** `npm run reconcile`: what databases that were restored to different moments disagree about. */
import type { RedisConnection } from '@libs/cache/redis';
import { reconcileEvents } from './events.ts';
import type { Run } from './findings.ts';
import { CommandFailure } from '../runCommand.ts';
import { reconcileParties, reconcileTombstones } from './strandedBookings.ts';
import { reconcileTenantMarkers, reconcileTenants } from './missingTenants.ts';

const OWNERS = [
  ['tenant', 'tenants'],
  ['user', 'users'],
  ['resource', 'resources'],
] as const;

/** Else everything that refers to it would be taken for lost. */
async function requireOwners({ databases }: Run): Promise<void> {
  const [booked] = await databases.booking.sql`select from bookings limit 1`;
  if (!booked) return;
  for (const [database, table] of OWNERS) {
    const { sql } = databases[database];
    const [row] = await sql`select from ${sql(table)} limit 1`;
    if (!row)
      throw new CommandFailure(
        `The ${database} database has no ${table}, though there are bookings: restore it first`,
      );
  }
}

/** The subgraph that owns an entity decides whether it exists; the others follow it. */
export async function reconcileReferences(run: Run, redis: RedisConnection): Promise<void> {
  await requireOwners(run);
  await reconcileTenantMarkers(run);
  await reconcileTombstones(run);
  await reconcileTenants(run);
  await reconcileParties(run, 'RESOURCE');
  await reconcileParties(run, 'USER');
  await reconcileEvents(run, redis);
}
