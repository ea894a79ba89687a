/**
 * What one request may ask for. Checked when the operation is known and before it is planned: the planner has no limit of its
 * own, and a document of a thousand characters can hold it for minutes.
 */
import type { ApolloServerPlugin } from '@apollo/server';
import { ApiError, badUserInput } from '@libs/outcome/apiErrors';
import type { GatewayContext } from '../context.ts';
import { refuseRequest } from '../errors.ts';
import { queryCost, type QueryCost } from './queryCost.ts';
import type { SignInLimiter } from './signInLimiter.ts';

/** A request's body at most, in bytes: the longest texts of the contract's largest input, several times. */
export const MAX_REQUEST_BODY_BYTES = 256 * 1024;
/** A document at most, in lexical tokens. Introspection by Sandbox has about 450. */
export const MAX_DOCUMENT_TOKENS = 4_000;

/**
 * What an operation may ask for at most. The walk from a tenant over its resources and bookings to users is well within; the
 * worst that is allowed (thirty aliased bookings with all their people) takes the planner a few hundred milliseconds, once.
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
  // The longest range (62 days) of a page of resources by its default (50).
  availabilityDays: 3_100,
  slotPlaces: 100,
};

const tooComplex = (): ApiError => new ApiError('QUERY_TOO_COMPLEX', 'api.tooComplex');

/** Whether the operation asks for more than it may. */
export const isTooComplex = (cost: QueryCost): boolean =>
  (Object.keys(MAX_QUERY_COST) as (keyof QueryCost)[]).some((what) => cost[what] > MAX_QUERY_COST[what]);

/**
 * Refuses a request without an operation that can run here with BAD_USER_INPUT, one that asks for too much with QUERY_TOO_COMPLEX, one
 * that signs in, refreshes, signs out or has passwords hashed too often with RATE_LIMITED, and one whose token is not valid with the
 * context's refusal.
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
          contextValue.shares = Math.max(1, cost.slotPlaces);
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
