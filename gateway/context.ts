/** What the gateway knows of one request: who asks, in which language, under which trace id, from where. */
import type { Caller } from '@libs/auth/caller';
import type { ApiError } from '@libs/outcome/apiErrors';
import type { Language } from '@libs/outcome/messages';
import type { Log } from '@libs/telemetry/log';

export type GatewayContext = {
  caller: Caller;
  /** What subgraphs are shown; undefined where the request is refused. */
  passport: string | undefined;
  /** Why nothing of the request may run: its token is not good, or nobody can tell. */
  refusal: ApiError | undefined;
  /** What Accept-Language asks for; undefined where it names none of ours. */
  language: Language | undefined;
  traceId: string;
  /** The client's address; a proxy's only where it is not a trusted one. */
  ip: string;
  /** Whether it is of a subscription: what those ask of subgraphs is not refused under overload. */
  isLive?: boolean;
  log: Log;
  /** Aborted when the client has gone before its answer; undefined for subscriptions. */
  signal?: AbortSignal | undefined;
  /** Fetches of the operation's plan that share the limits of one request, once it has been measured. */
  shares?: number | undefined;
  /** Whether messages may name parts of the schema that the client did not name. */
  hidesSuggestions?: boolean | undefined;
};
