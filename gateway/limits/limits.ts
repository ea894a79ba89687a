/** Limits of a request, checked before planning: a thousand characters can occupy the planner for minutes. */
import type { ApolloServerPlugin, GraphQLResponse } from '@apollo/server';
import { MAX_DOCUMENT_COMMENTS } from '@libs/graphql/requestDepth';
import { ApiError, badUserInput, rateLimited } from '@libs/outcome/apiErrors';
import type { ParseOptions } from 'graphql';
import type { GatewayContext } from '../context.ts';
import { refuseRequest } from '../errors.ts';
import { recordClass } from '../recordOperations.ts';
import type { ForeignFields } from './foreignFields.ts';
import { queryCost, type QueryCost } from './queryCost.ts';
import { pointsOf, type RateLimiter } from './rateLimits.ts';
import type { SignInLimiter } from './signInLimiter.ts';

/** Many times the usual input, and a resource's overrides of a year with twenty ranges a day. */
export const MAX_REQUEST_BODY_BYTES = 256 * 1024;
/** In lexical tokens; Sandbox's introspection has about 450. */
const MAX_DOCUMENT_TOKENS = 4_000;
export const CLIENT_PARSE_OPTIONS: ParseOptions = {
  maxTokens: MAX_DOCUMENT_TOKENS,
  maxComments: MAX_DOCUMENT_COMMENTS,
};

/**
 * A walk from a tenant over resources and bookings to users costs far less. The worst allowed (thirty aliased bookings with all their
 * people) takes a few hundred milliseconds to plan, once.
 */
export const MAX_QUERY_COST: QueryCost = {
  depth: 16,
  fields: 1_000,
  aliases: 30,
  directives: 50,
  objects: 35_000,
  mutations: 100,
  passwordChecks: 5,
  signIns: 5,
  sessionChanges: 5,
  // The answers of all mutations of a request are in memory together.
  personalExports: 1,
  // 62 days for a page of 50 resources.
  availabilityDays: 3_100,
  slotDays: 31_000,
  availabilityFetches: 100,
};

const tooComplex = (): ApiError => new ApiError('QUERY_TOO_COMPLEX', 'api.tooComplex');

export const isTooComplex = (cost: QueryCost): boolean =>
  (Object.keys(MAX_QUERY_COST) as (keyof QueryCost)[]).some((key) => cost[key] > MAX_QUERY_COST[key]);

/**
 * Refuses a request: with its context's refusal; without an operation to run with BAD_USER_INPUT; above MAX_QUERY_COST with
 * QUERY_TOO_COMPLEX; above the rates of rateLimits.ts and signInLimiter.ts with RATE_LIMITED. A refused document counts with the time that it took.
 */
export function limitsPlugin(
  rates: RateLimiter,
  signIns: SignInLimiter,
  foreignFields: ForeignFields,
): ApolloServerPlugin<GatewayContext> {
  return {
    async requestDidStart() {
      const startedMs = performance.now();
      let isCounted = false;
      const addHeaders = (context: GatewayContext, { http }: Pick<GraphQLResponse, 'http'>): void => {
        for (const [name, value] of Object.entries(rates.headersOf(context))) http.headers.set(name, value);
      };
      return {
        async didResolveOperation({ schema, document, operation, request, response, contextValue }) {
          const accept = request.http?.headers.get('accept');
          if (contextValue.refusal) throw refuseRequest(contextValue.refusal, accept);
          if (!operation) throw refuseRequest(badUserInput('api.operationUnknown'), accept);
          if (operation.operation === 'subscription') {
            throw refuseRequest(badUserInput('api.subscriptionElsewhere'), accept);
          }
          const cost = queryCost(schema, document, operation, request.variables ?? {}, foreignFields);
          recordClass(contextValue.record, cost);
          if (isTooComplex(cost)) throw refuseRequest(tooComplex(), accept);
          contextValue.shares = Math.max(1, cost.availabilityFetches);
          isCounted = true;
          const rate = rates.consume(contextValue, pointsOf(cost));
          const retryAfterSeconds = rate.retryAfterSeconds || (await signIns.consume(contextValue, cost));
          addHeaders(contextValue, response);
          if (retryAfterSeconds > 0) {
            await rates.slowDown(contextValue);
            throw refuseRequest(rateLimited(retryAfterSeconds), accept);
          }
          if (rate.delayMs > 0) await contextValue.pause(rate.delayMs);
        },
        async didEncounterErrors({ response, contextValue }) {
          // Where sessions cannot be looked up, it is not the client's doing.
          if (isCounted || contextValue.refusal?.code === 'SERVICE_UNAVAILABLE') return;
          isCounted = true;
          rates.charge(contextValue, performance.now() - startedMs);
          addHeaders(contextValue, response);
        },
      };
    },
  };
}
