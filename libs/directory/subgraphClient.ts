/** Queries to another subgraph: GraphQL over HTTP with a service passport. */
import type { Passports } from '@libs/auth/passport';
import { PASSPORT_HEADER, reusablePassport } from '@libs/auth/passport';
import { unavailable } from '@libs/outcome/apiErrors';
import { PRIORITY, PRIORITY_HEADER } from '@libs/runtime/admission';
import { observeCall } from '@libs/runtime/callMetrics';
import { circuitBreaker } from '@libs/runtime/circuitBreaker';
import { IDLE_CONNECTION_MS } from '@libs/runtime/health';
import { activeTraceparent } from '@libs/telemetry/trace';
import type { Readable } from 'node:stream';
import { Pool } from 'undici';

/** Timeout of a query; the circuit breaker gives up sooner on a silent subgraph. */
export const SUBGRAPH_TIMEOUT_MS = 8_000;
const CONNECT_TIMEOUT_MS = 2_000;
/** Time without a byte for which the reader waits: longer than any statement may take. */
const ROWS_SILENCE_MS = 30_000;
const MAX_CLIENT_CONNECTIONS = 16;
/** The path of the endpoint beside /graphql. */
export const TENANT_ROWS_PATH = '/tenant-rows';
export type SubgraphClient = {
  /**
   * The response's `data`; SERVICE_UNAVAILABLE on errors or a timeout. Queries only: a failed connection is retried once, since a
   * restarting subgraph closes idle ones.
   */
  query<T>(query: string, variables: Record<string, unknown>): Promise<T>;
  /** Entities by id (federation's `_entities`), in the order of `ids`, null if missing. `fields` is a selection on `type`. */
  entities<T>(type: string, fields: string, ids: readonly string[]): Promise<(T | null)[]>;
  close(): Promise<void>;
};

export type TenantRows = {
  /**
   * What the subgraph's database has of a tenant, as JSON Lines of any length; SERVICE_UNAVAILABLE unless it answers. What is not complete
   * ends with an error, as does everything when `signal` aborts. Only the gateway may ask.
   */
  tenantRows(tenantId: string, signal: AbortSignal): Promise<Readable>;
};

type Answer = { data?: unknown; errors?: { extensions?: unknown }[] };

/** A client of the subgraph `audience` at `url`, used by the process `name`. */
export function subgraphClient(
  url: string,
  options: { name: string; audience: string; passports: Pick<Passports, 'mint'> },
): SubgraphClient & TenantRows {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, {
    connections: MAX_CLIENT_CONNECTIONS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    headersTimeout: SUBGRAPH_TIMEOUT_MS,
    bodyTimeout: SUBGRAPH_TIMEOUT_MS,
    keepAliveTimeout: IDLE_CONNECTION_MS,
    keepAliveMaxTimeout: IDLE_CONNECTION_MS,
  });
  const breaker = circuitBreaker(url);

  const ownPassport = reusablePassport(options.passports, { kind: 'service', name: options.name });

  async function post(body: string, passport: string, signal: AbortSignal): Promise<Answer> {
    const answer = await pool.request({
      path: pathname,
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        [PASSPORT_HEADER]: passport,
        [PRIORITY_HEADER]: PRIORITY,
        ...activeTraceparent(),
      },
      body,
      signal,
    });
    return (await answer.body.json()) as Answer;
  }

  async function sendQuery<T>(query: string, variables: Record<string, unknown>): Promise<T> {
    const body = JSON.stringify({ query, variables });
    try {
      const passport = await ownPassport(options.audience);
      const { data, errors } = await observeCall(options.audience, () =>
        breaker.call((signal) => post(body, passport, signal), {
          timeoutMs: SUBGRAPH_TIMEOUT_MS,
          isRepeatable: true,
        }),
      );
      // Messages may quote variables, such as a session id: log only codes and trace ids.
      const codes = JSON.stringify(errors?.map(({ extensions }) => extensions));
      if (errors?.length || !data) throw new Error(`${origin}: ${codes}`);
      return data as T;
    } catch (error) {
      throw unavailable(error);
    }
  }

  async function tenantRows(tenantId: string, signal: AbortSignal): Promise<Readable> {
    try {
      const headers = { [PASSPORT_HEADER]: await ownPassport(options.audience), ...activeTraceparent() };
      const path = `${TENANT_ROWS_PATH}?tenant=${tenantId}`;
      const send = (aborted: AbortSignal) =>
        pool.request({ path, method: 'GET', headers, bodyTimeout: ROWS_SILENCE_MS, signal: aborted });
      const { statusCode, body } = await breaker.call(send, {
        timeoutMs: SUBGRAPH_TIMEOUT_MS,
        isRepeatable: true,
        signal,
      });
      if (statusCode === 200) return body;
      await body.dump();
      throw new Error(`${origin} answered ${statusCode}`);
    } catch (error) {
      throw unavailable(error);
    }
  }

  return {
    query: sendQuery,
    tenantRows,
    async entities<T>(type: string, fields: string, ids: readonly string[]) {
      const query = `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on ${type} ${fields} } }`;
      const representations = ids.map((id) => ({ __typename: type, id }));
      return (await sendQuery<{ _entities: (T | null)[] }>(query, { representations }))._entities;
    },
    close() {
      breaker.close();
      return pool.close();
    },
  };
}
