/** The user subgraph: wiring only. */
import { accessTokens } from '@libs/auth/accessToken';
import { ANONYMOUS } from '@libs/auth/caller';
import { passports } from '@libs/auth/passport';
import { connectRedis } from '@libs/cache/redis';
import { connect } from '@libs/db/connect';
import { neighbour } from '@libs/directory/ask';
import { tenants } from '@libs/directory/tenants';
import { startConsumer } from '@libs/events/consumer';
import { startRelay } from '@libs/events/relay';
import { repeat } from '@libs/runtime/repeat';
import { startSubgraph } from '@libs/graphql/startSubgraph';
import { databaseUrl, port, readEnv, seconds } from '@libs/runtime/env';
import { run } from '@libs/runtime/run';
import { createLog } from '@libs/telemetry/log';
import { systemClock } from '@libs/time/clock';
import { z } from 'zod';
import { ensureAdministrator } from './accounts/ensureAdministrator.ts';
import { administratorVariables, namedAdministrator } from './accounts/environment.ts';
import { contextOf, type Parts } from './context.ts';
import { mailServerOf, mailVariables } from './notifications/environment.ts';
import { purgeNotifications } from './notifications/purgeNotifications.ts';
import { startNotificationWorker } from './notifications/worker.ts';
import { reactions } from './reactions.ts';
import { schema } from './schema.ts';
import { callerOfSession } from './sessions/reads.ts';
import { removeOldSessions } from './sessions/removeOldSessions.ts';

/** How often old sessions and notifications are removed, in milliseconds. */
const REMOVE_OLD_ROWS_EVERY_MS = 3_600_000;

await run('user', async (stops) => {
  const env = readEnv({
    USER_PORT: port(4002),
    CACHE_TTL_SETTINGS: seconds(300),
    ACCESS_TOKEN_EXPIRE_HOURS: z.coerce
      .number()
      .int()
      .min(1)
      .max(24 * 365)
      .default(24),
    REFRESH_TOKEN_EXPIRE_DAYS: z.coerce.number().int().min(1).max(3_650).default(30),
    ...administratorVariables,
    ...mailVariables,
  });
  const administrator = namedAdministrator(env);
  const mailServer = mailServerOf(env);
  const log = createLog('user', env.LOG_LEVEL);
  const db = connect(databaseUrl('user'), { name: 'user' });
  stops.push(db.close);
  const redis = connectRedis(env.REDIS_URL, { name: 'user', log });
  stops.push(() => redis.disconnect());
  const passport = passports(env.SECRET_KEY);
  const tenant = neighbour(env.TENANT_SERVICE_URL, { name: 'user', passports: passport });
  stops.push(tenant.close);
  const resource = neighbour(env.RESOURCE_SERVICE_URL, { name: 'user', passports: passport });
  stops.push(resource.close);
  const directory = tenants({ neighbour: tenant, redis, ttlSeconds: env.CACHE_TTL_SETTINGS });

  const parts: Parts = {
    db,
    tenants: directory,
    accessTokens: accessTokens(env.SECRET_KEY, env.JWT_ALGORITHM),
    sessionRules: {
      accessTokenHours: env.ACCESS_TOKEN_EXPIRE_HOURS,
      refreshTokenDays: env.REFRESH_TOKEN_EXPIRE_DAYS,
    },
  };
  await ensureAdministrator({ db, now: systemClock.now() }, administrator);

  const relay = startRelay({ db, redis, log });
  stops.push(() => relay.stop());
  const consumer = startConsumer({ group: 'user-service', reactions, db, redis, log });
  stops.push(() => consumer.stop());
  const worker = startNotificationWorker({
    db,
    tenants: directory,
    nameOfResource: async (id) =>
      (await resource.entities<{ name: string }>('Resource', '{ name }', [id]))[0]?.name,
    mailServer,
    log,
  });
  stops.push(() => worker.stop());
  const cleaning = repeat({
    what: 'removal of old rows',
    log,
    pass: async () => {
      const now = systemClock.now();
      const isMore = [await removeOldSessions({ db, now }), await purgeNotifications({ db, now })];
      return isMore.includes(true) ? 0 : REMOVE_OLD_ROWS_EVERY_MS;
    },
  });
  stops.push(() => cleaning.stop());

  const subgraph = await startSubgraph({
    name: 'user',
    host: env.HOST,
    port: env.USER_PORT,
    isProduction: env.ENVIRONMENT === 'production',
    schema: schema(),
    passports: passport,
    callerOfToken: async (token) => {
      const claims = await parts.accessTokens.verify(token);
      const now = systemClock.now();
      return (claims && (await callerOfSession({ ...parts, now, log }, claims.sessionId))) ?? ANONYMOUS;
    },
    languageOfTenant: directory.languageOf,
    context: (base) => contextOf(base, parts),
    checks: { database: () => db.sql`select 1`, redis: () => redis.ping() },
    log,
  });
  stops.push(subgraph.stop);
  return log;
});
