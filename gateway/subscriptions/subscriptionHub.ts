/**
 * Clients with equal requests and rights form a sharing group, which shares upstream operations, executions and serialized
 * answers. A client without a cursor joins the group's main execution. One with a cursor (`after`) joins an execution that can
 * replay from it, else catches up with its own, which merges with another once both have sent the same event.
 */
import type { GraphQLFormattedError } from 'graphql';
import type { Passports } from '@libs/auth/passport';
import type { GatewayContext } from '../context.ts';
import { formatGatewayError } from '../errors.ts';
import { subscriptionParser, type SubscribeRequest } from './parseSubscription.ts';
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
    request: SubscribeRequest,
    context: GatewayContext,
    client: SubscriptionClient,
  ): { leave(): void } | readonly GraphQLFormattedError[];
};

export function subscriptionHub(
  planner: SubscriptionPlanner,
  upstream: Upstream,
  passports: Passports,
): SubscriptionHub {
  const parseRequest = subscriptionParser(planner);
  const executions = sharedExecutions();
  const run = executionRunner(executions, upstream, passports);

  return {
    subscribe(request, context, client) {
      try {
        if (context.refusal) throw context.refusal;
        const subscription = parseRequest(request, context);
        const { key, after } = subscription;
        const group = executions.groupOf(key);
        const existing = after === undefined ? group.main : group.byCursor.get(after);
        const execution = existing ?? executions.start(group, subscription);
        const member: ExecutionMember = { client, context, execution };
        join(execution, member, after);
        if (!existing) {
          run(group, execution).catch((reason: unknown) =>
            context.log.error({ err: reason }, 'a subscription failed to end'),
          );
        }
        return {
          leave() {
            const { members } = member.execution;
            if (members.delete(member) && members.size === 0) executions.remove(group, member.execution);
          },
        };
      } catch (error) {
        const reasons: unknown[] = error instanceof AggregateError ? error.errors : [error];
        return reasons.map((reason) => formatGatewayError(reason, context));
      }
    },
  };
}
