/** The context of every resolver; each subgraph adds its database and loaders. */
import type { Caller } from '@libs/auth/caller';
import type { Language } from '@libs/outcome/messages';
import type { Log } from '@libs/telemetry/log';
import type { Temporal } from 'temporal-polyfill';

/** Carries `shares` (below) as a decimal number. It can only lower a limit, so it needs no signature. */
export const SHARES_HEADER = 'x-vaga-shares';

export type RequestContext = {
  caller: Caller;
  /** The clock, read once per request. */
  now: Temporal.Instant;
  /** The language of Accept-Language; undefined if we have none of those. */
  language: Language | undefined;
  /** The language of a tenant's locale; never throws. */
  languageOfTenant(tenantId: string): Promise<Language>;
  traceId: string;
  log: Log;
  /** Aborted when the caller disconnects; undefined for events of subscriptions. */
  signal?: AbortSignal | undefined;
  /** How many fetches, including this one, share the limits of one client request; undefined means one. */
  shares?: number | undefined;
  /** Whether errors omit GraphQL's suggestions of names from the schema. */
  hidesSuggestions?: boolean | undefined;
  /** The resume token of a resumed subscription (see `serveSubgraphSubscriptions.ts`). */
  resumeCursor?: string | undefined;
};

/** A request's metadata: in headers over HTTP, in `extensions` over WebSocket. */
export type RequestCredentials = {
  passport?: string | undefined;
  /** 'Bearer …'; used in development only. */
  authorization?: string | undefined;
  traceparent?: string | undefined;
  acceptLanguage?: string | undefined;
};
