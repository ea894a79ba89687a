import type { Caller } from '@libs/auth/caller';
import type { ApiError } from '@libs/outcome/apiErrors';
import type { Language } from '@libs/outcome/messages';
import type { Log } from '@libs/telemetry/log';

export type GatewayContext = {
  caller: Caller;
  /** Sent to subgraphs; undefined if the request is refused. */
  passport: string | undefined;
  /** Why the request is refused: a session that cannot be looked up, or for subscriptions an invalid token. */
  refusal: ApiError | undefined;
  /** Why the caller is anonymous in spite of a token. */
  deniedSession?: ApiError | undefined;
  /** From Accept-Language; undefined if unsupported. */
  language: Language | undefined;
  traceId: string;
  /** The client's address, as trusted proxies report it. */
  ip: string;
  /** Whether it is a subscription, whose fetches have priority under overload. */
  isSubscription?: boolean;
  log: Log;
  /** Aborted when the client disconnects; undefined for subscriptions. */
  signal?: AbortSignal | undefined;
  /** Fetches of the plan that share one request's limits; undefined until measured. */
  shares?: number | undefined;
  /** Whether messages omit schema names that the client did not send. */
  hidesSuggestions?: boolean | undefined;
};
