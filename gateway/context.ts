/** What the gateway knows of one request. */
import type { Caller } from '@libs/auth/caller';
import type { ApiError } from '@libs/outcome/apiErrors';
import type { Language } from '@libs/outcome/messages';
import type { Log } from '@libs/telemetry/log';

export type GatewayContext = {
  caller: Caller;
  /** Sent to subgraphs; undefined if the request is refused. */
  passport: string | undefined;
  /** Why the whole request is refused: its token is not valid, or its session cannot be looked up. */
  refusal: ApiError | undefined;
  /** From Accept-Language; undefined if it has none of ours. */
  language: Language | undefined;
  traceId: string;
  /** The client's address: behind trusted proxies, the one that they report. */
  ip: string;
  /** Whether this is a subscription: its fetches have priority under overload. */
  isLive?: boolean;
  log: Log;
  /** Aborted if the client disconnects before its answer; undefined for subscriptions. */
  signal?: AbortSignal | undefined;
  /** How many fetches of the query plan share the limits of one request; undefined until the query is measured. */
  shares?: number | undefined;
  /** Whether messages omit names of the schema that the client did not send. */
  hidesSuggestions?: boolean | undefined;
};
