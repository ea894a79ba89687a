/** Limits of a request, checked before planning: a thousand characters can occupy the planner for minutes. */
import type { ApolloServerPlugin } from '@apollo/server';
import { ApiError, badUserInput } from '@libs/outcome/apiErrors';
import type { GatewayContext } from '../context.ts';
import { refuseRequest } from '../errors.ts';
import type { ForeignFields } from './foreignFields.ts';
import { queryCost, type QueryCost } from './queryCost.ts';
import type { SignInLimiter } from './signInLimiter.ts';

/** Several times the contract's largest input. */
export const MAX_REQUEST_BODY_BYTES = 256 * 1024;
/** In lexical tokens; Sandbox's introspection has about 450. */
export const MAX_DOCUMENT_TOKENS = 4_000;

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
  passwordChecks: 5,
  signIns: 5,
  sessionChanges: 5,
  // 62 days for a page of 50 resources.
  availabilityDays: 3_100,
  availabilityFetches: 100,
};

const tooComplex = (): ApiError => new ApiError('QUERY_TOO_COMPLEX', 'api.tooComplex');

export const isTooComplex = (cost: QueryCost): boolean =>
  (Object.keys(MAX_QUERY_COST) as (keyof QueryCost)[]).some((key) => cost[key] > MAX_QUERY_COST[key]);

/**
 * Refuses a request: with its context's refusal; without an operation to run with BAD_USER_INPUT; above MAX_QUERY_COST with
 * QUERY_TOO_COMPLEX; above the rates of signInLimiter.ts with RATE_LIMITED.
 */
export function limitsPlugin(
  signIns: SignInLimiter,
  foreignFields: ForeignFields,
): ApolloServerPlugin<GatewayContext> {
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
          const cost = queryCost(schema, document, operation, request.variables ?? {}, foreignFields);
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
