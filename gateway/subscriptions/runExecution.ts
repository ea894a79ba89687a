/** Runs a shared execution: completes each event once, and sends it to every client. */
import { setTimeout as sleep } from 'node:timers/promises';
import { reusablePassport, type Passports, type ReusablePassport } from '@libs/auth/passport';
import { sharedSpans, type SpanShare } from '@libs/telemetry/sharedSpans';
import { newTraceId } from '@libs/telemetry/trace';
import type { GatewayContext } from '../context.ts';
import type { ExecutionResult } from '../execution/executePlan.ts';
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

/** A change's executions of this gateway, and the clients that it went to. */
const changeSpans = sharedSpans('live change');

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

async function completed(
  { subscription }: SharedExecution,
  messages: readonly UpstreamMessage[],
  context: GatewayContext,
): Promise<ExecutionResult[]> {
  const events = messages.flatMap(({ result }) => result ?? []);
  return events.length > 0 ? subscription.plan().complete(events, subscription.variables, context) : [];
}

type Batch = {
  messages: readonly UpstreamMessage[];
  /** The results of those messages that are events. */
  results: readonly ExecutionResult[];
  /** One for each message. */
  shares: readonly (SpanShare | undefined)[];
  context: GatewayContext;
};

function send(
  group: SharingGroup,
  execution: SharedExecution,
  { messages, results, shares, context }: Batch,
): void {
  const { members } = execution;
  let next = 0;
  for (const [index, { result, cursor }] of messages.entries()) {
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
    shares[index]?.end({ 'vaga.executions': 1, 'vaga.clients': members.size }, errors !== undefined);
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
    const shares = messages.map(({ cause }) => cause && changeSpans.join(cause));
    try {
      const recorded = shares.find((share) => share !== undefined);
      const traced = recorded ? { ...context, traceId: recorded.spanContext.traceId } : context;
      const complete = () => completed(execution, messages, traced);
      const results = await (recorded ? recorded.within(complete) : complete());
      send(group, execution, { messages, results, shares, context: traced });
    } finally {
      // Events sent while no client was connected.
      for (const share of shares) share?.end({});
    }
    if (group.executions.has(execution)) tryMerge(group, execution);
  }

  return async (group, execution) => {
    const { subscription, members, stop } = execution;
    const contextNow = executionContexts(execution, passports);
    let reasons: unknown[] | undefined;
    try {
      const primary = subscription.plan().primary(subscription.variables);
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
