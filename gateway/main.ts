import { jsonWebKeys } from '@libs/auth/accessToken';
import { passports } from '@libs/auth/passport';
import { connectRedis } from '@libs/cache/redis';
import { subgraphClient } from '@libs/directory/subgraphClient';
import { fetchCallersFrom } from '@libs/directory/callers';
import { drainMs } from '@libs/runtime/env';
import { foreignServiceUrl } from '@libs/runtime/foreignSubgraphs';
import { accessTokensOf, keysOf, signingKeysOf } from '@libs/runtime/processKeys';
import { run } from '@libs/runtime/run';
import { forEachSubgraph, serviceUrlVariable } from '@libs/runtime/subgraphs';
import { startTelemetry } from '@libs/runtime/telemetry';
import { createLog } from '@libs/telemetry/log';
import { printSchema } from 'graphql';
import { readDocuments } from './documents/readDocuments.ts';
import { trustedDocuments } from './documents/trustedDocuments.ts';
import { readGatewayEnv } from './env.ts';
import { rateLimiter } from './limits/rateLimits.ts';
import { signInLimiter } from './limits/signInLimiter.ts';
import { operationNames } from './operationNames.ts';
import { serveGateway } from './server.ts';
import { createSessions } from './session/session.ts';
import { subgraphRoutes } from './upstream/subgraphRoutes.ts';
import { federatedGateway } from './upstream/supergraph.ts';
import { composedSupergraph, supergraphIn } from './upstream/supergraphFile.ts';

await run('gateway', async (stops) => {
  const env = readGatewayEnv();
  const log = createLog('gateway', env.LOG_LEVEL);
  const servesMetrics = await startTelemetry('gateway', { env, log, stops });
  const redis = connectRedis(env.REDIS_URL, { name: 'gateway', log });
  stops.push(() => redis.disconnect());
  const rates = rateLimiter(redis, env.rateLimits);
  stops.push(async () => rates.stop());
  const keys = keysOf(env);
  const passport = passports(keys, 'gateway');
  const signing = signingKeysOf(env);
  const clients = forEachSubgraph(
    (name) => name,
    (name) => {
      const url = env[serviceUrlVariable(name)];
      const client = subgraphClient(url, { name: 'gateway', audience: name, passports: passport });
      stops.push(client.close);
      return client;
    },
  );

  const loaded = env.SUPERGRAPH_FILE ? supergraphIn(env.SUPERGRAPH_FILE) : composedSupergraph();
  const ownUrls = forEachSubgraph(
    (name) => name,
    (name) => env[serviceUrlVariable(name)],
  );
  const subgraphs = subgraphRoutes(loaded.supergraph.subgraphsMetadata(), ownUrls, foreignServiceUrl);
  const federated = federatedGateway(loaded, subgraphs);
  const documents = readDocuments(env.TRUSTED_DOCUMENTS_FILES ?? []);
  const gateway = await serveGateway({
    host: env.HOST,
    port: env.GATEWAY_PORT,
    isProduction: env.ENVIRONMENT === 'production',
    drainMs: drainMs(env),
    federated,
    subgraphClient: (name) => clients[name],
    contract: env.SUPERGRAPH_FILE ? printSchema(federated.planner.schema) : undefined,
    sessions: createSessions({
      tokens: accessTokensOf(env, keys),
      passports: passport,
      fetchCallers: fetchCallersFrom(clients.user),
    }),
    passports: passport,
    jsonWebKeys: await jsonWebKeys(signing?.publicKeys ?? []),
    rates,
    signIns: signInLimiter(redis, env.signInsPerMinute),
    documents: trustedDocuments(env.TRUSTED_DOCUMENTS, documents),
    nameOf: operationNames(documents),
    servesMetrics,
    cors: env.cors,
    maxConnectionsPerUser: env.CONNECTIONS_PER_USER,
    maxUninitializedPerNetwork: env.SILENT_CONNECTIONS_PER_NETWORK,
    trustedProxies: env.TRUSTED_PROXIES,
    subgraphs,
    administratorEmail: env.PLATFORM_ADMIN_EMAIL,
    checks: { redis: () => redis.ping() },
    log,
  });
  stops.push(gateway.stop);
  return log;
});
