/** Which clients share an execution, and which executions merge. */
import type { GatewayContext } from '../context.ts';
import { subscriptionAnswers, subscriptionExecutions } from '../gatewayMetrics.ts';
import { limitExecutions } from './executionLimits.ts';
import type { ParsedSubscription } from './parseSubscription.ts';
import { replayBuffer, type ReplayBuffer } from './replayBuffer.ts';
import type { SubscriptionClient } from './subscriptionHub.ts';

/**
 * Clients with a cursor may not join a main execution until this long after its first event. It skips events that were committed
 * before it started but had no position yet; a client that resumes must not.
 */
export const QUARANTINE_MS = 2_000;

export type ExecutionMember = {
  client: SubscriptionClient;
  context: GatewayContext;
  execution: SharedExecution;
};
export type SharedExecution = {
  subscription: ParsedSubscription;
  /** Started without a cursor; clients without a cursor join it. */
  isMain: boolean;
  members: Set<ExecutionMember>;
  replayBuffer: ReplayBuffer;
  firstEventMs: number | undefined;
  stop: AbortController;
  /** Whose limits it counts for: the client that started it, or another once that one has left. */
  counted: { context: GatewayContext; release: () => void };
};
/** Executions with equal answers. */
export type SharingGroup = {
  main: SharedExecution | undefined;
  executions: Set<SharedExecution>;
  /** Executions by the cursors that they can replay from. */
  byCursor: Map<string, SharedExecution>;
};

export type SharedExecutions = {
  groupOf(key: string): SharingGroup;
  /** Registers an execution for the caller to run, unless it is beyond the limits of `executionLimits.ts`. */
  start(group: SharingGroup, subscription: ParsedSubscription, context: GatewayContext): SharedExecution;
  /** Removes a member, and an execution without members. */
  leave(group: SharingGroup, member: ExecutionMember): void;
  /** Stops an execution, but does not end its clients. */
  remove(group: SharingGroup, execution: SharedExecution): void;
  /** Merges executions that have sent the same last event. */
  tryMerge(group: SharingGroup, execution: SharedExecution): void;
};

const isPastQuarantine = ({ isMain, firstEventMs, subscription }: SharedExecution): boolean =>
  !isMain ||
  subscription.beginsWithState ||
  (firstEventMs !== undefined && performance.now() - firstEventMs >= QUARANTINE_MS);

/** Records the cursor of an event's `answer`, or of a position without an event. */
export function recordCursor(
  group: SharingGroup,
  execution: SharedExecution,
  cursor: string | undefined,
  answer?: string,
): void {
  if (cursor === undefined) {
    // An answer without a cursor cannot be replayed.
    if (answer !== undefined) execution.replayBuffer.clear();
    return;
  }
  if (answer !== undefined) execution.firstEventMs ??= performance.now();
  if (!isPastQuarantine(execution)) return;
  if (!execution.replayBuffer.add(cursor, answer)) return;
  const existing = group.byCursor.get(cursor);
  if (!existing || execution.isMain) group.byCursor.set(cursor, execution);
}

/** Adds a member, and replays the answers after the cursor `after`. */
export function join(execution: SharedExecution, member: ExecutionMember, after?: string): void {
  member.execution = execution;
  execution.members.add(member);
  if (after === undefined) return;
  const answers = execution.replayBuffer.after(after);
  subscriptionAnswers.inc({ kind: 'replayed' }, answers.length);
  for (const answer of answers) member.client.send(answer);
}

export function sharedExecutions(): SharedExecutions {
  const groups = new Map<string, SharingGroup>();
  const limits = limitExecutions();

  function start(
    group: SharingGroup,
    subscription: ParsedSubscription,
    context: GatewayContext,
  ): SharedExecution {
    limits.assertCanStart(context);
    const execution: SharedExecution = {
      subscription,
      isMain: subscription.after === undefined && !(subscription.beginsWithState && group.main),
      members: new Set(),
      stop: new AbortController(),
      counted: { context, release: limits.count(context) },
      firstEventMs: undefined,
      replayBuffer: replayBuffer((cursor) => {
        if (group.byCursor.get(cursor) === execution) group.byCursor.delete(cursor);
      }),
    };
    subscriptionExecutions.inc();
    groups.set(subscription.key, group);
    group.executions.add(execution);
    if (execution.isMain) group.main = execution;
    // Already joinable: a thousand clients that resume from one cursor start one execution.
    else recordCursor(group, execution, subscription.after);
    return execution;
  }

  function remove(group: SharingGroup, execution: SharedExecution): void {
    if (!group.executions.delete(execution)) return;
    execution.counted.release();
    subscriptionExecutions.dec();
    if (group.main === execution) group.main = undefined;
    execution.replayBuffer.clear();
    if (group.executions.size === 0) groups.delete(execution.subscription.key);
    execution.stop.abort();
  }

  function leave(group: SharingGroup, member: ExecutionMember): void {
    const { execution } = member;
    if (!execution.members.delete(member)) return;
    const [next] = execution.members;
    if (!next) return remove(group, execution);
    if (execution.counted.context !== member.context) return;
    execution.counted.release();
    execution.counted = { context: next.context, release: limits.count(next.context) };
  }

  function mergeInto(group: SharingGroup, from: SharedExecution, to: SharedExecution): void {
    const cursor = from.replayBuffer.last()!;
    for (const member of from.members) join(to, member, cursor);
    from.members.clear();
    remove(group, from);
  }

  function tryMerge(group: SharingGroup, execution: SharedExecution): void {
    const cursor = execution.replayBuffer.last();
    if (cursor === undefined || group.executions.size < 2) return;
    if (execution.isMain) {
      for (const other of group.executions) {
        if (other !== execution && other.replayBuffer.last() === cursor) mergeInto(group, other, execution);
      }
      return;
    }
    const other = group.byCursor.get(cursor);
    if (other && other !== execution) mergeInto(group, execution, other);
  }

  return {
    groupOf: (key) => groups.get(key) ?? { main: undefined, executions: new Set(), byCursor: new Map() },
    start,
    leave,
    remove,
    tryMerge,
  };
}
