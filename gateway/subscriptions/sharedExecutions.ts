/** Which clients share an execution, and which executions merge. */
import { unavailable } from '@libs/outcome/apiErrors';
import type { GatewayContext } from '../context.ts';
import type { ParsedSubscription } from './parseSubscription.ts';
import { replayBuffer, type ReplayBuffer } from './replayBuffer.ts';
import type { SubscriptionClient } from './subscriptionHub.ts';

/** Maximum executions of the process, each with any number of clients. */
export const MAX_EXECUTIONS = 10_000;
/**
 * Until this many milliseconds after its first event, clients with a cursor may not join a main execution. Events committed just
 * before it started may not have had a position yet: it skips them, but a client that resumes from an earlier cursor must not.
 */
export const QUARANTINE_MS = 2_000;

export type ExecutionMember = {
  client: SubscriptionClient;
  context: GatewayContext;
  /** Changes when executions merge. */
  execution: SharedExecution;
};
export type SharedExecution = {
  subscription: ParsedSubscription;
  /** Whether it started without a cursor; clients without a cursor join it. */
  isMain: boolean;
  members: Set<ExecutionMember>;
  replayBuffer: ReplayBuffer;
  /** Time of its first event, by `performance.now()`. */
  firstEventMs: number | undefined;
  stop: AbortController;
};
/** Executions whose answers are the same. */
export type SharingGroup = {
  main: SharedExecution | undefined;
  executions: Set<SharedExecution>;
  /** The execution that can replay from a cursor. */
  byCursor: Map<string, SharedExecution>;
};

export type SharedExecutions = {
  /** The group of a subscription's key; a new one if nothing runs with it. */
  groupOf(key: string): SharingGroup;
  /** Registers an execution, which the caller runs. SERVICE_UNAVAILABLE beyond MAX_EXECUTIONS. */
  start(group: SharingGroup, subscription: ParsedSubscription): SharedExecution;
  /** Stops an execution, which nobody can join any more; does not end its clients. */
  remove(group: SharingGroup, execution: SharedExecution): void;
  /** Merges executions that have sent the same last event. */
  tryMerge(group: SharingGroup, execution: SharedExecution): void;
};

/** Whether clients that have received the same last event may join. */
const isPastQuarantine = ({ isMain, firstEventMs }: SharedExecution): boolean =>
  !isMain || (firstEventMs !== undefined && performance.now() - firstEventMs >= QUARANTINE_MS);

/** Records that the execution has reached `cursor`, with `answer` if it sent one for it. */
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

/** Adds a member, and replays to it what was sent after the cursor `after`, which must be in the replay buffer. */
export function join(execution: SharedExecution, member: ExecutionMember, after?: string): void {
  member.execution = execution;
  execution.members.add(member);
  if (after === undefined) return;
  for (const answer of execution.replayBuffer.after(after)) member.client.send(answer);
}

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
    // Before the subgraph confirms the cursor: of a thousand clients that resume from it, the first starts and the others join.
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
    tryMerge,
  };
}
