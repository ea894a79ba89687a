/** The context of every resolver; each subgraph adds its database and loaders. */
import { tenantIdOf, type Caller } from '@libs/auth/caller';
import { DEFAULT_LANGUAGE, type Language } from '@libs/outcome/messages';
import type { RequestRecord } from '@libs/runtime/requests';
import type { Log } from '@libs/telemetry/log';
import type { Temporal } from 'temporal-polyfill';
import type { SerializedValues } from './serializedJson.ts';

/** The header with `shares` (below) in decimal. Unsigned, because it can only lower a limit. */
export const SHARES_HEADER = 'x-vaga-shares';

/** Real ones have up to 300. */
const MAX_USER_AGENT_CHARACTERS = 300;

/** A User-Agent header in printable ASCII, cut to MAX_USER_AGENT_CHARACTERS; undefined if nothing is left. */
export const userAgentOf = (header: string | undefined): string | undefined =>
  header
    ?.replaceAll(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, MAX_USER_AGENT_CHARACTERS) || undefined;

export type RequestContext = {
  caller: Caller;
  /** The clock, read once per request. */
  now: Temporal.Instant;
  /** The language of Accept-Language; undefined if unsupported. */
  language: Language | undefined;
  /** The language of the tenant's locale; never throws. */
  languageOfTenant(tenantId: string): Promise<Language>;
  traceId: string;
  log: Log;
  /** Aborted when the caller disconnects; undefined for events of subscriptions. */
  signal?: AbortSignal | undefined;
  /** For logs and metrics; undefined for events of subscriptions. */
  record?: RequestRecord | undefined;
  /** The client's User-Agent (`userAgentOf`). */
  userAgent?: string | undefined;
  /** Fetches that share one client request's limits, including this one; undefined means one. */
  shares?: number | undefined;
  /** Whether errors omit suggestions of names from the schema. */
  hidesSuggestions?: boolean | undefined;
  /** Where resolvers put what they have written as JSON; undefined where an answer is not sent over HTTP. */
  written?: SerializedValues | undefined;
  /** A subscription's resume token (`serveSubgraphSubscriptions.ts`). */
  resumeCursor?: string | undefined;
};

/** Accept-Language, else the tenant's, else that of the caller's tenant. */
export async function languageFor(
  ctx: Pick<RequestContext, 'language' | 'languageOfTenant' | 'caller'>,
  tenantId: string | undefined = tenantIdOf(ctx.caller),
): Promise<Language> {
  if (ctx.language) return ctx.language;
  return tenantId ? ctx.languageOfTenant(tenantId) : DEFAULT_LANGUAGE;
}

/** Sent in headers over HTTP, in `extensions` over WebSocket. */
export type RequestCredentials = {
  passport?: string | undefined;
  /** 'Bearer …'; used in development only. */
  authorization?: string | undefined;
  traceparent?: string | undefined;
  acceptLanguage?: string | undefined;
};
