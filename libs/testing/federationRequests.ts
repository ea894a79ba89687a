/** Requests to a federation's gateway. */
import { PLATFORM_ADMIN } from './federationProcesses.ts';

export type GraphQLAnswer<T> = {
  data: T;
  errors?: { message: string; path?: (string | number)[]; extensions: { code: string; traceId: string } }[];
};

export type AskOptions = { token?: string | undefined; language?: string; headers?: Record<string, string> };

// Assertions check the shape of the responses.
// oxlint-disable-next-line typescript/no-explicit-any
type Anything = any;

export type FederationRequests = {
  /** The gateway: 'http://127.0.0.1:PORT'. */
  url: string;
  /** Resolves to the response even if it has errors. */
  ask<T = Anything>(
    query: string,
    variables?: Record<string, unknown>,
    options?: AskOptions,
  ): Promise<GraphQLAnswer<T>>;
  /** Rejects if the response has errors. */
  data<T = Anything>(query: string, variables?: Record<string, unknown>, options?: AskOptions): Promise<T>;
  /** Returns an access token, by default the platform administrator's. */
  signIn(who?: { domain?: string; email: string; password: string }): Promise<string>;
};

export function federationRequests(gatewayPort: number): FederationRequests {
  const url = `http://127.0.0.1:${gatewayPort}`;
  const requests: FederationRequests = {
    url,
    async ask(query, queryVariables = {}, { token, language = 'en', headers = {} } = {}) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'accept-language': language,
          ...(token ? { authorization: `Bearer ${token}` } : {}),
          ...headers,
        },
        body: JSON.stringify({ query, variables: queryVariables }),
      });
      return (await response.json()) as GraphQLAnswer<never>;
    },
    async data(query, queryVariables, options) {
      const { data, errors } = await requests.ask(query, queryVariables, options);
      if (errors) throw new Error(`${query}\n${JSON.stringify(errors, null, 2)}`);
      return data;
    },
    async signIn(who = PLATFORM_ADMIN) {
      const { signIn } = await requests.data(
        'mutation ($input: SignInInput!) { signIn(input: $input) { session { accessToken } userErrors { code message } } }',
        { input: who },
      );
      if (!signIn.session) throw new Error(`sign-in failed: ${JSON.stringify(signIn.userErrors)}`);
      return signIn.session.accessToken;
    },
  };
  return requests;
}
