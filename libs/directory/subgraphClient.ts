/** How one subgraph asks another: GraphQL over HTTP, with a passport of its own, bounded in time. */
import type { Passports } from '@libs/auth/passport';
import { PASSPORT_HEADER, reusablePassport } from '@libs/auth/passport';
import { unavailable } from '@libs/outcome/apiErrors';
import { PRIORITY, PRIORITY_HEADER } from '@libs/runtime/admission';
import { circuitBreaker } from '@libs/runtime/circuitBreaker';
import { Pool } from 'undici';

/** How long a neighbour that lives may take to answer, in milliseconds. One that answers nothing at all is left sooner (libs/runtime/circuitBreaker.ts). */
export const SUBGRAPH_TIMEOUT_MS = 8_000;
/** How long a connection may take, in milliseconds. */
export const CONNECT_TIMEOUT_MS = 2_000;
/** Connections to one neighbour. */
export const MAX_CLIENT_CONNECTIONS = 16;

export type SubgraphClient = {
  /**
   * The answer's `data`; SERVICE_UNAVAILABLE where none comes in time or it carries errors. Queries only: one whose connection failed is
   * sent once more, since a neighbour that restarts has closed its idle connections. What timed out is not.
   */
  query<T>(query: string, variables: Record<string, unknown>): Promise<T>;
  /**
   * Entities by id (federation's `_entities`), in the order of `ids`; null for those that do not exist. `fields` is a
   * selection on `type`.
   */
  entities<T>(type: string, fields: string, ids: readonly string[]): Promise<(T | null)[]>;
  close(): Promise<void>;
};

type Answer = { data?: unknown; errors?: { extensions?: unknown }[] };

/** A neighbour at `url` (its /graphql), asked in the name of the subgraph `name`. */
export function subgraphClient(url: string, options: { name: string; passports: Passports }): SubgraphClient {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, {
    connections: MAX_CLIENT_CONNECTIONS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    headersTimeout: SUBGRAPH_TIMEOUT_MS,
    bodyTimeout: SUBGRAPH_TIMEOUT_MS,
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
      },
      body,
      signal,
    });
    return (await answer.body.json()) as Answer;
  }

  async function sendQuery<T>(query: string, variables: Record<string, unknown>): Promise<T> {
    const body = JSON.stringify({ query, variables });
    try {
      const passport = await ownPassport();
      const { data, errors } = await breaker.call((signal) => post(body, passport, signal), {
        timeoutMs: SUBGRAPH_TIMEOUT_MS,
        isRepeatable: true,
      });
      // Only codes and trace ids go to the log: a message may quote a variable, such as a session's id.
      const codes = JSON.stringify(errors?.map(({ extensions }) => extensions));
      if (errors?.length || !data) throw new Error(`${origin}: ${codes}`);
      return data as T;
    } catch (error) {
      throw unavailable(error);
    }
  }

  return {
    query: sendQuery,
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
