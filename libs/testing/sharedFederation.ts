/**
 * One federation for all e2e files that call `sharedFederation()`. It starts when the first of them asks, and ends with the run. The run
 * fails if a process crashes or does not stop cleanly, and if connections are left open.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SUBGRAPHS, type SubgraphName } from '@libs/runtime/subgraphs';
import { LOOPBACK } from '@scripts/dev/servers/ports';
import type { TestProject } from 'vitest/node';
import { federationPorts, federationProcesses, type FederationAddresses } from './federationProcesses.ts';
import { createTestDatabase, createTestRedis, type TestDatabase } from './testDatabases.ts';
import type { TestServers } from './testRun.ts';

/** The answer of the address that is provided to test files. */
export type SharedAddresses = FederationAddresses & { secretKey: string };

declare module 'vitest' {
  interface ProvidedContext {
    /** Where a test file gets the SharedAddresses, once all processes are ready. */
    sharedFederation: string;
  }
}

type Running = { shared: SharedAddresses; stop(): Promise<void> };

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  let running: Promise<Running> | undefined;
  const server = createServer((_request, response) => {
    const { servers, bundles } = project.getProvidedContext();
    running ??= startFederation(servers, bundles);
    running.then(
      ({ shared }) => response.end(JSON.stringify(shared)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  project.provide('sharedFederation', `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`);
  return async () => {
    server.close();
    server.closeAllConnections();
    try {
      await (await running)?.stop();
    } catch (error) {
      process.stderr.write(`The shared federation: ${String(error)}\n`);
      // Vitest reports success even if a teardown throws.
      process.exitCode = 1;
    }
  };
}

async function startFederation(servers: TestServers, bundles: string): Promise<Running> {
  const databases = Object.fromEntries(
    await Promise.all(
      SUBGRAPHS.map(async (name) => [name, await createTestDatabase(servers.postgresUrl, name)] as const),
    ),
  ) as Record<SubgraphName, TestDatabase>;
  const redis = await createTestRedis(servers.redisUrl);
  const ports = await federationPorts();
  const addresses: FederationAddresses = {
    ports,
    databases: Object.fromEntries(
      SUBGRAPHS.map((name) => [name, { url: databases[name].url }]),
    ) as FederationAddresses['databases'],
    redisUrl: redis.url,
  };
  const processes = federationProcesses(addresses, bundles);
  await processes.startAll();
  return {
    shared: { ...addresses, secretKey: processes.secretKey },
    async stop() {
      const crashed = [...SUBGRAPHS, 'gateway' as const].filter(processes.hasExited);
      await processes.endAll();
      await redis.close();
      await Promise.all(Object.values(databases).map(({ drop }) => drop()));
      if (crashed.length > 0) throw new Error(`crashed during the tests: ${crashed.join(', ')}`);
    },
  };
}
