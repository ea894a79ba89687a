import { followDirectoryChanges } from '@libs/directory/directoryChanges';
import { seconds } from '@libs/runtime/env';
import { runSubgraph } from '@libs/subgraph/runSubgraph';
import { systemClock } from '@libs/time/clock';
import { busyCache } from './availability/busyCache.ts';
import { startAvailabilityNotifier, startLiveAvailability } from './availability/live/liveAvailability.ts';
import { bulkhead } from './bookings/bulkhead.ts';
import { startPurge } from './bookings/cascade/purge.ts';
import { DEADLINE_CONNECTIONS, startDeadlineWorker } from './bookings/deadlines/deadlineWorker.ts';
import { READING_CONNECTIONS, startChanges } from './changes/changes.ts';
import { contextOf } from './context.ts';
import { directorySources, cachedSources } from './directory/bookingDirectory.ts';
import { startHoldSweep } from './holds/endExpiredHolds.ts';
import { deadlineRulesSource } from './directory/deadlineRules.ts';
import { reactions } from './reactions.ts';
import { schema } from './schema.ts';

await runSubgraph('booking', { CACHE_TTL_AVAILABILITY: seconds(300) }, (process) => {
  const { env, keys, db, redis, log, tenants, subgraph } = process;
  const clients = { tenants, resource: subgraph('resource'), user: subgraph('user') };
  const directory = cachedSources(directorySources(clients));
  const deps = {
    db,
    sources: directory.sources,
    busyCache: busyCache(redis, env.CACHE_TTL_AVAILABILITY),
    bulkhead: bulkhead(),
  };
  const changes = startChanges({
    db: process.connect('booking-changes', READING_CONNECTIONS),
    redis,
    keys,
    log,
  });
  const live = startLiveAvailability({
    db: process.connect('booking-availability', READING_CONNECTIONS),
    renew: (ctx) => contextOf({ ...ctx, now: systemClock.now(), signal: undefined }, deps),
    log,
  });
  const notifier = startAvailabilityNotifier({ redis, live });
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
      notifier,
    ],
  };
});
