/** What every resolver of every subgraph is given; a subgraph's own context adds its database and loaders. */
import type { Caller } from '@libs/auth/caller';
import type { Language } from '@libs/outcome/messages';
import type { Log } from '@libs/telemetry/log';
import type { Temporal } from 'temporal-polyfill';

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
  /** Of a subscription that is taken up again: the token that came with the last event (see `serveSubscriptions.ts`). */
  resume?: string | undefined;
};

/** What a request brings beside its operation: in headers over HTTP, in `extensions` over WebSocket. */
export type Brought = {
  passport?: string | undefined;
  /** 'Bearer …'; heeded in development only. */
  authorization?: string | undefined;
  traceparent?: string | undefined;
  acceptLanguage?: string | undefined;
};
