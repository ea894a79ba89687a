/**
 * Environment variables, read once at startup. Errors name all invalid variables, but no values, which may be secret. A test
 * compares `.env.example` with this.
 */
import { isRedisUrl } from '@libs/cache/redisAddress';
import { OTLP_PROTOCOLS, SAMPLERS } from '@libs/telemetry/tracing';
import { z } from 'zod';
import {
  databaseHostVariable,
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
export const DEVELOPMENT_SECRET_KEY = 'vaga-development-secret-key-not-for-production';

/** Not what else `Number` accepts, such as ' ', '0x10' or '1e3'. */
const numberLike = (pattern: RegExp, expected: string) => (min: number, max: number) =>
  z.string().regex(pattern, `expected ${expected}`).transform(Number).pipe(z.number().min(min).max(max));
export const integer = numberLike(/^\d+$/, 'a whole number');
const decimal = numberLike(/^\d+(\.\d+)?$/, 'a number such as 1.5');
const MAX_PORT = 65_535;
export const port = (defaultValue: number) => integer(0, MAX_PORT).default(defaultValue);
/** Without a default: nothing listens. */
export const optionalPort = () => integer(0, MAX_PORT).optional();
export const seconds = (defaultValue: number) => integer(1, 86_400).default(defaultValue);
export const days = (defaultValue: number) => integer(1, 36_500).default(defaultValue);
export const flag = (defaultValue: boolean) =>
  z
    .enum(['true', 'false'])
    .default(defaultValue ? 'true' : 'false')
    .transform((text) => text === 'true');
/** By default. In production a load balancer that looks every second notices; development restarts at once. */
const DRAIN_SECONDS = { development: 0, production: 1.5 };
/** Well within STOP_TIMEOUT_MS (run.ts). */
const MAX_DRAIN_SECONDS = 5;
const address = (defaultValue: string) => z.url({ protocol: /^https?$/ }).default(defaultValue);

export const sharedVariables = {
  ENVIRONMENT: z.enum(['development', 'production']).default('development'),
  HOST: z.string().default('127.0.0.1'),
  LOG_LEVEL: z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
  SECRET_KEY: z.string().min(1).default(DEVELOPMENT_SECRET_KEY),
  /** Comma-separated earlier ones, which only verify and decrypt. */
  SECRET_KEY_PREVIOUS: z
    .string()
    .transform((text) => text.split(',').flatMap((one) => one.trim() || []))
    .default([]),
  /** In place of SECRET_KEY: the keys of this process only. */
  PROCESS_KEYS: z.string().optional(),
  JWT_ALGORITHM: z.enum(['HS256', 'HS384', 'HS512', 'EdDSA']).default('HS512'),
  JWT_PRIVATE_KEY: z.string().optional(),
  JWT_PUBLIC_KEYS: z.string().optional(),
  /** `token`: subgraphs also accept clients' own tokens and API keys, from another router than Vaga's gateway. */
  SUBGRAPH_TRUST: z.enum(['passport', 'token']).default('passport'),
  REDIS_URL: z
    .string()
    .refine(
      isRedisUrl,
      'expected redis://host, rediss://host, redis+sentinel://host,host/primary or redis+cluster://host,host',
    )
    .default('redis://127.0.0.1:6379'),
  /** How long a stopping process still serves while load balancers notice that it is not ready. */
  DRAIN_SECONDS: decimal(0, MAX_DRAIN_SECONDS).optional(),
  /** The port of /metrics. Without it, development serves metrics on the process's own port, and production nowhere. */
  METRICS_PORT: optionalPort(),
  /** The receiver of traces; without either there are none. */
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: z.enum(OTLP_PROTOCOLS).default('http/protobuf'),
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: z.enum(OTLP_PROTOCOLS).optional(),
  /** Read by the SDK, as are the others. */
  OTEL_EXPORTER_OTLP_HEADERS: z.string().optional(),
  OTEL_SDK_DISABLED: flag(false),
  OTEL_TRACES_SAMPLER: z.enum(SAMPLERS).default('parentbased_always_on'),
  /** The share of traces that are recorded, for the samplers by ratio. */
  OTEL_TRACES_SAMPLER_ARG: decimal(0, 1).default(1),
  ...forEachSubgraph(serviceUrlVariable, (name) =>
    address(`http://127.0.0.1:${developmentPort(name)}/graphql`),
  ),
};

export type SharedEnv = z.infer<z.ZodObject<typeof sharedVariables>>;

export const drainMs = ({ DRAIN_SECONDS: given, ENVIRONMENT }: SharedEnv): number =>
  (given ?? DRAIN_SECONDS[ENVIRONMENT]) * 1_000;

/** Parsers take what is before an unencoded '/' for the host and a port, and the driver throws on a '%' that encodes nothing. */
function isDatabaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, pathname, username, password } = new URL(text);
  if (!/^postgres(ql)?:$/.test(protocol) || !/^(\/[^/@]*)?$/.test(pathname)) return false;
  return [pathname, username, password].every((part) => !/%(?![\da-f]{2})/i.test(part));
}

/** URL of an optional database. */
export const optionalDatabase = () =>
  z
    .string()
    .refine(
      isDatabaseUrl,
      "expected postgres://user:password@host:port/database, with '%2F' for a '/' in the password, and the like for other special characters",
    )
    .optional();

/** Common parts of database URLs, or a whole URL per subgraph. */
const databaseVariables = {
  POSTGRES_HOST: z.string().default('127.0.0.1'),
  /** Instead of POSTGRES_HOST, where the databases have servers of their own. */
  ...forEachSubgraph(databaseHostVariable, () => z.string().optional()),
  POSTGRES_PORT: port(5432),
  POSTGRES_USER: z.string().default('postgres'),
  POSTGRES_PASSWORD: z.string().default(''),
  ...forEachSubgraph(databaseNameVariable, (name) => z.string().default(name)),
  /** What is at these addresses: Postgres, or PgBouncer in transaction mode. */
  DATABASE_POOLER: z.enum(['transaction']).optional(),
  ...forEachSubgraph(databaseUrlVariable, optionalDatabase),
};

export class EnvironmentError extends Error {
  /** Each begins with the name of its variable. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The environment is not usable:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'EnvironmentError';
    this.problems = problems;
  }
}

type Shape = Record<string, z.ZodType>;
type Variables = Record<string, string | undefined>;

/** Blank variables count as unset. Throws EnvironmentError. */
function parse<S extends Shape>(shape: S, variables: Variables): z.infer<z.ZodObject<S>> {
  const given = Object.fromEntries(
    Object.entries(variables).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const parsed = z.object(shape).safeParse(given);
  if (!parsed.success) {
    throw new EnvironmentError(
      parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    );
  }
  return parsed.data;
}

/** Parses the shared variables and those of `shape`. In production refuses also a SECRET_KEY that is short or the default. */
export function readEnv<S extends Shape>(shape: S, variables: Variables = process.env) {
  const env = parse({ ...sharedVariables, ...shape }, variables) as unknown as z.infer<
    z.ZodObject<typeof sharedVariables & S>
  > &
    SharedEnv;
  const secrets = [env.SECRET_KEY, ...env.SECRET_KEY_PREVIOUS];
  if (
    env.ENVIRONMENT === 'production' &&
    env.PROCESS_KEYS === undefined &&
    secrets.some((one) => one === DEVELOPMENT_SECRET_KEY || one.length < MIN_SECRET_KEY_CHARACTERS)
  ) {
    throw new EnvironmentError([
      `SECRET_KEY: production needs one of its own, at least ${MIN_SECRET_KEY_CHARACTERS} characters (and in SECRET_KEY_PREVIOUS none that is shorter, or the default)`,
    ]);
  }
  return env;
}

/** Needs no other variables: migrations run without SECRET_KEY. */
export function databaseUrl(name: SubgraphName, variables: Variables = process.env): string {
  const env = parse(databaseVariables, variables);
  const configured = env[databaseUrlVariable(name)];
  if (configured) return configured;
  const hostVariable = env[databaseHostVariable(name)] ? databaseHostVariable(name) : 'POSTGRES_HOST';
  const text = `postgres://${env[hostVariable]}:${env.POSTGRES_PORT}/`;
  if (!URL.canParse(text))
    throw new EnvironmentError([`${hostVariable}: expected a host name or an address`]);
  const url = new URL(text);
  url.pathname = `/${encodeURIComponent(env[databaseNameVariable(name)])}`;
  url.username = encodeURIComponent(env.POSTGRES_USER);
  url.password = encodeURIComponent(env.POSTGRES_PASSWORD);
  return url.href;
}

export const databasePooler = (variables: Variables = process.env) =>
  parse(databaseVariables, variables).DATABASE_POOLER;

/** For migrations: their lock belongs to a session, which a pooler would give to others. */
export function directDatabaseUrl(name: SubgraphName, variables: Variables = process.env): string {
  if (databasePooler(variables)) {
    throw new EnvironmentError([
      'DATABASE_POOLER: migrations need the addresses of Postgres itself (docs/scaling.md)',
    ]);
  }
  return databaseUrl(name, variables);
}
