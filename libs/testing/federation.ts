/**
 * The whole federation for an e2e test: five real processes with their own databases and Redis. Call one of these at the top of the file:
 *
 *     const vaga = await sharedFederation();
 *     const vaga = await federation({ variables: { … } });
 *
 * Prefer the shared one, which saves the start of five processes. A file needs its own if it sets variables, ends processes, reads their
 * output or metrics, depends on rows, streams or limits of the whole system, or loads it heavily.
 */
import { SUBGRAPHS, type ProcessName, type SubgraphName } from '@libs/runtime/subgraphs';
import { afterAll, inject } from 'vitest';
import {
  federationPorts,
  federationProcesses,
  type FederationAddresses,
  type FederationProcess,
  type FederationProcesses,
  type ProcessOptions,
} from './federationProcesses.ts';
import { federationRequests, type FederationRequests } from './federationRequests.ts';
import type { SharedAddresses } from './sharedFederation.ts';
import { testDatabase, testPool, testRedis, type TestDatabase } from './testDatabases.ts';

export { PLATFORM_ADMIN, type FederationProcess } from './federationProcesses.ts';

/** Each test creates its own tenants in it. Other files use it at the same time. */
export type SharedFederation = FederationRequests & {
  ports: Record<ProcessName, number>;
  secretKey: string;
  databases: Record<SubgraphName, Pick<TestDatabase, 'url' | 'sql'>>;
  redisUrl: string;
};

export type Federation = SharedFederation &
  Pick<FederationProcesses, 'pidOf' | 'end' | 'start'> & { ports: Record<FederationProcess, number> };

export type FederationOptions = ProcessOptions & {
  /** More variables, once the addresses are known: those of proxies and balancers. */
  variablesFor?(system: FederationAddresses): Promise<Record<string, string>>;
  /** Runs the bundles of `npm run build`. */
  isBuilt?: boolean;
  /** By default a database of the run's Redis. */
  redisUrl?: string;
};

/** Processes that do not stop cleanly after the tests fail the file. */
export async function federation(options: FederationOptions = {}): Promise<Federation> {
  const databases = Object.fromEntries(
    await Promise.all(SUBGRAPHS.map(async (name) => [name, await testDatabase(name)] as const)),
  ) as Record<SubgraphName, TestDatabase>;
  const redisUrl = options.redisUrl ?? (await testRedis()).url;
  const ports = await federationPorts(options.replicas);
  const addresses = { ports, databases, redisUrl };
  const given = await options.variablesFor?.(addresses);
  const processes = federationProcesses(addresses, options.isBuilt ? 'dist' : inject('bundles'), {
    ...options,
    // Tests change their variables between two starts.
    get variables() {
      return { ...given, ...options.variables };
    },
  });
  afterAll(() => processes.endAll());
  await processes.startAll();
  const { secretKey, pidOf, end, start } = processes;
  return { ...addresses, secretKey, pidOf, end, start, ...federationRequests(ports.gateway) };
}

/** The run's one federation, which the first file to call this starts (sharedFederation.ts). */
export async function sharedFederation(): Promise<SharedFederation> {
  const response = await fetch(inject('sharedFederation'));
  if (!response.ok) throw new Error(await response.text());
  const shared = (await response.json()) as SharedAddresses;
  const databases = Object.fromEntries(
    SUBGRAPHS.map((name) => {
      const { url } = shared.databases[name];
      return [name, { url, sql: testPool(url) }];
    }),
  ) as SharedFederation['databases'];
  afterAll(() => Promise.all(Object.values(databases).map(({ sql }) => sql.end({ timeout: 5 }))));
  return { ...shared, databases, ...federationRequests(shared.ports.gateway) };
}
