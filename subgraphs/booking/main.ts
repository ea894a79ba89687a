import { seconds } from '@libs/runtime/env';
import { runSubgraph } from '@libs/subgraph/runSubgraph';
import { startForgetting } from './bookings/forget.ts';
import { READING_CONNECTIONS, startChanges } from './changes/changes.ts';
import { contextOf } from './context.ts';
import { sources } from './directory/directory.ts';
import { reactions } from './reactions.ts';
import { schema } from './schema.ts';

await runSubgraph('booking', { CACHE_TTL_AVAILABILITY: seconds(300) }, (process) => {
  const { env, db, redis, log, tenants, subgraph } = process;
  const busyCache = { redis, ttlSeconds: env.CACHE_TTL_AVAILABILITY };
  const directory = sources({ tenants, resource: subgraph('resource'), user: subgraph('user') });
  const changes = startChanges({
    db: process.connect('booking-changes', READING_CONNECTIONS),
    redis,
    secretKey: env.SECRET_KEY,
    log,
  });
  return {
    schema: schema(changes),
    context: (base) => contextOf(base, { db, sources: directory, busyCache }),
    reactions: reactions(busyCache),
    background: [startForgetting({ db, log }), changes],
  };
});
