/**
 * Fetches from a subgraph over bounded connection pools. A subgraph that does not answer fails only its own fields, and at once while
 * its circuit breaker is open.
 */
import { PASSPORT_HEADER } from '@libs/auth/passport';
import { SHARES_HEADER } from '@libs/graphql/context';
import { unavailable } from '@libs/outcome/apiErrors';
import { PRIORITY, PRIORITY_HEADER } from '@libs/runtime/admission';
import { observeCall } from '@libs/runtime/callMetrics';
import { circuitBreaker } from '@libs/runtime/circuitBreaker';
import { IDLE_CONNECTION_MS } from '@libs/runtime/health';
import { TRACEPARENT_HEADER, traceparentOf } from '@libs/telemetry/trace';
import { parse } from 'graphql';
import { Pool } from 'undici';
import type { GatewayContext } from '../context.ts';
import { deduplicated, type EntityAnswer } from './representations.ts';
import { readAnswer } from './readAnswer.ts';
import type { SubgraphRoute } from './subgraphRoutes.ts';

/** For a fetch and its wait for a connection. The circuit breaker gives up unresponsive subgraphs sooner. */
const FETCH_TIMEOUT_MS = 10_000;
const UPSTREAM_CONNECT_TIMEOUT_MS = 2_000;
/** Connections to one subgraph for requests, and as many for subscriptions. */
const MAX_UPSTREAM_CONNECTIONS = 256;
/** Fetches of requests that may wait for a connection; more fail at once. */
const MAX_QUEUED_FETCHES = 256;
/** The same for subscriptions, which come in bursts: each event runs once per distinct operation. */
const MAX_QUEUED_SUBSCRIPTION_FETCHES = 2_000;
const MAX_RESPONSE_BYTES = 32 * 1024 * 1024;

type Fetch = { query?: string; variables?: Record<string, unknown>; operationName?: string | undefined };

export type SubgraphSource = {
  /** Never rejects: a fetch that fails has errors. */
  process(fetch: { request: Fetch; context: GatewayContext }): Promise<EntityAnswer>;
  /** Fetches waiting for an unresponsive subgraph. */
  stalled(): number;
  close(): Promise<void>;
};

/** The planner always writes the keyword. */
const isMutation = (query: string): boolean => query.startsWith('mutation');

/** The result of a failed fetch. The executor prefixes each path, so that the client sees which fields failed. */
function outage(fetch: Fetch, cause: unknown): EntityAnswer {
  const error = unavailable(cause);
  const isForEntities = fetch.variables?.['representations'] !== undefined;
  const errors = isForEntities
    ? [Object.assign(unavailable(cause), { path: [] })]
    : rootFieldsOf(fetch.query ?? '').map((field) => Object.assign(unavailable(cause), { path: [field] }));
  return { data: null, errors: errors.length > 0 ? errors : [error] };
}

function rootFieldsOf(query: string): string[] {
  const operation = parse(query).definitions.find((definition) => definition.kind === 'OperationDefinition');
  const fields = operation?.selectionSet.selections.filter((selection) => selection.kind === 'Field') ?? [];
  return fields.map((field) => field.alias?.value ?? field.name.value);
}

/** A subgraph refuses a passport before it executes anything, so the answer has no data. UNAUTHENTICATED of a field is about the caller. */
const isRefusedPassport = (answer: EntityAnswer | null): boolean =>
  answer?.data === undefined && answer?.errors?.[0]?.extensions?.['code'] === 'UNAUTHENTICATED';

/** Headers for Vaga's subgraphs. */
const ownHeaders = async (
  name: string,
  { passport, isSubscription, shares, userAgent }: GatewayContext,
): Promise<Record<string, string>> => ({
  ...(passport ? { [PASSPORT_HEADER]: await passport(name) } : {}),
  ...(userAgent ? { 'user-agent': userAgent } : {}),
  ...(shares ? { [SHARES_HEADER]: String(shares) } : {}),
  ...(isSubscription ? { [PRIORITY_HEADER]: PRIORITY } : {}),
});

/** The data source of the subgraph `name`. */
export function subgraphSource(
  name: string,
  { url, isForeign }: SubgraphRoute,
  timeoutMs: number = FETCH_TIMEOUT_MS,
): SubgraphSource {
  const { origin, pathname, search } = new URL(url);
  const options = {
    connections: MAX_UPSTREAM_CONNECTIONS,
    connectTimeout: UPSTREAM_CONNECT_TIMEOUT_MS,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    keepAliveTimeout: IDLE_CONNECTION_MS,
    keepAliveMaxTimeout: IDLE_CONNECTION_MS,
    maxResponseSize: MAX_RESPONSE_BYTES,
  };
  const pool = new Pool(origin, options);
  const livePool = new Pool(origin, options);
  const breaker = circuitBreaker(url);

  async function post(body: string, context: GatewayContext, signal: AbortSignal): Promise<EntityAnswer> {
    const { language, traceId, isSubscription } = context;
    const [connections, maxQueued] = isSubscription
      ? [livePool, MAX_QUEUED_SUBSCRIPTION_FETCHES]
      : [pool, MAX_QUEUED_FETCHES];
    const own = isForeign ? {} : await ownHeaders(name, context);
    if (connections.stats.queued > maxQueued) throw new Error('too many fetches are waiting');
    const answer = await connections.request({
      path: `${pathname}${search}`,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        [TRACEPARENT_HEADER]: traceparentOf(traceId),
        ...(language ? { 'accept-language': language } : {}),
        ...own,
      },
      body,
      signal,
    });
    const result = await readAnswer(answer, isForeign);
    // Refused under overload, before execution: the errors have no paths.
    if (answer.statusCode === 503) throw new Error(`${origin} is overloaded`);
    if (!isForeign && isRefusedPassport(result)) {
      throw new Error(`${origin} refuses the gateway's passports: keys or clocks of the two do not agree`);
    }
    if (result?.data === undefined && !result?.errors?.length)
      throw new Error(`HTTP ${answer.statusCode} without a result`);
    return result;
  }

  return {
    async process({ request, context }) {
      const { query = '', variables = {} } = request;
      try {
        const { variables: sent, restore } = deduplicated(variables, query);
        const body = JSON.stringify({ query, variables: sent, operationName: request.operationName });
        // Never aborts a mutation: whether it happens must not depend on the connection.
        const signal = isMutation(query) ? undefined : context.signal;
        const options = { timeoutMs, isRepeatable: !isMutation(query), signal };
        const answer = await observeCall(
          name,
          () => breaker.call((callSignal) => post(body, context, callSignal), options),
          signal,
        );
        return restore(answer);
      } catch (error) {
        return outage(request, error);
      }
    },
    stalled: breaker.stalled,
    async close() {
      breaker.close();
      await Promise.all([pool.close(), livePool.close()]);
    },
  };
}
