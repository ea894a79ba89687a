/**
 * Subscriptions that run. Clients that ask for the same with the same rights share one operation upstream, one execution for each
 * event and one serialization; others share nothing.
 *
 * Who names no place joins the stream's main operation. Who names one (`after`) joins any operation that remembers it, else catches
 * up by an operation of their own, until that meets another one at an event that both have told: then its clients go over.
 */
import type { GraphQLFormattedError } from 'graphql';
import { PASSPORT_LIFE_SECONDS, type Passports } from '@libs/auth/passport';
import { unavailable } from '@libs/outcome/apiErrors';
import { newTraceId } from '@libs/telemetry/trace';
import type { GatewayContext } from '../context.ts';
import { formatGatewayError } from '../errors.ts';
import { readRequests, type Asked, type SubscribeRequest } from './asked.ts';
import type { Heard } from './hear.ts';
import { letRead } from './pace.ts';
import type { LivePlanner } from './plan.ts';
import { recentAnswers, type Recent } from './recent.ts';
import type { Upstream } from './upstream.ts';

/** Operations that run at once, each with any number of clients. */
export const MOST_OPERATIONS = 10_000;
/** A passport is used again for half of its life, in milliseconds. */
const PASSPORT_REUSE_MS = PASSPORT_LIFE_SECONDS * 500;

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

type Member = { client: LiveClient; context: GatewayContext; operation: Operation };
type Operation = {
  asked: Asked;
  /** Whether whoever begins now joins it. */
  isMain: boolean;
  members: Set<Member>;
  recent: Recent;
  stop: AbortController;
};
/** All operations that tell the same. `places`: which of them remembers a place. */
type Stream = { main: Operation | undefined; operations: Set<Operation>; places: Map<string, Operation> };

/** Runs what `planner` plans over `up`. */
export function liveOperations(planner: LivePlanner, up: Upstream, passports: Passports): LiveOperations {
  const readRequest = readRequests(planner);
  const streams = new Map<string, Stream>();
  let running = 0;

  function begin(stream: Stream, asked: Asked): Operation {
    if (running >= MOST_OPERATIONS) throw unavailable(new Error(`${running} operations run`));
    const operation: Operation = {
      asked,
      isMain: asked.after === undefined,
      members: new Set(),
      stop: new AbortController(),
      recent: recentAnswers((place) => {
        if (stream.places.get(place) === operation) stream.places.delete(place);
      }),
    };
    running += 1;
    stream.operations.add(operation);
    if (operation.isMain) stream.main = operation;
    // Known before the subgraph says so: of a thousand who come back with one cursor, the first begins and the others join.
    else place(stream, operation, asked.after);
    return operation;
  }

  /** The operation is no more, for who comes; its clients have gone, or go now. */
  function forget(stream: Stream, operation: Operation): void {
    if (!stream.operations.delete(operation)) return;
    running -= 1;
    if (stream.main === operation) stream.main = undefined;
    operation.recent.clear();
    if (stream.operations.size === 0) streams.delete(operation.asked.key);
    operation.stop.abort();
  }

  /** Remembers that the operation has told all up to a place, `answer` the last of it. */
  function place(stream: Stream, operation: Operation, at: string | undefined, answer?: string): void {
    if (at === undefined) {
      // Without places nobody can join where they were.
      if (answer !== undefined) operation.recent.clear();
      return;
    }
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

  /** Where two operations have told all up to the same event, one is enough. */
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

  /** A context for each burst, in the name of a client who is there: a trace of its own, a passport that is valid now. */
  function contexts({ members }: Operation): () => Promise<GatewayContext> {
    let minted: { caller: unknown; passport: string | undefined; atMs: number } | undefined;
    let last: GatewayContext | undefined;
    return async () => {
      const [member] = members;
      const context = (last = member?.context ?? last!);
      const isOld = !minted || performance.now() - minted.atMs > PASSPORT_REUSE_MS;
      if (context.passport && (isOld || minted?.caller !== context.caller)) {
        const { caller } = context;
        minted = { caller, passport: await passports.mint(caller), atMs: performance.now() };
      }
      return { ...context, passport: context.passport && minted?.passport, traceId: newTraceId() };
    };
  }

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
    const contextNow = contexts(operation);
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
        const stream = streams.get(key) ?? { main: undefined, operations: new Set(), places: new Map() };
        const known = after === undefined ? stream.main : stream.places.get(after);
        const operation = known ?? begin(stream, asked);
        streams.set(key, stream);
        const member: Member = { client, context, operation };
        join(operation, member, after);
        if (!known) void run(stream, operation);
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
