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
import { readRequests, type SubscribeRequest } from './asked.ts';
import { contextsOf } from './contexts.ts';
import type { Heard } from './hear.ts';
import { liveOperationsByKey, type Member, type Operation, type Stream } from './operations.ts';
import { letRead } from './pace.ts';
import type { LivePlanner } from './plan.ts';
import type { Upstream } from './upstream.ts';

/** One client's subscription, as a transport serves it. */
export type LiveClient = {
  /** Tells one answer, an execution result in JSON. Must not throw, and bounds what is not read. */
  take(answer: string): void;
  /** Nothing more comes; with errors, because of them. */
  end(errors?: readonly GraphQLFormattedError[]): void;
  /** Bytes told and not yet read. */
  unread(): number;
};

export type LiveOperations = {
  /** Tells `client` from now on, or why it is told nothing. `leave` ends that, without `end`. */
  subscribe(
    request: SubscribeRequest,
    context: GatewayContext,
    client: LiveClient,
  ): { leave(): void } | readonly GraphQLFormattedError[];
};

/** Runs what `planner` plans over `up`. */
export function liveOperations(planner: LivePlanner, up: Upstream, passports: Passports): LiveOperations {
  const readRequest = readRequests(planner);
  const { streamOf, begin, forget, place, join, meet } = liveOperationsByKey();

  async function tell(
    stream: Stream,
    operation: Operation,
    heard: readonly Heard[],
    context: GatewayContext,
  ): Promise<void> {
    const { asked, members } = operation;
    const events = heard.flatMap(({ told }) => told ?? []);
    const results = events.length > 0 ? await asked.plan.complete(events, asked.variables, context) : [];
    let next = 0;
    for (const { told, resume } of heard) {
      if (!stream.operations.has(operation)) return;
      if (!told) {
        place(stream, operation, resume);
        continue;
      }
      const { data, errors } = results[next++]!;
      const formatted = errors?.map((error) => formatGatewayError(error, context));
      const answer = JSON.stringify({ data, ...(formatted?.length ? { errors: formatted } : {}) });
      place(stream, operation, resume, answer);
      for (const { client } of members) client.take(answer);
    }
    meet(stream, operation);
  }

  async function run(stream: Stream, operation: Operation): Promise<void> {
    const { asked, members, stop } = operation;
    const contextNow = contextsOf(operation, passports);
    let reasons: unknown[] | undefined;
    try {
      const primary = asked.plan.primary(asked.variables);
      for await (const heard of up.listen(primary, contextNow, stop.signal)) {
        await tell(stream, operation, heard, await contextNow());
        await letRead(members);
      }
    } catch (error) {
      reasons = error instanceof AggregateError ? error.errors : [error];
    }
    const left = [...members];
    members.clear();
    forget(stream, operation);
    for (const { client, context } of left) {
      client.end(reasons?.map((reason) => formatGatewayError(reason, context)));
    }
  }

  return {
    subscribe(request, context, client) {
      try {
        if (context.refusal) throw context.refusal;
        const asked = readRequest(request, context);
        const { key, after } = asked;
        const stream = streamOf(key);
        const known = after === undefined ? stream.main : stream.places.get(after);
        const operation = known ?? begin(stream, asked);
        const member: Member = { client, context, operation };
        join(operation, member, after);
        if (!known) {
          run(stream, operation).catch((reason: unknown) =>
            context.log.error({ err: reason }, 'a subscription did not end well'),
          );
        }
        return {
          leave() {
            const { members } = member.operation;
            if (members.delete(member) && members.size === 0) forget(stream, member.operation);
          },
        };
      } catch (error) {
        const reasons: unknown[] = error instanceof AggregateError ? error.errors : [error];
        return reasons.map((reason) => formatGatewayError(reason, context));
      }
    },
  };
}
