/** What `npm start` is told by the environment and `.env`, and what it makes up where it is told nothing. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { port, readEnv } from '@libs/runtime/env';
import {
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
  /** Port of each process; 0 was replaced by a free one. */
  ports: Record<ProcessName, number>;
  /** What every process is started with, before the addresses of the servers are known. */
  variables: EnvironmentVariables;
  /** Is there a Postgres, a Redis to start? */
  startsPostgres: boolean;
  startsRedis: boolean;
  /** Lines that say how to sign in. */
  signIn: string[];
};

/** Reads the environment, with `.env` of the product's folder for what it lacks. Throws where something is wrong. */
export async function readSettings(root: string, environment: EnvironmentVariables): Promise<StartSettings> {
  const given: EnvironmentVariables = { ...(await readDotEnv(root)), ...environment };
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
    // A password that was chosen is not shown.
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

async function readDotEnv(root: string): Promise<EnvironmentVariables> {
  const file = path.join(root, '.env');
  return existsSync(file) ? parseEnv(await readFile(file, 'utf8')) : {};
}

/** Are the databases somebody else's? By whole addresses, all four or none, or by the parts of them. */
function hasDatabases(given: EnvironmentVariables): boolean {
  if (given['POSTGRES_HOST'] || given['POSTGRES_USER'] || given['POSTGRES_PASSWORD']) return true;
  const missing = SUBGRAPHS.map(databaseUrlVariable).filter((name) => !given[name]);
  if (missing.length > 0 && missing.length < SUBGRAPHS.length) {
    throw new Error(`Set all *_DATABASE_URL or none of them; not set: ${missing.join(', ')}`);
  }
  return missing.length === 0;
}

/** Development's key, made once: sessions outlive a restart, and no two machines share it. */
async function secretKeyOf(dataDir: string): Promise<string> {
  const file = path.join(dataDir, 'secret-key');
  if (!existsSync(file)) {
    await mkdir(dataDir, { recursive: true });
    await writeFile(file, randomBytes(SECRET_KEY_BYTES).toString('base64url'), { mode: 0o600 });
  }
  return (await readFile(file, 'utf8')).trim();
}
