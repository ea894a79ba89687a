import { followDirectoryChanges } from '@libs/directory/directoryChanges';
import { seconds } from '@libs/runtime/env';
import { runSubgraph } from '@libs/subgraph/runSubgraph';
import { busyCache } from './availability/busyCache.ts';
import { bulkhead } from './bookings/bulkhead.ts';
import { startPurge } from './bookings/cascade/purge.ts';
import { READING_CONNECTIONS, startChanges } from './changes/changes.ts';
import { contextOf } from './context.ts';
import { directorySources, cachedSources } from './directory/bookingDirectory.ts';
import { reactions } from './reactions.ts';
import { schema } from './schema.ts';

await runSubgraph('booking', { CACHE_TTL_AVAILABILITY: seconds(300) }, (process) => {
  const { env, db, redis, log, tenants, subgraph } = process;
  const clients = { tenants, resource: subgraph('resource'), user: subgraph('user') };
  const directory = cachedSources(directorySources(clients));
  const announcements = followDirectoryChanges(redis, directory.listener);
  const deps = {
    db,
    sources: directory.sources,
    busyCache: busyCache(redis, env.CACHE_TTL_AVAILABILITY),
    bulkhead: bulkhead(),
  };
  const changes = startChanges({
    db: process.connect('booking-changes', READING_CONNECTIONS),
    redis,
    secretKey: env.SECRET_KEY,
    log,
  });
  return {
    schema: schema(changes),
    context: (base) => contextOf(base, deps),
    reactions,
    background: [startPurge({ db, log }), changes, announcements],
  };
});
