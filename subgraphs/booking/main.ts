import { followDirectoryChanges } from '@libs/directory/directoryChanges';
import { POOL_SIZE } from '@libs/db/connect';
import { latestOfReplica } from '@libs/db/latestReads';
import { runSubgraph } from '@libs/subgraph/runSubgraph';
import { systemClock } from '@libs/time/clock';
import { busyCache } from './availability/busyCache.ts';
import { startLiveAvailability } from './availability/live/liveAvailability.ts';
import { bulkhead } from './bookings/bulkhead.ts';
import { startPurge } from './bookings/cascade/purge.ts';
import { DEADLINE_CONNECTIONS, startDeadlineWorker } from './bookings/deadlines/deadlineWorker.ts';
import { READING_CONNECTIONS, startChanges } from './changes/changes.ts';
import { contextOf } from './context.ts';
import { bookingVariables } from './env.ts';
import { directorySources, cachedSources } from './directory/bookingDirectory.ts';
import { startHoldSweep } from './holds/endExpiredHolds.ts';
import { deadlineRulesSource } from './directory/deadlineRules.ts';
import { reactions } from './reactions.ts';
import { schema } from './schema.ts';

const REPLICA_POOL = 'booking-replica';

await runSubgraph('booking', bookingVariables, (process) => {
  const { env, keys, db, redis, log, tenants, subgraph } = process;
  const clients = { tenants, resource: subgraph('resource'), user: subgraph('user') };
  const directory = cachedSources(directorySources(clients));
  const replicaUrl = env.BOOKING_REPLICA_URL;
  const deps = {
    db,
    readLatest: replicaUrl
      ? latestOfReplica({
          name: REPLICA_POOL,
          primary: db,
          positions: process.connect('booking-positions', 1),
          replica: process.connect(REPLICA_POOL, POOL_SIZE, replicaUrl),
        })
      : undefined,
    sources: directory.sources,
    busyCache: busyCache(redis, env.CACHE_TTL_AVAILABILITY),
    bulkhead: bulkhead(),
  };
  const live = startLiveAvailability({
    db: process.connect('booking-availability', READING_CONNECTIONS),
    renew: (ctx) => contextOf({ ...ctx, now: systemClock.now(), signal: undefined }, deps),
    log,
  });
  const changes = startChanges({
    db: process.connect('booking-changes', READING_CONNECTIONS),
    redis,
    live,
    keys,
    log,
  });
  const announcements = followDirectoryChanges(redis, {
    onChange(id) {
      directory.listener.onChange(id);
      live.notify();
    },
    onGap: directory.listener.onGap,
  });
  const deadlines = startDeadlineWorker({
    db: process.connect('booking-deadlines', DEADLINE_CONNECTIONS),
    rulesOf: deadlineRulesSource(subgraph('tenant')),
    log,
  });
  return {
    schema: schema(changes, live),
    context: (base) => contextOf(base, deps),
    reactions,
    background: [
      startPurge({ db, log }),
      startHoldSweep({ db, log }),
      deadlines,
      changes,
      announcements,
      live,
    ],
  };
});
