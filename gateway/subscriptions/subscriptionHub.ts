/**
 * Subscriptions that run. Clients that ask for the same with the same rights share one operation upstream, one execution for each
 * event and one serialization; others share nothing.
 *
 * Who names no place joins the stream's main operation. Who names one (`after`) joins any operation that remembers it, else catches
 * up by an operation of their own, until that meets another one at an event that both have told: then its clients go over.
 */
import type { GraphQLFormattedError } from 'graphql';
import type { Passports } from '@libs/auth/passport';
import type { GatewayContext } from '../context.ts';
import { formatGatewayError } from '../errors.ts';
import { subscriptionParser, type SubscribeRequest } from './parseSubscription.ts';
import { executionContexts } from './executionContext.ts';
import type { UpstreamMessage } from './upstreamBuffer.ts';
import {
  sharedExecutions,
  type ExecutionMember,
  type SharedExecution,
  type SharingGroup,
} from './sharedExecutions.ts';
import { waitForDrain } from './backpressure.ts';
import type { SubscriptionPlanner } from './subscriptionPlanner.ts';
import type { Upstream } from './upstream.ts';

/** One client's subscription, as a transport serves it. */
export type SubscriptionClient = {
  /** Tells one answer, an execution result in JSON. Must not throw, and bounds what is not read. */
  send(answer: string): void;
  /** Nothing more comes; with errors, because of them. */
  end(errors?: readonly GraphQLFormattedError[]): void;
  /** Bytes told and not yet read. */
  unreadBytes(): number;
};

export type SubscriptionHub = {
  /** Tells `client` from now on, or why it is told nothing. `leave` ends that, without `end`. */
  subscribe(
    request: SubscribeRequest,
    context: GatewayContext,
    client: SubscriptionClient,
  ): { leave(): void } | readonly GraphQLFormattedError[];
};

/** Runs what `planner` plans over `upstream`. */
export function subscriptionHub(
  planner: SubscriptionPlanner,
  upstream: Upstream,
  passports: Passports,
): SubscriptionHub {
  const parseRequest = subscriptionParser(planner);
  const { groupOf, start, remove, recordCursor, join, tryMerge } = sharedExecutions();

  async function deliver(
    group: SharingGroup,
    execution: SharedExecution,
    messages: readonly UpstreamMessage[],
    context: GatewayContext,
  ): Promise<void> {
    const { subscription, members } = execution;
    const events = messages.flatMap(({ result }) => result ?? []);
    const results =
      events.length > 0 ? await subscription.plan.complete(events, subscription.variables, context) : [];
    let next = 0;
    for (const { result, cursor } of messages) {
      if (!group.executions.has(execution)) return;
      if (!result) {
        recordCursor(group, execution, cursor);
        continue;
      }
      const { data, errors } = results[next++]!;
      const formatted = errors?.map((error) => formatGatewayError(error, context));
      const answer = JSON.stringify({ data, ...(formatted?.length ? { errors: formatted } : {}) });
      recordCursor(group, execution, cursor, answer);
      for (const { client } of members) client.send(answer);
    }
    tryMerge(group, execution);
  }

  async function run(group: SharingGroup, execution: SharedExecution): Promise<void> {
    const { subscription, members, stop } = execution;
    const contextNow = executionContexts(execution, passports);
    let reasons: unknown[] | undefined;
    try {
      const primary = subscription.plan.primary(subscription.variables);
      for await (const messages of upstream.listen(primary, contextNow, stop.signal)) {
        await deliver(group, execution, messages, await contextNow());
        await waitForDrain(members);
      }
    } catch (error) {
      reasons = error instanceof AggregateError ? error.errors : [error];
    }
    const remaining = [...members];
    members.clear();
    remove(group, execution);
    for (const { client, context } of remaining) {
      client.end(reasons?.map((reason) => formatGatewayError(reason, context)));
    }
  }

  return {
    subscribe(request, context, client) {
      try {
        if (context.refusal) throw context.refusal;
        const subscription = parseRequest(request, context);
        const { key, after } = subscription;
        const group = groupOf(key);
        const existing = after === undefined ? group.main : group.byCursor.get(after);
        const execution = existing ?? start(group, subscription);
        const member: ExecutionMember = { client, context, execution };
        join(execution, member, after);
        if (!existing) {
          run(group, execution).catch((reason: unknown) =>
            context.log.error({ err: reason }, 'a subscription did not end well'),
          );
        }
        return {
          leave() {
            const { members } = member.execution;
            if (members.delete(member) && members.size === 0) remove(group, member.execution);
          },
        };
      } catch (error) {
        const reasons: unknown[] = error instanceof AggregateError ? error.errors : [error];
        return reasons.map((reason) => formatGatewayError(reason, context));
      }
    },
  };
}
