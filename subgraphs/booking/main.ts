/** The booking subgraph: wiring only. */
import { passports } from '@libs/auth/passport';
import { connectRedis } from '@libs/cache/redis';
import { connect } from '@libs/db/connect';
import { neighbour } from '@libs/directory/ask';
import { callerOfToken } from '@libs/directory/sessions';
import { tenants } from '@libs/directory/tenants';
import { startConsumer } from '@libs/events/consumer';
import { startRelay } from '@libs/events/relay';
import { startSubgraph } from '@libs/graphql/startSubgraph';
import { databaseUrl, port, readEnv, seconds } from '@libs/runtime/env';
import { run } from '@libs/runtime/run';
import { createLog } from '@libs/telemetry/log';
import { startForgetting } from './bookings/forget.ts';
import { READING_CONNECTIONS, startChanges } from './changes/changes.ts';
import { contextOf } from './context.ts';
import { sources } from './directory/directory.ts';
import { reactions } from './reactions.ts';
import { schema } from './schema.ts';

await run('booking', async (stops) => {
  const env = readEnv({
    BOOKING_PORT: port(4004),
    CACHE_TTL_SETTINGS: seconds(300),
    CACHE_TTL_AVAILABILITY: seconds(300),
  });
  const log = createLog('booking', env.LOG_LEVEL);
  const db = connect(databaseUrl('booking'), { name: 'booking' });
  stops.push(db.close);
  const redis = connectRedis(env.REDIS_URL, { name: 'booking', log });
  stops.push(() => redis.disconnect());
  const passport = passports(env.SECRET_KEY);
  const ask = (url: string) => {
    const asked = neighbour(url, { name: 'booking', passports: passport });
    stops.push(asked.close);
    return asked;
  };
  const user = ask(env.USER_SERVICE_URL);
  const directory = {
    tenants: tenants({
      neighbour: ask(env.TENANT_SERVICE_URL),
      redis,
      ttlSeconds: env.CACHE_TTL_SETTINGS,
    }),
    resource: ask(env.RESOURCE_SERVICE_URL),
    user,
  };
  const busyCache = { redis, ttlSeconds: env.CACHE_TTL_AVAILABILITY };
  const parts = { db, sources: sources(directory), busyCache };

  const relay = startRelay({ db, redis, log });
  stops.push(() => relay.stop());
  const consumer = startConsumer({
    group: 'booking-service',
    reactions: reactions(busyCache),
    db,
    redis,
    log,
  });
  stops.push(() => consumer.stop());
  const forgetting = startForgetting({ db, log });
  stops.push(() => forgetting.stop());
  const changesDb = connect(databaseUrl('booking'), { name: 'booking-changes', max: READING_CONNECTIONS });
  stops.push(changesDb.close);
  const changes = startChanges({ db: changesDb, redis, secretKey: env.SECRET_KEY, log });
  stops.push(() => changes.stop());
  const subgraph = await startSubgraph({
    name: 'booking',
    host: env.HOST,
    port: env.BOOKING_PORT,
    isProduction: env.ENVIRONMENT === 'production',
    schema: schema(changes),
    passports: passport,
    callerOfToken: callerOfToken(user, { secretKey: env.SECRET_KEY, algorithm: env.JWT_ALGORITHM }),
    languageOfTenant: (id) => directory.tenants.languageOf(id),
    context: (base) => contextOf(base, parts),
    checks: { database: () => db.sql`select 1`, redis: () => redis.ping() },
    log,
  });
  stops.push(subgraph.stop);
  return log;
});
