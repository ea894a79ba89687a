import { EnvironmentError, flag, port, readEnv, seconds } from '@libs/runtime/env';
import { z } from 'zod';
import { MAX_SILENT_SOCKETS_PER_NETWORK } from './subscriptions/transport/connectionLimits.ts';

/** Per minute and client address: enough for a test run, or for an office behind one address. */
const SIGN_INS_PER_MINUTE = { development: 6_000, production: 60 };

const list = (text: string): string[] => text.split(',').map((item) => item.trim());

/** As browsers send it: scheme, host and port only (RFC 6454 §6.2). */
const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text;

const gatewayVariables = {
  GATEWAY_PORT: port(4000),
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
  /** How long browsers cache preflight responses. */
  CORS_MAX_AGE: seconds(600),
  SIGN_INS_PER_MINUTE: z.coerce.number().int().min(1).max(1_000_000).optional(),
  /** Subscriptions per user, or per network without a session, to one gateway. */
  CONNECTIONS_PER_USER: z.coerce.number().int().min(1).max(1_000_000).default(100),
  /** WebSockets per network to one gateway that have not sent connection_init. */
  SILENT_CONNECTIONS_PER_NETWORK: z.coerce
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .default(MAX_SILENT_SOCKETS_PER_NETWORK),
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
  const origins = env.CORS_ORIGINS ?? ['*'];
  if (env.CORS_ALLOW_CREDENTIALS && origins.includes('*')) {
    throw new EnvironmentError([
      'CORS_ALLOW_CREDENTIALS: not allowed with any origin (*); list the origins in CORS_ORIGINS',
    ]);
  }
  return {
    ...env,
    cors: { origins, allowsCredentials: env.CORS_ALLOW_CREDENTIALS, maxAgeSeconds: env.CORS_MAX_AGE },
    signInsPerMinute: env.SIGN_INS_PER_MINUTE ?? SIGN_INS_PER_MINUTE[env.ENVIRONMENT],
  };
}

export type CorsSettings = ReturnType<typeof readGatewayEnv>['cors'];
