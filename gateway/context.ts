import type { Caller } from '@libs/auth/caller';
import type { ReusablePassport } from '@libs/auth/passport';
import type { ApiError } from '@libs/outcome/apiErrors';
import type { Language } from '@libs/outcome/messages';
import type { RequestRecord } from '@libs/runtime/requests';
import type { Log } from '@libs/telemetry/log';

export type GatewayContext = {
  caller: Caller;
  /** The passport for a subgraph of ours; undefined if the request is refused. */
  passport: ReusablePassport | undefined;
  /** Why the request is refused: a session that cannot be looked up, or for subscriptions an invalid token. */
  refusal: ApiError | undefined;
  /** Why the caller is anonymous in spite of a token. */
  deniedSession?: ApiError | undefined;
  /** From Accept-Language; undefined if unsupported. */
  language: Language | undefined;
  traceId: string;
  /** In the form of `userAgentOf`. */
  userAgent?: string | undefined;
  /** The client's address, as trusted proxies report it. */
  ip: string;
  /** Whether it is a subscription, whose fetches have priority under overload. */
  isSubscription?: boolean;
  log: Log;
  /** Waits, without counting as one of the requests that are served at once. */
  pause: (ms: number) => Promise<void>;
  /** For logs and metrics; undefined for subscriptions. */
  record?: RequestRecord | undefined;
  /** Aborted when the client disconnects; undefined for subscriptions. */
  signal?: AbortSignal | undefined;
  /** Fetches of the plan that share one request's limits; undefined until measured. */
  shares?: number | undefined;
  /** Whether messages omit schema names that the client did not send. */
  hidesSuggestions?: boolean | undefined;
};
