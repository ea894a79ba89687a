/**
 * Environment variables, read once at startup. Errors name all invalid variables, but no values, which may be secret. A test
 * compares `.env.example` with this.
 */
import { z } from 'zod';
import {
  databaseNameVariable,
  databaseUrlVariable,
  developmentPort,
  forEachSubgraph,
  serviceUrlVariable,
  type SubgraphName,
} from './subgraphs.ts';

/** Minimum length in production. */
const MIN_SECRET_KEY_CHARACTERS = 32;
/** Refused in production. */
const DEVELOPMENT_SECRET_KEY = 'vaga-development-secret-key-not-for-production';

export const port = (defaultValue: number) =>
  z.coerce.number().int().min(0).max(65_535).default(defaultValue);
export const seconds = (defaultValue: number) =>
  z.coerce.number().int().min(1).max(86_400).default(defaultValue);
export const flag = (defaultValue: boolean) =>
  z
    .enum(['true', 'false'])
    .default(defaultValue ? 'true' : 'false')
    .transform((text) => text === 'true');
const address = (defaultValue: string) => z.url({ protocol: /^https?$/ }).default(defaultValue);

export const sharedVariables = {
  ENVIRONMENT: z.enum(['development', 'production']).default('development'),
  HOST: z.string().default('127.0.0.1'),
  LOG_LEVEL: z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
  SECRET_KEY: z.string().min(1).default(DEVELOPMENT_SECRET_KEY),
  JWT_ALGORITHM: z.enum(['HS256', 'HS384', 'HS512']).default('HS512'),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).default('redis://127.0.0.1:6379'),
  ...forEachSubgraph(serviceUrlVariable, (name) =>
    address(`http://127.0.0.1:${developmentPort(name)}/graphql`),
  ),
};

/** Common parts of database URLs, or a whole URL per subgraph. */
const databaseVariables = {
  POSTGRES_HOST: z.string().default('127.0.0.1'),
  POSTGRES_PORT: port(5432),
  POSTGRES_USER: z.string().default('postgres'),
  POSTGRES_PASSWORD: z.string().default(''),
  ...forEachSubgraph(databaseNameVariable, (name) => z.string().default(name)),
  ...forEachSubgraph(databaseUrlVariable, () => z.url({ protocol: /^postgres(ql)?$/ }).optional()),
};

export class EnvironmentError extends Error {
  constructor(problems: string[]) {
    super(`The environment is not usable:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'EnvironmentError';
  }
}

type Shape = Record<string, z.ZodType>;
type Variables = Record<string, string | undefined>;

/**
 * Parses the shared variables and those of `shape`; empty ones count as unset. Throws EnvironmentError, in production also for a
 * SECRET_KEY that is short or the default.
 */
export function readEnv<S extends Shape>(shape: S, variables: Variables = process.env) {
  const given = Object.fromEntries(
    Object.entries(variables).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = z.object({ ...sharedVariables, ...shape }).safeParse(given);
  if (!parsed.success) {
    throw new EnvironmentError(
      parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    );
  }
  const env = parsed.data as z.infer<z.ZodObject<typeof sharedVariables & S>> &
    z.infer<z.ZodObject<typeof sharedVariables>>;
  if (
    env.ENVIRONMENT === 'production' &&
    (env.SECRET_KEY === DEVELOPMENT_SECRET_KEY || env.SECRET_KEY.length < MIN_SECRET_KEY_CHARACTERS)
  ) {
    throw new EnvironmentError([
      `SECRET_KEY: production needs one of its own, at least ${MIN_SECRET_KEY_CHARACTERS} characters`,
    ]);
  }
  return env;
}

export function databaseUrl(name: SubgraphName, variables: Variables = process.env): string {
  const env = readEnv(databaseVariables, variables);
  const configured = env[databaseUrlVariable(name)];
  if (configured) return configured;
  const url = new URL(
    `postgres://${env.POSTGRES_HOST}:${env.POSTGRES_PORT}/${env[databaseNameVariable(name)]}`,
  );
  url.username = encodeURIComponent(env.POSTGRES_USER);
  url.password = encodeURIComponent(env.POSTGRES_PASSWORD);
  return url.href;
}
