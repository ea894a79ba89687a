/**
 * Clients with equal requests and rights form a sharing group, which shares upstream operations, executions and serialized
 * answers. A client without a cursor joins the group's main execution. One with a cursor (`after`) joins an execution that can
 * replay from it, else catches up with its own, which merges with another once both have sent the same event.
 */
import { tenantIdOf } from '@libs/auth/caller';
import { outcomeOfCodes } from '@libs/runtime/requests';
import { rateLimited } from '@libs/outcome/apiErrors';
import type { GraphQLFormattedError } from 'graphql';
import type { Passports } from '@libs/auth/passport';
import type { GatewayContext } from '../context.ts';
import { subscribers, subscriptions } from '../gatewayMetrics.ts';
import type { OperationNames } from '../operationNames.ts';
import { codesOf } from '../recordOperations.ts';
import type { DocumentRequest, TrustedDocuments } from '../documents/trustedDocuments.ts';
import { formatGatewayError } from '../errors.ts';
import { pointsOf, type RateLimiter } from '../limits/rateLimits.ts';
import { subscriptionParser, type ParsedSubscription, type SubscribeRequest } from './parseSubscription.ts';
import { executionRunner } from './runExecution.ts';
import { join, sharedExecutions, type ExecutionMember } from './sharedExecutions.ts';
import type { SubscriptionPlanner } from './subscriptionPlanner.ts';
import type { Upstream } from './upstream.ts';

export type SubscriptionClient = {
  /** Sends an execution result in JSON. Must not throw, and must limit unread data. */
  send(answer: string): void;
  /** Completes the subscription, or ends it with errors. */
  end(errors?: readonly GraphQLFormattedError[]): void;
  unreadBytes(): number;
};

export type SubscriptionHub = {
  /** Starts sending to `client`, or returns the errors that refuse the request. `leave` does not call `end`. */
  subscribe(
    request: Omit<SubscribeRequest, 'query'> & DocumentRequest,
    context: GatewayContext,
    client: SubscriptionClient,
  ): { leave(): void } | readonly GraphQLFormattedError[];
};

type Admission = {
  passports: Passports;
  documents: TrustedDocuments;
  rates: RateLimiter;
  nameOf: OperationNames;
};

export function subscriptionHub(
  planner: SubscriptionPlanner,
  upstream: Upstream,
  { passports, documents, rates, nameOf }: Admission,
): SubscriptionHub {
  const parseRequest = subscriptionParser(planner);
  const executions = sharedExecutions();
  const run = executionRunner(executions, upstream, passports);

  /** A document that is refused counts with the time that it took. */
  function parseAtCost(
    request: Omit<SubscribeRequest, 'query'> & DocumentRequest,
    context: GatewayContext,
  ): ParsedSubscription {
    const startedMs = performance.now();
    try {
      return parseRequest({ ...request, query: documents.textOf(request, context.caller) }, context);
    } catch (error) {
      rates.charge(context, performance.now() - startedMs);
      throw error;
    }
  }

  return {
    subscribe(request, context, client) {
      try {
        if (context.refusal) throw context.refusal;
        const waitSeconds = rates.waitOf(context);
        if (waitSeconds > 0) throw rateLimited(waitSeconds);
        const subscription = parseAtCost(request, context);
        // It counts for the shaping of its tenant, but does not wait: what costs comes later, with the events.
        const { retryAfterSeconds } = rates.consume(context, pointsOf(subscription.cost));
        if (retryAfterSeconds > 0) throw rateLimited(retryAfterSeconds);
        // Now, so that a document that cannot be planned is refused.
        subscription.plan();
        const { key, after, beginsWithState } = subscription;
        const group = executions.groupOf(key);
        const main = beginsWithState ? undefined : group.main;
        const existing = after === undefined ? main : group.byCursor.get(after);
        const execution = existing ?? executions.start(group, subscription, context);
        const member: ExecutionMember = { client, context, execution };
        join(execution, member, after);
        if (!existing) {
          run(group, execution).catch((reason: unknown) =>
            context.log.error({ err: reason }, 'a subscription failed to end'),
          );
        }
        logSubscription(nameOf(request.operationName ?? undefined), context, []);
        subscribers.inc();
        let isSubscribed = true;
        return {
          leave() {
            if (isSubscribed) subscribers.dec();
            isSubscribed = false;
            executions.leave(group, member);
          },
        };
      } catch (error) {
        const reasons: unknown[] = error instanceof AggregateError ? error.errors : [error];
        const formatted = reasons.map((reason) => formatGatewayError(reason, context));
        logSubscription('unknown', context, codesOf(formatted));
        return formatted;
      }
    },
  };
}

/** A line for each request; how long it lasts does not matter. */
function logSubscription(
  operation: string,
  { log, caller, traceId }: GatewayContext,
  codes: readonly string[],
): void {
  const outcome = outcomeOfCodes(codes);
  subscriptions.inc({ outcome });
  const tenantId = tenantIdOf(caller);
  const fields = { operation, class: 'subscription', outcome, caller: caller.kind, tenantId, traceId };
  log.info(codes.length > 0 ? { ...fields, codes } : fields, 'subscription');
}
