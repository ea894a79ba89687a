/** The settings of `npm start`: from the environment, else `.env`, else defaults. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { EnvironmentError, port, readEnv } from '@libs/runtime/env';
import {
  databaseHostVariable,
  databaseUrlVariable,
  developmentPort,
  portVariable,
  PROCESSES,
  serviceUrlVariable,
  SUBGRAPHS,
  type ProcessName,
} from '@libs/runtime/subgraphs';
import { freePort } from './servers/ports.ts';

export type EnvironmentVariables = Record<string, string | undefined>;

/** The first platform administrator in development. Production has no default. */
const DEVELOPMENT_ADMIN = { email: 'admin@vaga.local', password: 'vaga-development-admin' };
const SECRET_KEY_BYTES = 48;

const portVariables = Object.fromEntries(
  PROCESSES.map((name) => [portVariable(name), port(developmentPort(name))]),
) as Record<ReturnType<typeof portVariable>, ReturnType<typeof port>>;

export type StartSettings = {
  isProduction: boolean;
  dataDir: string;
  /** Port of each process; a requested 0 is replaced by a free port. */
  ports: Record<ProcessName, number>;
  /** The environment of every process, without the addresses of servers that `npm start` starts. */
  variables: EnvironmentVariables;
  startsPostgres: boolean;
  startsRedis: boolean;
  /** E-mail and password hint of the first administrator; empty if none is set. */
  signIn: string[];
};

/** Reads the environment, then `.env` in `root`. Throws if a value is invalid. */
export async function readSettings(root: string, environment: EnvironmentVariables): Promise<StartSettings> {
  const given = await readGivenVariables(root, environment);
  const env = readEnv(portVariables, given);
  const isProduction = env.ENVIRONMENT === 'production';
  const dataDir = path.resolve(root, given['DATA_DIR'] || '.data');
  const ports = Object.fromEntries(
    await Promise.all(
      PROCESSES.map(async (name) => {
        const requested = env[portVariable(name)];
        return [name, requested === 0 ? await freePort() : requested] as const;
      }),
    ),
  ) as Record<ProcessName, number>;
  const variables: EnvironmentVariables = { ...given };
  for (const name of PROCESSES) variables[portVariable(name)] = String(ports[name]);
  for (const name of SUBGRAPHS) {
    variables[serviceUrlVariable(name)] ||= `http://127.0.0.1:${ports[name]}/graphql`;
  }
  const signIn: string[] = [];
  if (!isProduction) {
    variables['SECRET_KEY'] ||= await secretKeyOf(dataDir);
    variables['PLATFORM_ADMIN_EMAIL'] ||= DEVELOPMENT_ADMIN.email;
    // Never show a password that the user chose.
    const password = given['PLATFORM_ADMIN_PASSWORD']
      ? 'the PLATFORM_ADMIN_PASSWORD given'
      : DEVELOPMENT_ADMIN.password;
    variables['PLATFORM_ADMIN_PASSWORD'] ||= DEVELOPMENT_ADMIN.password;
    signIn.push(variables['PLATFORM_ADMIN_EMAIL'], password);
  } else if (given['PLATFORM_ADMIN_EMAIL']) {
    signIn.push(given['PLATFORM_ADMIN_EMAIL'], 'the PLATFORM_ADMIN_PASSWORD given');
  }
  return {
    isProduction,
    dataDir,
    ports,
    variables,
    startsPostgres: !hasDatabases(given),
    startsRedis: !given['REDIS_URL'],
    signIn,
  };
}

/** Those of the environment, else of `.env` in `root`. */
export async function readGivenVariables(
  root: string,
  environment: EnvironmentVariables,
): Promise<EnvironmentVariables> {
  const file = path.join(root, '.env');
  return { ...(existsSync(file) ? parseEnv(await readFile(file, 'utf8')) : {}), ...environment };
}

/** Whether databases are given: by all four addresses, or by POSTGRES_* parts. Throws if only some addresses are given. */
function hasDatabases(given: EnvironmentVariables): boolean {
  const parts = [
    'POSTGRES_HOST',
    'POSTGRES_USER',
    'POSTGRES_PASSWORD',
    ...SUBGRAPHS.map(databaseHostVariable),
  ];
  if (parts.some((name) => given[name])) return true;
  const missing = SUBGRAPHS.map(databaseUrlVariable).filter((name) => !given[name]);
  if (missing.length > 0 && missing.length < SUBGRAPHS.length) {
    throw new EnvironmentError([`*_DATABASE_URL: set all of them or none; not set: ${missing.join(', ')}`]);
  }
  return missing.length === 0;
}

/** The development key, generated once for each data folder, so that sessions survive a restart. */
async function secretKeyOf(dataDir: string): Promise<string> {
  const file = path.join(dataDir, 'secret-key');
  if (!existsSync(file)) {
    await mkdir(dataDir, { recursive: true });
    await writeFile(file, randomBytes(SECRET_KEY_BYTES).toString('base64url'), { mode: 0o600 });
  }
  return (await readFile(file, 'utf8')).trim();
}
