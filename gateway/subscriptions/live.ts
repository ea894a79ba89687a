/**
 * Subscriptions that run. Clients that ask for the same with the same rights share one operation upstream and one execution for
 * each event; others share nothing.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { Caller } from '@libs/auth/caller';
import { PASSPORT_LIFE_SECONDS, type Passports } from '@libs/auth/passport';
import { ApiError, unavailable } from '@libs/outcome/apiErrors';
import { newTraceId } from '@libs/telemetry/trace';
import {
  getOperationAST,
  getVariableValues,
  GraphQLError,
  Kind,
  parse,
  print,
  validate,
  visit,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLFormattedError,
} from 'graphql';
import type { GatewayContext } from '../context.ts';
import { formatGatewayError } from '../errors.ts';
import { isTooComplex, MOST_TOKENS } from '../limits.ts';
import { measure } from '../measure.ts';
import type { LivePlan, LivePlanner } from './plan.ts';
import { createQueue, type Queue } from './queue.ts';
import type { Upstream } from './upstream.ts';

/** Events that one client may leave untaken; one that leaves more is ended, and loses nobody else anything. */
export const MOST_UNTAKEN = 500;
/** Operations that run at once, each with any number of clients. */
export const MOST_OPERATIONS = 10_000;
/** A passport is used again for half of its life, in milliseconds. */
const PASSPORT_REUSE_MS = PASSPORT_LIFE_SECONDS * 500;

export type SubscribeRequest = {
  query: string;
  operationName?: string | null | undefined;
  variables?: Record<string, unknown> | null | undefined;
};
/** One answer of a subscription, formatted for clients; the same object for all who share it. */
export type LiveResult = Pick<ExecutionResult, 'data'> & { errors?: readonly GraphQLFormattedError[] };

export type LiveOperations = {
  /** The client's events, until it returns them; or why there are none. */
  subscribe(
    request: SubscribeRequest,
    context: GatewayContext,
  ): Queue<LiveResult> | readonly GraphQLFormattedError[];
  /** Whether a caller's rights are still those that an operation was begun with. */
  isSameScope(before: Caller, now: Caller): boolean;
};

type Operation = { clients: Set<Queue<LiveResult>>; stop: AbortController };

/** What a caller may see depends on all of it but the session: the same user on two devices shares. */
const scopeOf = (caller: Caller): string => JSON.stringify({ ...caller, sessionId: undefined });

/** Whether an operation names a place to begin at: who joined it later would miss what it has been told since. */
function beginsElsewhere(document: DocumentNode): boolean {
  let isNamed = false;
  visit(document, {
    Argument({ name, value }) {
      if (name.value === 'after' && value.kind !== Kind.NULL) isNamed = true;
    },
  });
  return isNamed;
}

/** Runs what `planner` plans over `upstream`. */
export function liveOperations(planner: LivePlanner, up: Upstream, passports: Passports): LiveOperations {
  const operations = new Map<string, Operation>();

  /** A context for each event: a trace of its own, a passport that is valid now. */
  function contexts(begun: GatewayContext): () => Promise<GatewayContext> {
    let last = { passport: begun.passport, mintedAt: performance.now() };
    return async () => {
      if (begun.passport && performance.now() - last.mintedAt > PASSPORT_REUSE_MS) {
        last = { mintedAt: performance.now(), passport: await passports.mint(begun.caller) };
      }
      return { ...begun, passport: last.passport, traceId: newTraceId() };
    };
  }

  async function run(
    key: string,
    operation: Operation,
    plan: LivePlan,
    begun: GatewayContext,
  ): Promise<void> {
    const contextNow = contexts(begun);
    const { clients, stop } = operation;
    let last: LiveResult | undefined;
    try {
      for await (const event of up.listen(plan, contextNow, stop.signal)) {
        const context = await contextNow();
        const { data, errors } = await plan.complete(event, context);
        const result = {
          data,
          ...(errors ? { errors: errors.map((error) => formatGatewayError(error, context)) } : {}),
        };
        for (const client of clients) if (!client.push(result)) client.end(refusal(unavailable(), context));
      }
    } catch (error) {
      const reasons: unknown[] = error instanceof AggregateError ? error.errors : [error];
      last = { errors: reasons.map((reason) => formatGatewayError(reason, begun)) };
    } finally {
      if (operations.get(key) === operation) operations.delete(key);
      for (const client of [...clients]) client.end(last);
    }
  }

  const refusal = (error: ApiError, context: GatewayContext): LiveResult => ({
    errors: [formatGatewayError(error, context)],
  });

  /** The plan of what was asked, and the key that all who ask the same share; throws GraphQL errors. */
  function planned({ query, operationName, variables }: SubscribeRequest, context: GatewayContext) {
    const { schema } = planner;
    const document = parse(query, { maxTokens: MOST_TOKENS });
    const errors = validate(schema, document);
    if (errors.length > 0) throw new AggregateError(errors);
    const node = getOperationAST(document, operationName);
    if (!node) throw new GraphQLError('The document has no such operation.');
    if (node.operation !== 'subscription')
      throw new GraphQLError('Only subscriptions are served here; send others by POST.');
    if (isTooComplex(measure(schema, document, node, variables ?? {}))) {
      throw new ApiError('QUERY_TOO_COMPLEX', 'api.tooComplex');
    }
    const coerced = getVariableValues(schema, node.variableDefinitions ?? [], variables ?? {});
    if (coerced.errors) throw new AggregateError(coerced.errors);
    const name = node.name?.value;
    const what = [print(document), name, coerced.coerced, scopeOf(context.caller), context.language];
    if (beginsElsewhere(document)) what.push(randomUUID());
    const key = createHash('sha256').update(JSON.stringify(what)).digest('base64');
    return { key, plan: () => planner.plan(document, name, coerced.coerced) };
  }

  return {
    subscribe(request, context) {
      try {
        if (context.refusal) throw context.refusal;
        const { key, plan } = planned(request, context);
        let operation = operations.get(key);
        if (!operation) {
          if (operations.size >= MOST_OPERATIONS)
            throw unavailable(new Error(`${operations.size} operations run`));
          operation = { clients: new Set(), stop: new AbortController() };
          operations.set(key, operation);
          void run(key, operation, plan(), context);
        }
        const { clients, stop } = operation;
        const client = createQueue<LiveResult>(MOST_UNTAKEN, () => {
          clients.delete(client);
          if (clients.size > 0) return;
          // Who comes now begins a new operation: this one hears no more.
          if (operations.get(key) === operation) operations.delete(key);
          stop.abort();
        });
        clients.add(client);
        return client;
      } catch (error) {
        const reasons: unknown[] = error instanceof AggregateError ? error.errors : [error];
        return reasons.map((reason) => formatGatewayError(reason, context));
      }
    },
    isSameScope: (before, now) => scopeOf(before) === scopeOf(now),
  };
}
