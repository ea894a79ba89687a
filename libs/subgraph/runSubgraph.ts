/** The lifecycle of a subgraph's process. */
import type { AccessTokens } from '@libs/auth/accessToken';
import type { Keyring } from '@libs/auth/keys';
import { passports } from '@libs/auth/passport';
import { connectRedis, type RedisConnection } from '@libs/cache/redis';
import { connect, type Db } from '@libs/db/connect';
import { poolerWithoutTimeouts } from '@libs/db/poolerTimeouts';
import { subgraphClient, type SubgraphClient } from '@libs/directory/subgraphClient';
import { callerCache } from '@libs/directory/callerCache';
import { clientCaller, fetchCallersFrom, type FetchCallers } from '@libs/directory/callers';
import { tenantDirectory, type TenantDirectory } from '@libs/directory/tenants';
import { startConsumer } from '@libs/events/consumer/consumer';
import type { ConsumerGroup } from '@libs/events/catalogue';
import type { Reactions } from '@libs/events/reactions';
import { startRelay } from '@libs/events/relay/relay';
import type { RequestContext } from '@libs/graphql/context';
import { startSubgraph } from '@libs/graphql/startSubgraph';
import type { Language } from '@libs/outcome/messages';
import {
  databasePooler,
  databaseUrl,
  drainMs,
  optionalPort,
  port,
  readEnv,
  seconds,
} from '@libs/runtime/env';
import { accessTokensOf, keysOf } from '@libs/runtime/processKeys';
import { run } from '@libs/runtime/run';
import { startTelemetry } from '@libs/runtime/telemetry';
import {
  developmentPort,
  metricsPortVariable,
  portVariable,
  PROCESSES,
  serviceUrlVariable,
  type SubgraphName,
} from '@libs/runtime/subgraphs';
import { createLog, type Log } from '@libs/telemetry/log';
import type { GraphQLSchema } from 'graphql';
import type { z } from 'zod';
import { requireMigrations } from './requireMigrations.ts';
import { MAX_CONCURRENT_READS, serveTenantRows } from './serveTenantRows.ts';

type Variables = Record<string, z.ZodType>;
type Env<V extends Variables> = ReturnType<typeof readEnv<V>>;

export type Background = { stop(): Promise<void> };

export type ProcessDeps<V extends Variables> = {
  env: Env<V>;
  keys: Keyring;
  isProduction: boolean;
  log: Log;
  db: Db;
  redis: RedisConnection;
  /** Opens a separate pool, for work that must not wait for requests; by default to the subgraph's database. */
  connect(name: string, maxConnections?: number, url?: string): Db;
  subgraph(name: SubgraphName): SubgraphClient;
  tenants: TenantDirectory;
};

export type SubgraphParts<Context extends RequestContext> = {
  schema: GraphQLSchema;
  context(base: RequestContext): Context;
  reactions: Reactions;
  /** Already started; stopped after the server. */
  background?: readonly Background[];
  /** The language of a tenant's locale; by default from the tenant subgraph. */
  languageOfTenant?(tenantId: string): Promise<Language>;
  /** Asks the user subgraph by default. */
  fetchCallers?: FetchCallers;
};

/** Does not wait for the database, which may be down. */
function warnWithoutTimeouts(db: Db, log: Log): void {
  poolerWithoutTimeouts(db).then(
    (missing) => {
      if (missing.length > 0) log.warn({ missing }, 'the pooler sets no timeouts: see docs/scaling.md');
    },
    () => {},
  );
}

/** Creates clients of other subgraphs on first use. */
function clientCache(connectTo: (name: SubgraphName) => SubgraphClient) {
  const clients = new Map<SubgraphName, SubgraphClient>();
  return (name: SubgraphName): SubgraphClient => {
    const client = clients.get(name) ?? connectTo(name);
    clients.set(name, client);
    return client;
  };
}

/** Runs a subgraph until its process stops; all that a `main.ts` does. `variables` are the subgraph's own. */
export function runSubgraph<V extends Variables, Context extends RequestContext>(
  name: SubgraphName,
  variables: V,
  build: (deps: ProcessDeps<V>) => SubgraphParts<Context> | Promise<SubgraphParts<Context>>,
): Promise<void> {
  return run(name, async (stops) => {
    const env = readEnv({
      ...variables,
      [portVariable(name)]: port(developmentPort(name)),
      [metricsPortVariable(name)]: optionalPort(),
      CACHE_TTL_SETTINGS: seconds(300),
    }) as unknown as Env<V> &
      Env<{ CACHE_TTL_SETTINGS: ReturnType<typeof seconds> }> &
      Record<`${string}_PORT`, number>;
    const isProduction = env.ENVIRONMENT === 'production';
    const log = createLog(name, env.LOG_LEVEL);
    const servesMetrics = await startTelemetry(name, { env, log, stops });
    const redis = connectRedis(env.REDIS_URL, { name, log });
    stops.push(() => redis.disconnect());
    const keys = keysOf(env);
    const passport = passports(keys, name, PROCESSES);
    const pooler = databasePooler();
    const openPool = (poolName: string, max?: number, url = databaseUrl(name)): Db => {
      const db = connect(url, {
        name: poolName,
        ...(max === undefined ? {} : { max }),
        pooler,
      });
      stops.push(db.close);
      return db;
    };
    const db = openPool(name);
    if (pooler) warnWithoutTimeouts(db, log);
    const subgraph = clientCache((other) => {
      const client = subgraphClient(env[serviceUrlVariable(other)], {
        name,
        audience: other,
        passports: passport,
      });
      stops.push(client.close);
      return client;
    });
    const tenants = tenantDirectory({
      client: subgraph('tenant'),
      redis,
      ttlSeconds: env.CACHE_TTL_SETTINGS,
    });
    const parts = await build({
      env,
      keys,
      isProduction,
      log,
      db,
      redis,
      connect: openPool,
      subgraph,
      tenants,
    });
    for (const task of parts.background ?? []) stops.push(() => task.stop());

    const relay = startRelay({ db, redis, log });
    stops.push(() => relay.stop());
    const group = `${name}-service` as ConsumerGroup;
    const consumer = startConsumer({ group, reactions: parts.reactions, db, redis, log });
    stops.push(() => consumer.stop());
    const trustsTokens = env.SUBGRAPH_TRUST === 'token';
    // Else a process need not have the key that they are verified with.
    const accessTokens: Pick<AccessTokens, 'verify'> =
      trustsTokens || !isProduction ? accessTokensOf(env, keys) : { verify: async () => undefined };
    const requireMigrated = requireMigrations(name, db, log);
    const server = await startSubgraph({
      name,
      host: env.HOST,
      port: env[portVariable(name)]!,
      isProduction,
      drainMs: drainMs(env),
      trustsTokens,
      servesMetrics,
      schema: parts.schema,
      passports: passport,
      callerOfClient: clientCaller(
        accessTokens,
        callerCache({ fetchCallers: parts.fetchCallers ?? fetchCallersFrom(subgraph('user')) }),
      ),
      languageOfTenant: parts.languageOfTenant ?? tenants.languageOf,
      context: parts.context,
      addRoutes: (app) =>
        serveTenantRows(app, {
          database: name,
          db: openPool(`${name} exports`, MAX_CONCURRENT_READS),
          passports: passport,
          log,
        }),
      checks: {
        database: async () => Promise.all([db.sql`select 1`, requireMigrated()]),
        redis: () => redis.ping(),
      },
      log,
    });
    stops.push(server.stop);
    return log;
  });
}
