/** The resource subgraph: wiring only. */
import { passports } from '@libs/auth/passport';
import { connectRedis } from '@libs/cache/redis';
import { connect } from '@libs/db/connect';
import { neighbour } from '@libs/directory/ask';
import { callerOfToken } from '@libs/directory/sessions';
import { tenants as tenantsOf } from '@libs/directory/tenants';
import { startConsumer } from '@libs/events/consumer';
import { startRelay } from '@libs/events/relay';
import { startSubgraph } from '@libs/graphql/startSubgraph';
import { databaseUrl, port, readEnv, seconds } from '@libs/runtime/env';
import { run } from '@libs/runtime/run';
import { createLog } from '@libs/telemetry/log';
import { contextOf } from './context.ts';
import { reactions } from './reactions.ts';
import { schema } from './schema.ts';

await run('resource', async (stops) => {
  const env = readEnv({ RESOURCE_PORT: port(4003), CACHE_TTL_SETTINGS: seconds(300) });
  const log = createLog('resource', env.LOG_LEVEL);
  const db = connect(databaseUrl('resource'), { name: 'resource' });
  stops.push(db.close);
  const redis = connectRedis(env.REDIS_URL, { name: 'resource', log });
  stops.push(() => redis.disconnect());
  const passport = passports(env.SECRET_KEY);
  const user = neighbour(env.USER_SERVICE_URL, { name: 'resource', passports: passport });
  stops.push(user.close);
  const tenant = neighbour(env.TENANT_SERVICE_URL, { name: 'resource', passports: passport });
  stops.push(tenant.close);
  const tenants = tenantsOf({ neighbour: tenant, redis, ttlSeconds: env.CACHE_TTL_SETTINGS });

  const relay = startRelay({ db, redis, log });
  stops.push(() => relay.stop());
  const consumer = startConsumer({ group: 'resource-service', reactions, db, redis, log });
  stops.push(() => consumer.stop());
  const subgraph = await startSubgraph({
    name: 'resource',
    host: env.HOST,
    port: env.RESOURCE_PORT,
    isProduction: env.ENVIRONMENT === 'production',
    schema: schema(),
    passports: passport,
    callerOfToken: callerOfToken(user, { secretKey: env.SECRET_KEY, algorithm: env.JWT_ALGORITHM }),
    languageOfTenant: tenants.languageOf,
    context: (base) => contextOf(base, { db, tenants }),
    checks: { database: () => db.sql`select 1`, redis: () => redis.ping() },
    log,
  });
  stops.push(subgraph.stop);
  return log;
});
