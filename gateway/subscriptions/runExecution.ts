/** Runs a shared execution: completes each event once, and sends it to every client. */
import { setTimeout as sleep } from 'node:timers/promises';
import { reusablePassport, type Passports, type ReusablePassport } from '@libs/auth/passport';
import { newTraceId } from '@libs/telemetry/trace';
import type { GatewayContext } from '../context.ts';
import { subscriptionAnswers } from '../gatewayMetrics.ts';
import { formatGatewayError } from '../errors.ts';
import {
  recordCursor,
  type ExecutionMember,
  type SharedExecution,
  type SharedExecutions,
  type SharingGroup,
} from './sharedExecutions.ts';
import type { Upstream, UpstreamMessage } from './upstream.ts';

/** What a single client may leave unread before its execution waits. */
const DRAINED_BYTES = 128 * 1024;
const DRAIN_TIMEOUT_MS = 10_000;
const DRAIN_POLL_MS = 20;

/** A client's context for each batch of events, with a new trace and a valid passport. */
function executionContexts(
  { members }: SharedExecution,
  passports: Passports,
): () => Promise<GatewayContext> {
  let passportOf: { caller: unknown; passport: ReusablePassport } | undefined;
  let last: GatewayContext | undefined;
  return async () => {
    const [member] = members;
    const context = (last = member?.context ?? last!);
    const { caller } = context;
    if (passportOf?.caller !== caller) passportOf = { caller, passport: reusablePassport(passports, caller) };
    const passport = context.passport && passportOf.passport;
    return { ...context, passport, traceId: newTraceId() };
  };
}

/**
 * Back-pressure: a client that replays many events is not disconnected for reading slowly. Clients that share an execution do not
 * wait for each other.
 */
async function waitForDrain(members: ReadonlySet<ExecutionMember>): Promise<void> {
  const deadline = performance.now() + DRAIN_TIMEOUT_MS;
  while (members.size === 1 && performance.now() < deadline) {
    const [member] = members;
    if (member!.client.unreadBytes() <= DRAINED_BYTES) return;
    await sleep(DRAIN_POLL_MS);
  }
}

/** The runner resolves when the execution has ended, and its clients too. */
export function executionRunner(
  { remove, tryMerge }: SharedExecutions,
  upstream: Upstream,
  passports: Passports,
): (group: SharingGroup, execution: SharedExecution) => Promise<void> {
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
      subscriptionAnswers.inc({ kind: 'live' }, members.size);
      for (const { client } of members) client.send(answer);
    }
    tryMerge(group, execution);
  }

  return async (group, execution) => {
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
  };
}
