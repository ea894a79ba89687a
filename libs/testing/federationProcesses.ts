/** The processes of a federation, on databases and a Redis that exist. */
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
import { waitUntil } from '@scripts/dev/servers/processes';
import { testPort } from './testPorts.ts';

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
const namesOf = (replicas: readonly ProcessName[]): FederationProcess[] => [
  ...SUBGRAPHS,
  'gateway',
  ...replicas.map(replicaOf),
];

export type FederationAddresses = {
  ports: Record<FederationProcess, number>;
  databases: Record<SubgraphName, { url: string }>;
  redisUrl: string;
};

export type ProcessOptions = {
  /** Read at each start of a process, as are those of one process. */
  variables?: Record<string, string>;
  processVariables?: Partial<Record<FederationProcess, Record<string, string>>>;
  /** Options of Node, such as --cpu-prof. */
  nodeOptions?: readonly string[];
  /** Gets each line that a process writes, in place of the test's own output. */
  onLine?(process: FederationProcess, line: string): void;
  /** Processes of which two are started. The second gateway uses the second subgraphs, unless the variables give other addresses. */
  replicas?: readonly ProcessName[];
};

export type FederationProcesses = {
  secretKey: string;
  pidOf(name: FederationProcess): number;
  hasExited(name: FederationProcess): boolean;
  /** By default with SIGTERM; waits until the process has exited. */
  end(name: FederationProcess, signal?: NodeJS.Signals): Promise<void>;
  /** Starts a process on its port and waits until it is ready. */
  start(name: FederationProcess): Promise<void>;
  startAll(): Promise<void>;
  /** Gateways first. Rejects if a process does not stop cleanly. */
  endAll(): Promise<void>;
};

export async function federationPorts(
  replicas: readonly ProcessName[] = [],
): Promise<Record<FederationProcess, number>> {
  const ports = namesOf(replicas).map(async (name) => [name, await testPort()] as const);
  return Object.fromEntries(await Promise.all(ports)) as Record<FederationProcess, number>;
}

function variablesOf({ ports, databases, redisUrl }: FederationAddresses, secretKey: string) {
  const variables: Record<string, string> = {
    ENVIRONMENT: 'development',
    // Many tests cause outages, which fill the logs.
    LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'fatal',
    SECRET_KEY: secretKey,
    REDIS_URL: redisUrl,
    PLATFORM_ADMIN_EMAIL: PLATFORM_ADMIN.email,
    PLATFORM_ADMIN_PASSWORD: PLATFORM_ADMIN.password,
  };
  for (const name of [...SUBGRAPHS, 'gateway'] as const) variables[portVariable(name)] = String(ports[name]);
  for (const name of SUBGRAPHS) {
    variables[`${name.toUpperCase()}_DATABASE_URL`] = databases[name].url;
    variables[serviceUrlVariable(name)] = `http://127.0.0.1:${ports[name]}/graphql`;
  }
  return variables;
}

function replicaVariablesOf(ports: FederationAddresses['ports'], replicas: readonly ProcessName[]) {
  const variables: Partial<Record<FederationProcess, Record<string, string>>> = Object.fromEntries(
    replicas.map((name) => [replicaOf(name), { [portVariable(name)]: String(ports[replicaOf(name)]) }]),
  );
  for (const name of SUBGRAPHS) {
    if (replicas.includes('gateway') && replicas.includes(name))
      variables.gateway2![serviceUrlVariable(name)] = `http://127.0.0.1:${ports[replicaOf(name)]}/graphql`;
  }
  return variables;
}

/** Starts none yet. `bundles` is the folder of what they run. */
export function federationProcesses(
  addresses: FederationAddresses,
  bundles: string,
  options: ProcessOptions = {},
): FederationProcesses {
  const { ports } = addresses;
  const replicas = options.replicas ?? [];
  const names = namesOf(replicas);
  const secretKey = `secret-${newId()}-${newId()}`;
  const variables = variablesOf(addresses, secretKey);
  const replicaVariables = replicaVariablesOf(ports, replicas);
  const children = new Map<FederationProcess, ChildProcess>();

  function launch(name: FederationProcess): void {
    const main = ['--enable-source-maps', `${bundles}/${kindOf(name)}.js`];
    const child = spawn(process.execPath, [...(options.nodeOptions ?? []), ...main], {
      cwd: ROOT,
      env: {
        PATH: process.env['PATH'],
        ...variables,
        ...replicaVariables[name],
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
  const hasExited = (name: FederationProcess): boolean => {
    const child = children.get(name)!;
    return child.exitCode !== null || child.signalCode !== null;
  };
  async function start(name: FederationProcess): Promise<void> {
    launch(name);
    if (!(await waitUntil(() => isReady(name), READY_LIMIT_MS)))
      throw new Error(`${name} was not ready in time`);
  }
  async function end(name: FederationProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = children.get(name)!;
    if (hasExited(name)) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await exited;
    clearTimeout(timer);
    if (signal === 'SIGTERM' && child.exitCode !== 0) {
      throw new Error(`${name} did not stop cleanly: ${child.exitCode ?? child.signalCode}`);
    }
  }

  return {
    secretKey,
    pidOf: (name) => children.get(name)!.pid!,
    hasExited,
    end,
    start,
    async startAll() {
      await Promise.all([...SUBGRAPHS, 'gateway' as const].map(start));
      // One after the other: ten at once starve each other on a small machine.
      for (const name of replicas) await start(replicaOf(name));
    },
    async endAll() {
      await Promise.all(names.filter((name) => name.startsWith('gateway')).map((name) => end(name)));
      await Promise.all(names.map((name) => end(name)));
    },
  };
}
