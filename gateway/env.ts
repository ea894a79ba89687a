import { EnvironmentError, flag, integer, optionalPort, port, readEnv, seconds } from '@libs/runtime/env';
import { z } from 'zod';
import { DOCUMENT_MODES } from './documents/trustedDocuments.ts';
import { MAX_SILENT_SOCKETS_PER_NETWORK } from './subscriptions/transport/connectionLimits.ts';

/** Per minute and client address: enough for a test run, or for an office behind one address. */
const SIGN_INS_PER_MINUTE = { development: 6_000, production: 60 };

/** Points per minute; see limits/rateLimits.ts. */
const RATE_LIMITS = {
  development: { address: 600_000, user: 300_000, key: 1_200_000, tenant: 3_000_000 },
  production: { address: 6_000, user: 3_000, key: 12_000, tenant: 30_000 },
};
const MAX_RATE_LIMIT = 1_000_000_000;
const points = () => integer(1, MAX_RATE_LIMIT).optional();

const list = (text: string): string[] => text.split(',').map((item) => item.trim());

/** As browsers send it: scheme, host and port only (RFC 6454 §6.2). */
const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text;

const gatewayVariables = {
  GATEWAY_PORT: port(4000),
  GATEWAY_METRICS_PORT: optionalPort(),
  /** A supergraph with foreign subgraphs, served instead of Vaga's own. */
  SUPERGRAPH_FILE: z.string().optional(),
  /** Comma-separated; '*' is any. Default: any in development; required in production. */
  CORS_ORIGINS: z
    .string()
    .transform(list)
    .refine(
      (origins) => origins.every((origin) => origin === '*' || isOrigin(origin)),
      'expected origins such as https://example.com, or *',
    )
    .optional(),
  CORS_ALLOW_CREDENTIALS: flag(false),
  TRUSTED_DOCUMENTS: z.enum(DOCUMENT_MODES).default('off'),
  /** Comma-separated manifests. */
  TRUSTED_DOCUMENTS_FILES: z.string().transform(list).optional(),
  /** How long browsers cache preflight responses. */
  CORS_MAX_AGE: seconds(600),
  SIGN_INS_PER_MINUTE: integer(1, 1_000_000).optional(),
  RATE_LIMIT_ADDRESS: points(),
  RATE_LIMIT_USER: points(),
  RATE_LIMIT_KEY: points(),
  RATE_LIMIT_TENANT: points(),
  /** Subscriptions per user, or per network without a session, to one gateway. */
  CONNECTIONS_PER_USER: integer(1, 1_000_000).default(100),
  /** WebSockets per network to one gateway that have not sent connection_init. */
  SILENT_CONNECTIONS_PER_NETWORK: integer(1, 1_000_000).default(MAX_SILENT_SOCKETS_PER_NETWORK),
  /** Comma-separated addresses or networks whose X-Forwarded-For is trusted. Default: none. */
  TRUSTED_PROXIES: z
    .string()
    .transform(list)
    .refine((proxies) => proxies.every(isNetwork), 'expected IP addresses or networks such as 10.0.0.0/8')
    .optional(),
  /** Suggested by the landing page in development. */
  PLATFORM_ADMIN_EMAIL: z.email().optional(),
};

function isNetwork(text: string): boolean {
  const [address = '', bits] = text.split('/');
  const isV4 = z.ipv4().safeParse(address).success;
  if (!isV4 && !z.ipv6().safeParse(address).success) return false;
  return bits === undefined || (/^\d+$/.test(bits) && Number(bits) <= (isV4 ? 32 : 128));
}

/** Throws EnvironmentError. */
export function readGatewayEnv(variables?: Record<string, string | undefined>) {
  const env = readEnv(gatewayVariables, variables);
  if (env.ENVIRONMENT === 'production' && !env.CORS_ORIGINS) {
    throw new EnvironmentError(['CORS_ORIGINS: production requires the origins of its frontends']);
  }
  if (env.TRUSTED_DOCUMENTS !== 'off' && !env.TRUSTED_DOCUMENTS_FILES) {
    throw new EnvironmentError([
      'TRUSTED_DOCUMENTS_FILES: TRUSTED_DOCUMENTS needs the manifests of its documents',
    ]);
  }
  const origins = env.CORS_ORIGINS ?? ['*'];
  if (env.CORS_ALLOW_CREDENTIALS && origins.includes('*')) {
    throw new EnvironmentError([
      'CORS_ALLOW_CREDENTIALS: not allowed with any origin (*); list the origins in CORS_ORIGINS',
    ]);
  }
  return {
    ...env,
    cors: { origins, allowsCredentials: env.CORS_ALLOW_CREDENTIALS, maxAgeSeconds: env.CORS_MAX_AGE },
    rateLimits: {
      address: env.RATE_LIMIT_ADDRESS ?? RATE_LIMITS[env.ENVIRONMENT].address,
      user: env.RATE_LIMIT_USER ?? RATE_LIMITS[env.ENVIRONMENT].user,
      key: env.RATE_LIMIT_KEY ?? RATE_LIMITS[env.ENVIRONMENT].key,
      tenant: env.RATE_LIMIT_TENANT ?? RATE_LIMITS[env.ENVIRONMENT].tenant,
    },
    signInsPerMinute: env.SIGN_INS_PER_MINUTE ?? SIGN_INS_PER_MINUTE[env.ENVIRONMENT],
  };
}

export type CorsSettings = ReturnType<typeof readGatewayEnv>['cors'];
