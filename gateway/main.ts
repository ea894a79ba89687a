import { accessTokens } from '@libs/auth/accessToken';
import { passports } from '@libs/auth/passport';
import { connectRedis } from '@libs/cache/redis';
import { subgraphClient } from '@libs/directory/subgraphClient';
import { fetchCallersOfSessions } from '@libs/directory/sessions';
import { foreignServiceUrl } from '@libs/runtime/foreignSubgraphs';
import { run } from '@libs/runtime/run';
import { forEachSubgraph, serviceUrlVariable } from '@libs/runtime/subgraphs';
import { createLog } from '@libs/telemetry/log';
import { printSchema } from 'graphql';
import { readGatewayEnv } from './env.ts';
import { signInLimiter } from './limits/signInLimiter.ts';
import { serveGateway } from './server.ts';
import { createSessions } from './session/session.ts';
import { batchedLookup } from './upstream/batchedLookup.ts';
import { subgraphRoutes } from './upstream/subgraphRoutes.ts';
import { federatedGateway } from './upstream/supergraph.ts';
import { composedSupergraph, supergraphIn } from './upstream/supergraphFile.ts';

await run('gateway', async (stops) => {
  const env = readGatewayEnv();
  const log = createLog('gateway', env.LOG_LEVEL);
  const redis = connectRedis(env.REDIS_URL, { name: 'gateway', log });
  stops.push(() => redis.disconnect());
  const keys = passports(env.SECRET_KEY);
  const user = subgraphClient(env.USER_SERVICE_URL, { name: 'gateway', passports: keys });
  stops.push(user.close);

  const loaded = env.SUPERGRAPH_FILE ? supergraphIn(env.SUPERGRAPH_FILE) : composedSupergraph();
  const ownUrls = forEachSubgraph(
    (name) => name,
    (name) => env[serviceUrlVariable(name)],
  );
  const subgraphs = subgraphRoutes(loaded.supergraph.subgraphsMetadata(), ownUrls, foreignServiceUrl);
  const federated = federatedGateway(loaded, subgraphs);
  const gateway = await serveGateway({
    host: env.HOST,
    port: env.GATEWAY_PORT,
    isProduction: env.ENVIRONMENT === 'production',
    federated,
    contract: env.SUPERGRAPH_FILE ? printSchema(federated.planner.schema) : undefined,
    sessions: createSessions({
      tokens: accessTokens(env.SECRET_KEY, env.JWT_ALGORITHM),
      passports: keys,
      fetchCaller: batchedLookup((sessionIds) => fetchCallersOfSessions(user, sessionIds)),
    }),
    passports: keys,
    signIns: signInLimiter(redis, env.signInsPerMinute),
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
