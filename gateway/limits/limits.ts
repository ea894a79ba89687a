/**
 * Limits of one request, checked before planning: the planner has no limit of its own, and a document of a thousand characters can
 * occupy it for minutes.
 */
import type { ApolloServerPlugin } from '@apollo/server';
import { ApiError, badUserInput } from '@libs/outcome/apiErrors';
import type { GatewayContext } from '../context.ts';
import { refuseRequest } from '../errors.ts';
import { queryCost, type QueryCost } from './queryCost.ts';
import type { SignInLimiter } from './signInLimiter.ts';

/** The largest request body, in bytes: several times the contract's largest input. */
export const MAX_REQUEST_BODY_BYTES = 256 * 1024;
/** The longest document, in lexical tokens. Sandbox's introspection has about 450. */
export const MAX_DOCUMENT_TOKENS = 4_000;

/**
 * The costliest operation. A walk from a tenant over its resources and bookings to users is well below; the worst that is allowed
 * (thirty aliased bookings with all their people) takes the planner a few hundred milliseconds, once.
 */
export const MAX_QUERY_COST: QueryCost = {
  depth: 16,
  fields: 1_000,
  aliases: 30,
  directives: 50,
  objects: 35_000,
  passwordChecks: 5,
  signIns: 5,
  sessionChanges: 5,
  // The longest range (62 days) for a page of resources of the default size (50).
  availabilityDays: 3_100,
  availabilityFetches: 100,
};

const tooComplex = (): ApiError => new ApiError('QUERY_TOO_COMPLEX', 'api.tooComplex');

/** Whether any cost exceeds its limit. */
export const isTooComplex = (cost: QueryCost): boolean =>
  (Object.keys(MAX_QUERY_COST) as (keyof QueryCost)[]).some((key) => cost[key] > MAX_QUERY_COST[key]);

/**
 * Refuses requests: with the context's refusal if the token is not valid; with BAD_USER_INPUT if there is no operation to run or it is
 * a subscription; with QUERY_TOO_COMPLEX above MAX_QUERY_COST; with RATE_LIMITED above the rates of signInLimiter.ts.
 */
export function limitsPlugin(signIns: SignInLimiter): ApolloServerPlugin<GatewayContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ schema, document, operation, request, contextValue }) {
          const accept = request.http?.headers.get('accept');
          if (contextValue.refusal) throw refuseRequest(contextValue.refusal, accept);
          if (!operation) throw refuseRequest(badUserInput('api.operationUnknown'), accept);
          if (operation.operation === 'subscription') {
            throw refuseRequest(badUserInput('api.subscriptionElsewhere'), accept);
          }
          const cost = queryCost(schema, document, operation, request.variables ?? {});
          if (isTooComplex(cost)) throw refuseRequest(tooComplex(), accept);
          contextValue.shares = Math.max(1, cost.availabilityFetches);
          const retryAfterSeconds = await signIns.consume(contextValue, cost);
          if (retryAfterSeconds > 0) {
            const limited = new ApiError('RATE_LIMITED', 'api.rateLimited');
            throw refuseRequest(limited, accept, { 'retry-after': String(retryAfterSeconds) });
          }
        },
      };
    },
  };
}
