/** The tenant subgraph: wiring only. */
import { passports } from '@libs/auth/passport';
import { invalidate } from '@libs/cache/readThrough';
import { connectRedis } from '@libs/cache/redis';
import { connect } from '@libs/db/connect';
import { neighbour } from '@libs/directory/ask';
import { callerOfToken } from '@libs/directory/sessions';
import { settingsKey } from '@libs/directory/tenants';
import { startConsumer } from '@libs/events/consumer';
import { startRelay } from '@libs/events/relay';
import { startSubgraph } from '@libs/graphql/startSubgraph';
import { DEFAULT_LANGUAGE, languageOfLocale } from '@libs/outcome/messages';
import { databaseUrl, port, readEnv } from '@libs/runtime/env';
import { run } from '@libs/runtime/run';
import { createLog } from '@libs/telemetry/log';
import { contextOf } from './context.ts';
import { reactions } from './reactions.ts';
import { schema } from './schema.ts';
import { localeOfTenant } from './tenants/reads.ts';
import { addressGuard } from './webhooks/guard.ts';
import { ownHosts } from './webhooks/ownHosts.ts';
import { secretSeal } from './webhooks/secrets.ts';
import { startDeliveryWorker } from './webhooks/worker.ts';

/** Connections of the webhook worker, apart from those that requests wait for. */
const WORKER_CONNECTIONS = 6;

await run('tenant', async (stops) => {
  const env = readEnv({ TENANT_PORT: port(4001) });
  const log = createLog('tenant', env.LOG_LEVEL);
  const db = connect(databaseUrl('tenant'), { name: 'tenant' });
  stops.push(db.close);
  const redis = connectRedis(env.REDIS_URL, { name: 'tenant', log });
  stops.push(() => redis.disconnect());
  const passport = passports(env.SECRET_KEY);
  const user = neighbour(env.USER_SERVICE_URL, { name: 'tenant', passports: passport });
  stops.push(user.close);

  const relay = startRelay({ db, redis, log });
  stops.push(() => relay.stop());
  const consumer = startConsumer({ group: 'tenant-service', reactions, db, redis, log });
  stops.push(() => consumer.stop());

  const isProduction = env.ENVIRONMENT === 'production';
  const secrets = secretSeal(env.SECRET_KEY);
  const guard = addressGuard({ isProduction, ownHosts: ownHosts(env) });
  const workerDb = connect(databaseUrl('tenant'), { name: 'tenant-webhooks', max: WORKER_CONNECTIONS });
  stops.push(workerDb.close);
  const worker = startDeliveryWorker({ db: workerDb, guard, secrets, log });
  stops.push(() => worker.stop());

  const subgraph = await startSubgraph({
    name: 'tenant',
    host: env.HOST,
    port: env.TENANT_PORT,
    isProduction,
    schema: schema(),
    passports: passport,
    callerOfToken: callerOfToken(user, { secretKey: env.SECRET_KEY, algorithm: env.JWT_ALGORITHM }),
    languageOfTenant: async (id) => languageOfLocale(await localeOfTenant(db, id)) ?? DEFAULT_LANGUAGE,
    context: (base) =>
      contextOf(base, { db, guard, secrets, forgetSettings: (id) => invalidate(redis, settingsKey(id)) }),
    checks: { database: () => db.sql`select 1`, redis: () => redis.ping() },
    log,
  });
  stops.push(subgraph.stop);
  return log;
});
