/** What every resolver of every subgraph is given; a subgraph's own context adds its database and loaders. */
import type { Caller } from '@libs/auth/caller';
import type { Language } from '@libs/outcome/messages';
import type { Log } from '@libs/telemetry/log';
import type { Temporal } from 'temporal-polyfill';

/**
 * Tells a subgraph how many fetches of one client request may each use up a limit that holds for the whole request (`shares`
 * below), as a decimal number. It can only lower a limit, so it needs no signature.
 */
export const SHARES_HEADER = 'x-vaga-shares';

export type RequestContext = {
  caller: Caller;
  /** The clock, read once per request. */
  now: Temporal.Instant;
  /** What Accept-Language asks for; undefined where it names none of ours. */
  language: Language | undefined;
  /** The language of a tenant's locale; never throws. */
  languageOfTenant(tenantId: string): Promise<Language>;
  traceId: string;
  log: Log;
  /** Aborted when the caller has gone and nobody reads the answer; undefined for events of subscriptions. */
  signal?: AbortSignal | undefined;
  /** How many fetches share the limits of one client request, this one included; undefined: only this one. */
  shares?: number | undefined;
  /** Whether messages may name parts of the schema that the client did not name. */
  hidesSuggestions?: boolean | undefined;
  /** Of a subscription that is taken up again: the token that came with the last event (see `serveSubgraphSubscriptions.ts`). */
  resumeCursor?: string | undefined;
};

/** What a request brings beside its operation: in headers over HTTP, in `extensions` over WebSocket. */
export type RequestCredentials = {
  passport?: string | undefined;
  /** 'Bearer …'; heeded in development only. */
  authorization?: string | undefined;
  traceparent?: string | undefined;
  acceptLanguage?: string | undefined;
};
