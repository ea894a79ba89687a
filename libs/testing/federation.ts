/**
 * The whole federation for an e2e test: five real processes with their own databases and Redis. Call it at the top of the file.
 * Processes that do not stop cleanly after the tests fail the file.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { newId } from '@libs/db/ids';
import {
  portVariable,
  serviceUrlVariable,
  SUBGRAPHS,
  type ProcessName,
  type SubgraphName,
} from '@libs/runtime/subgraphs';
import { testPort } from './testPorts.ts';
import { waitUntil } from '@scripts/dev/servers/processes';
import { afterAll, inject } from 'vitest';
import { testDatabase, testRedis, type TestDatabase } from './testDatabases.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** How long all five may take to be ready, in milliseconds. */
const READY_LIMIT_MS = 120_000;
/** How long a process may take to end after SIGTERM, in milliseconds. */
const STOP_LIMIT_MS = 15_000;

export const PLATFORM_ADMIN = { email: 'platform@vaga.test', password: 'platform-administrator' };

/** `booking2` is a second process of `booking`. */
export type FederationProcess = ProcessName | `${ProcessName}2`;
const replicaOf = (name: ProcessName) => `${name}2` as const;
const kindOf = (name: FederationProcess) => name.replace(/2$/, '') as ProcessName;

export type FederationOptions = {
  variables?: Record<string, string>;
  /** Of one process; read at each of its starts. */
  processVariables?: Partial<Record<FederationProcess, Record<string, string>>>;
  /** More variables, once the addresses are known: those of proxies and balancers. */
  variablesFor?(
    system: Pick<Federation, 'ports' | 'databases' | 'redisUrl'>,
  ): Promise<Record<string, string>>;
  /** Runs the bundles of `npm run build`. */
  isBuilt?: boolean;
  /** Options of Node, such as --cpu-prof. */
  nodeOptions?: readonly string[];
  /** Gets each line that a process writes, in place of the test's own output. */
  onLine?(process: FederationProcess, line: string): void;
  /** By default a database of the run's Redis. */
  redisUrl?: string;
  /** Of which there are two. The second gateway uses the second subgraphs, unless `variablesFor` gives other addresses. */
  replicas?: readonly ProcessName[];
};

export type GraphQLAnswer<T> = {
  data: T;
  errors?: { message: string; path?: (string | number)[]; extensions: { code: string; traceId: string } }[];
};

export type AskOptions = { token?: string | undefined; language?: string; headers?: Record<string, string> };

// Assertions check the shape of the responses.
// oxlint-disable-next-line typescript/no-explicit-any
type Anything = any;

export type Federation = {
  /** The gateway: 'http://127.0.0.1:PORT'. */
  url: string;
  ports: Record<FederationProcess, number>;
  secretKey: string;
  databases: Record<SubgraphName, TestDatabase>;
  redisUrl: string;
  /** Resolves to the response even if it has errors. */
  ask<T = Anything>(
    query: string,
    variables?: Record<string, unknown>,
    options?: AskOptions,
  ): Promise<GraphQLAnswer<T>>;
  /** Rejects if the response has errors. */
  data<T = Anything>(query: string, variables?: Record<string, unknown>, options?: AskOptions): Promise<T>;
  /** Returns an access token, by default the platform administrator's. */
  signIn(who?: { domain?: string; email: string; password: string }): Promise<string>;
  pidOf(name: FederationProcess): number;
  /** By default with SIGTERM; waits until the process has exited. */
  end(name: FederationProcess, signal?: NodeJS.Signals): Promise<void>;
  /** Restarts a process on its port and waits until it is ready. */
  start(name: FederationProcess): Promise<void>;
};

export async function federation(options: FederationOptions = {}): Promise<Federation> {
  const replicas = options.replicas ?? [];
  const names: FederationProcess[] = [...SUBGRAPHS, 'gateway', ...replicas.map(replicaOf)];
  const secretKey = `secret-${newId()}-${newId()}`;
  const databases = Object.fromEntries(
    await Promise.all(SUBGRAPHS.map(async (name) => [name, await testDatabase(name)] as const)),
  ) as Record<SubgraphName, TestDatabase>;
  const redisUrl = options.redisUrl ?? (await testRedis()).url;
  const ports = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await testPort()] as const)),
  ) as Record<FederationProcess, number>;

  const variables: Record<string, string> = {
    ENVIRONMENT: 'development',
    // Many tests cause outages, which fill the logs.
    LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'fatal',
    SECRET_KEY: secretKey,
    REDIS_URL: redisUrl,
    PLATFORM_ADMIN_EMAIL: PLATFORM_ADMIN.email,
    PLATFORM_ADMIN_PASSWORD: PLATFORM_ADMIN.password,
  };
  for (const name of [...SUBGRAPHS, 'gateway'] as const) {
    variables[portVariable(name)] = String(ports[name]);
  }
  for (const name of SUBGRAPHS) {
    variables[`${name.toUpperCase()}_DATABASE_URL`] = databases[name].url;
    variables[serviceUrlVariable(name)] = `http://127.0.0.1:${ports[name]}/graphql`;
  }
  const replicaVariables: Partial<Record<FederationProcess, Record<string, string>>> = Object.fromEntries(
    replicas.map((name) => [replicaOf(name), { [portVariable(name)]: String(ports[replicaOf(name)]) }]),
  );
  for (const name of SUBGRAPHS) {
    if (replicas.includes('gateway') && replicas.includes(name))
      replicaVariables.gateway2![serviceUrlVariable(name)] =
        `http://127.0.0.1:${ports[replicaOf(name)]}/graphql`;
  }
  const given = await options.variablesFor?.({ ports, databases, redisUrl });

  const bundles = options.isBuilt ? 'dist' : inject('bundles');
  const children = new Map<FederationProcess, ChildProcess>();
  function launch(name: FederationProcess): void {
    const main = ['--enable-source-maps', `${bundles}/${kindOf(name)}.js`];
    const child = spawn(process.execPath, [...(options.nodeOptions ?? []), ...main], {
      cwd: ROOT,
      env: {
        PATH: process.env['PATH'],
        ...variables,
        ...replicaVariables[name],
        ...given,
        ...options.variables,
        ...options.processVariables?.[name],
        VAGA_STOP_WITH_PARENT: '1',
      },
      stdio: ['ignore', options.onLine ? 'pipe' : 'inherit', options.onLine ? 'pipe' : 'inherit', 'ipc'],
    });
    for (const output of [child.stdout, child.stderr]) {
      if (output) createInterface({ input: output }).on('line', (line) => options.onLine!(name, line));
    }
    children.set(name, child);
  }
  const isReady = async (name: FederationProcess): Promise<boolean> => {
    if (children.get(name)!.exitCode !== null) throw new Error(`${name} exited during its start`);
    try {
      return (await fetch(`http://127.0.0.1:${ports[name]}/ready`)).ok;
    } catch {
      return false;
    }
  };
  async function start(name: FederationProcess): Promise<void> {
    launch(name);
    if (!(await waitUntil(() => isReady(name), READY_LIMIT_MS)))
      throw new Error(`${name} was not ready in time`);
  }
  async function end(name: FederationProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = children.get(name)!;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await exited;
    clearTimeout(timer);
    if (signal === 'SIGTERM' && child.exitCode !== 0) {
      throw new Error(`${name} did not stop cleanly: ${child.exitCode ?? child.signalCode}`);
    }
  }

  afterAll(async () => {
    await Promise.all(names.filter((name) => name.startsWith('gateway')).map((name) => end(name)));
    await Promise.all(names.map((name) => end(name)));
  });
  await Promise.all([...SUBGRAPHS, 'gateway' as const].map(start));
  // One after the other: ten at once starve each other on a small machine.
  for (const name of replicas) await start(replicaOf(name));

  const url = `http://127.0.0.1:${ports.gateway}`;
  const federation: Federation = {
    url,
    ports,
    secretKey,
    databases,
    redisUrl,
    pidOf: (name) => children.get(name)!.pid!,
    end,
    start,
    async ask(query, queryVariables = {}, { token, language = 'en', headers = {} } = {}) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'accept-language': language,
          ...(token ? { authorization: `Bearer ${token}` } : {}),
          ...headers,
        },
        body: JSON.stringify({ query, variables: queryVariables }),
      });
      return (await response.json()) as GraphQLAnswer<never>;
    },
    async data(query, queryVariables, options) {
      const { data, errors } = await federation.ask(query, queryVariables, options);
      if (errors) throw new Error(`${query}\n${JSON.stringify(errors, null, 2)}`);
      return data;
    },
    async signIn(who = PLATFORM_ADMIN) {
      const { signIn } = await federation.data(
        'mutation ($input: SignInInput!) { signIn(input: $input) { session { accessToken } userErrors { code message } } }',
        { input: who },
      );
      if (!signIn.session) throw new Error(`sign-in failed: ${JSON.stringify(signIn.userErrors)}`);
      return signIn.session.accessToken;
    },
  };
  return federation;
}
