/** Who is told by which operation, and where operations meet. */
import { unavailable } from '@libs/outcome/apiErrors';
import type { GatewayContext } from '../context.ts';
import type { ParsedSubscription } from './parseSubscription.ts';
import type { SubscriptionClient } from './subscriptionHub.ts';
import { replayBuffer, type ReplayBuffer } from './replayBuffer.ts';

/** Operations that run at once, each with any number of clients. */
const MAX_EXECUTIONS = 10_000;
/**
 * How long an operation that began now, without a place, remembers nothing after the first event that it told, in milliseconds. What
 * was committed just before it began and had no position yet is not for it, but for whoever comes from an earlier place: until all
 * of that has surely been numbered, being at the same place does not mean being told the same.
 */
export const QUARANTINE_MS = 2_000;

export type ExecutionMember = {
  client: SubscriptionClient;
  context: GatewayContext;
  execution: SharedExecution;
};
export type SharedExecution = {
  subscription: ParsedSubscription;
  /** Whether whoever begins now joins it. */
  isMain: boolean;
  members: Set<ExecutionMember>;
  replayBuffer: ReplayBuffer;
  /** When it told its first event, in milliseconds of the process's clock. */
  firstEventMs: number | undefined;
  stop: AbortController;
};
/** All operations that tell the same. `byCursor`: which of them remembers a place. */
export type SharingGroup = {
  main: SharedExecution | undefined;
  executions: Set<SharedExecution>;
  byCursor: Map<string, SharedExecution>;
};

export type SharedExecutions = {
  /** The operations that tell what `key` stands for; of a new stream where there are none. */
  groupOf(key: string): SharingGroup;
  /** Makes one; whoever calls runs it. SERVICE_UNAVAILABLE where MAX_EXECUTIONS run. */
  start(group: SharingGroup, subscription: ParsedSubscription): SharedExecution;
  /** The operation is no more, for who comes; its clients have gone, or go now. */
  remove(group: SharingGroup, execution: SharedExecution): void;
  /** Remembers that the operation has told all up to a place, `answer` the last of it. */
  recordCursor(
    group: SharingGroup,
    execution: SharedExecution,
    cursor: string | undefined,
    answer?: string,
  ): void;
  /** Has the operation tell the member; first what it has told after the place `after`, which it remembers. */
  join(execution: SharedExecution, member: ExecutionMember, after?: string): void;
  /** Where two operations have told all up to the same event, one is enough. */
  tryMerge(group: SharingGroup, execution: SharedExecution): void;
};

export function sharedExecutions(): SharedExecutions {
  const groups = new Map<string, SharingGroup>();
  let running = 0;

  function start(group: SharingGroup, subscription: ParsedSubscription): SharedExecution {
    if (running >= MAX_EXECUTIONS) throw unavailable(new Error(`${running} executions run`));
    const execution: SharedExecution = {
      subscription,
      isMain: subscription.after === undefined,
      members: new Set(),
      stop: new AbortController(),
      firstEventMs: undefined,
      replayBuffer: replayBuffer((cursor) => {
        if (group.byCursor.get(cursor) === execution) group.byCursor.delete(cursor);
      }),
    };
    running += 1;
    groups.set(subscription.key, group);
    group.executions.add(execution);
    if (execution.isMain) group.main = execution;
    // Known before the subgraph says so: of a thousand who come back with one cursor, the first begins and the others join.
    else recordCursor(group, execution, subscription.after);
    return execution;
  }

  function remove(group: SharingGroup, execution: SharedExecution): void {
    if (!group.executions.delete(execution)) return;
    running -= 1;
    if (group.main === execution) group.main = undefined;
    execution.replayBuffer.clear();
    if (group.executions.size === 0) groups.delete(execution.subscription.key);
    execution.stop.abort();
  }

  /** Whether whoever has been told all up to where the operation is may go on with it. The place that it began at is never one. */
  const isPastQuarantine = ({ isMain, firstEventMs }: SharedExecution): boolean =>
    !isMain || (firstEventMs !== undefined && performance.now() - firstEventMs >= QUARANTINE_MS);

  function recordCursor(
    group: SharingGroup,
    execution: SharedExecution,
    cursor: string | undefined,
    answer?: string,
  ): void {
    if (cursor === undefined) {
      // Without places nobody can join where they were.
      if (answer !== undefined) execution.replayBuffer.clear();
      return;
    }
    if (answer !== undefined) execution.firstEventMs ??= performance.now();
    if (!isPastQuarantine(execution)) return;
    if (!execution.replayBuffer.add(cursor, answer)) return;
    const existing = group.byCursor.get(cursor);
    if (!existing || execution.isMain) group.byCursor.set(cursor, execution);
  }

  function join(execution: SharedExecution, member: ExecutionMember, after?: string): void {
    member.execution = execution;
    execution.members.add(member);
    if (after !== undefined)
      for (const answer of execution.replayBuffer.after(after)) member.client.send(answer);
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
    remove,
    recordCursor,
    join,
    tryMerge,
  };
}
