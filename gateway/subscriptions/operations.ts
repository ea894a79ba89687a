/** Who is told by which operation, and where operations meet. */
import { unavailable } from '@libs/outcome/apiErrors';
import type { GatewayContext } from '../context.ts';
import type { Asked } from './asked.ts';
import type { LiveClient } from './live.ts';
import { recentAnswers, type Recent } from './recent.ts';

/** Operations that run at once, each with any number of clients. */
export const MOST_OPERATIONS = 10_000;
/**
 * How long an operation that began now, without a place, remembers nothing after the first event that it told, in milliseconds. What
 * was committed just before it began and had no position yet is not for it, but for whoever comes from an earlier place: until all
 * of that has surely been numbered, being at the same place does not mean being told the same.
 */
export const SETTLES_MS = 2_000;

export type Member = { client: LiveClient; context: GatewayContext; operation: Operation };
export type Operation = {
  asked: Asked;
  /** Whether whoever begins now joins it. */
  isMain: boolean;
  members: Set<Member>;
  recent: Recent;
  /** When it told its first event, in milliseconds of the process's clock. */
  firstToldMs: number | undefined;
  stop: AbortController;
};
/** All operations that tell the same. `places`: which of them remembers a place. */
export type Stream = {
  main: Operation | undefined;
  operations: Set<Operation>;
  places: Map<string, Operation>;
};

export type Operations = {
  /** The operations that tell what `key` stands for; of a new stream where there are none. */
  streamOf(key: string): Stream;
  /** Makes one; whoever calls runs it. SERVICE_UNAVAILABLE where MOST_OPERATIONS run. */
  begin(stream: Stream, asked: Asked): Operation;
  /** The operation is no more, for who comes; its clients have gone, or go now. */
  forget(stream: Stream, operation: Operation): void;
  /** Remembers that the operation has told all up to a place, `answer` the last of it. */
  place(stream: Stream, operation: Operation, at: string | undefined, answer?: string): void;
  /** Has the operation tell the member; first what it has told after the place `after`, which it remembers. */
  join(operation: Operation, member: Member, after?: string): void;
  /** Where two operations have told all up to the same event, one is enough. */
  meet(stream: Stream, operation: Operation): void;
};

export function liveOperationsByKey(): Operations {
  const streams = new Map<string, Stream>();
  let running = 0;

  function begin(stream: Stream, asked: Asked): Operation {
    if (running >= MOST_OPERATIONS) throw unavailable(new Error(`${running} operations run`));
    const operation: Operation = {
      asked,
      isMain: asked.after === undefined,
      members: new Set(),
      stop: new AbortController(),
      firstToldMs: undefined,
      recent: recentAnswers((place) => {
        if (stream.places.get(place) === operation) stream.places.delete(place);
      }),
    };
    running += 1;
    streams.set(asked.key, stream);
    stream.operations.add(operation);
    if (operation.isMain) stream.main = operation;
    // Known before the subgraph says so: of a thousand who come back with one cursor, the first begins and the others join.
    else place(stream, operation, asked.after);
    return operation;
  }

  function forget(stream: Stream, operation: Operation): void {
    if (!stream.operations.delete(operation)) return;
    running -= 1;
    if (stream.main === operation) stream.main = undefined;
    operation.recent.clear();
    if (stream.operations.size === 0) streams.delete(operation.asked.key);
    operation.stop.abort();
  }

  /** Whether whoever has been told all up to where the operation is may go on with it. The place that it began at is never one. */
  const isSettled = ({ isMain, firstToldMs }: Operation): boolean =>
    !isMain || (firstToldMs !== undefined && performance.now() - firstToldMs >= SETTLES_MS);

  function place(stream: Stream, operation: Operation, at: string | undefined, answer?: string): void {
    if (at === undefined) {
      // Without places nobody can join where they were.
      if (answer !== undefined) operation.recent.clear();
      return;
    }
    if (answer !== undefined) operation.firstToldMs ??= performance.now();
    if (!isSettled(operation)) return;
    if (!operation.recent.add(at, answer)) return;
    const known = stream.places.get(at);
    if (!known || operation.isMain) stream.places.set(at, operation);
  }

  function join(operation: Operation, member: Member, after?: string): void {
    member.operation = operation;
    operation.members.add(member);
    if (after !== undefined) for (const answer of operation.recent.after(after)) member.client.take(answer);
  }

  function goOver(stream: Stream, from: Operation, to: Operation): void {
    const at = from.recent.last()!;
    for (const member of from.members) join(to, member, at);
    from.members.clear();
    forget(stream, from);
  }

  function meet(stream: Stream, operation: Operation): void {
    const at = operation.recent.last();
    if (at === undefined || stream.operations.size < 2) return;
    if (operation.isMain) {
      for (const other of stream.operations) {
        if (other !== operation && other.recent.last() === at) goOver(stream, other, operation);
      }
      return;
    }
    const other = stream.places.get(at);
    if (other && other !== operation) goOver(stream, operation, other);
  }

  return {
    streamOf: (key) => streams.get(key) ?? { main: undefined, operations: new Set(), places: new Map() },
    begin,
    forget,
    place,
    join,
    meet,
  };
}
