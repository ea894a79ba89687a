/** A real gateway over two small subgraphs: rooms, and people who own them. They record requests, and can be delayed or stopped. */
import { keyring } from '@libs/auth/keys';
import { composeServices } from '@apollo/composition';
import { accessTokens } from '@libs/auth/accessToken';
import type { Caller } from '@libs/auth/caller';
import { passports } from '@libs/auth/passport';
import { startSubgraph, subgraphSchema, type Subgraph } from '@libs/graphql/startSubgraph';
import type { RequestContext } from '@libs/graphql/context';
import type { ResumableEvent } from '@libs/graphql/serveSubgraphSubscriptions';
import { subgraphTypes } from '@libs/graphql/types';
import { forbidden, unauthenticated, unavailable } from '@libs/outcome/apiErrors';
import { silentLog } from '@libs/telemetry/log';
import { epochMs } from '@libs/time/clock';
import { parse } from 'graphql';
import { operationNames } from '../operationNames.ts';
import { trustedDocuments } from '../documents/trustedDocuments.ts';
import type { GatewayOptions } from '../server.ts';
import { serveGateway } from '../server.ts';
import { createSessions } from '../session/session.ts';
import type { RateLimiter } from '../limits/rateLimits.ts';
import type { SignInLimiter } from '../limits/signInLimiter.ts';
import { createBoundedQueue } from './queue.ts';
import type { SubgraphRoute } from '../upstream/subgraphRoutes.ts';
import { federatedGateway } from '../upstream/supergraph.ts';
import { loadSupergraph } from '../upstream/supergraphFile.ts';

export const SECRET_KEY = 'a-secret-key-of-this-test-and-no-other';
const ALGORITHM = 'HS256';
const HOUR_SECONDS = 3_600;

export const ADA: Caller = {
  kind: 'platform',
  userId: '0190b2c4-0000-7000-8000-000000000001',
  sessionId: '0190b2c4-0000-7000-8000-000000000002',
};
/** Ids of people; the last does not exist. */
export const PEOPLE = ['a', 'b', 'c'].map((last) => `0190b2c4-0000-7000-8000-00000000000${last}`);
const ROOMS = 20;
const MAX_EVENTS = 10_000;

const ROOM_TYPES = `
  type Query {
    rooms(first: Int = 50): RoomConnection!
    room: Room
    caller: JSONObject
    fail(how: String!): String
    wait: String
    echo(at: DateTime!): String
    read(what: JSONObject, color: Color, filter: RoomFilter): Boolean
  }
  enum Color { GREEN BLUE }
  input RoomFilter { color: Color }
  type Mutation {
    paint: Int!
    paintSlowly: Int!
    signIn(password: String): Boolean!
      changePassword: Boolean!
    refreshSession: Boolean!
    signOut: Boolean!
  }
  type RoomConnection { nodes: [Room!]! }
  type Room @key(fields: "id") { id: ID! name: String! owner: Person neighbours(first: Int = 50): RoomConnection! }
  type Person @key(fields: "id", resolvable: false) { id: ID! }
  type Subscription { painted(by: String, after: Int): Painting! }
  type Painting { number: Int! room: Room! by: Person }
`;
const PERSON_TYPES = `
  type Query { person: Person }
  type Person @key(fields: "id") { id: ID! name: String title: String! secret: String }
  type Room @key(fields: "id", resolvable: false) { id: ID! }
  type Subscription { hired: Hiring! }
  type Hiring { person: Person! room: Room! }
`;

export type RecordedRequest = { language: string | undefined; traceId: string; caller: Caller };

const outcomes: Record<string, () => never> = {
  forbidden: () => {
    throw forbidden();
  },
  unauthenticated: () => {
    throw unauthenticated();
  },
  bug: () => {
    throw new Error('connect to 10.1.2.3 with password hunter2');
  },
};

export async function smallFederation(changes: Partial<GatewayOptions> = {}) {
  const allKeys = keyring(SECRET_KEY);
  const keys = passports(allKeys, 'gateway');
  const tokens = accessTokens(allKeys, ALGORITHM);
  const recorded: RecordedRequest[] = [];
  const entityCalls: string[][] = [];
  const state = {
    caller: ADA as Caller | null,
    painted: 0,
    subscribed: 0,
    trouble: 0,
    waiting: 0,
    abandoned: 0,
    release: () => {},
  };
  const listeners = new Set<() => void>();
  const hirings = new Set<() => void>();

  /** Answers on `state.release()`; counts waiting requests, and those whose client has disconnected. */
  const slowly = <T>({ signal }: RequestContext, answer: T) => {
    state.waiting += 1;
    signal?.addEventListener('abort', () => (state.abandoned += 1));
    return new Promise<T>((resolve) => {
      const releaseOthers = state.release;
      state.release = () => {
        releaseOthers();
        state.waiting -= 1;
        resolve(answer);
      };
    });
  };
  const roomOf = (number: number) => ({
    id: `0190b2c4-0000-7000-8000-0000000001${String(number).padStart(2, '0')}`,
    name: `Room ${number}`,
    owner: { id: PEOPLE[number % PEOPLE.length] },
    neighbours: { nodes: [] },
  });
  const roomResolvers = {
    Room: {
      __resolveReference: ({ id }: { id: string }) =>
        Array.from({ length: ROOMS }, (_, number) => roomOf(number)).find((room) => room.id === id),
    },
    Query: {
      rooms: () => ({ nodes: Array.from({ length: ROOMS }, (_, number) => roomOf(number)) }),
      room: () => roomOf(0),
      caller: (_: unknown, __: unknown, context: RequestContext) => {
        recorded.push({ language: context.language, traceId: context.traceId, caller: context.caller });
        return context.caller;
      },
      fail: (_: unknown, { how }: { how: string }) => outcomes[how]!(),
      wait: (_: unknown, __: unknown, context: RequestContext) => slowly(context, 'done'),
      echo: (_: unknown, { at }: { at: unknown }) => String(at),
      read: () => true,
    },
    Mutation: {
      paint: () => {
        state.painted += 1;
        for (const listener of listeners) listener();
        return state.painted;
      },
      paintSlowly: (_: unknown, __: unknown, context: RequestContext) => slowly(context, 1),
      signIn: () => true,
      changePassword: () => true,
      refreshSession: () => true,
      signOut: () => true,
    },
    Subscription: {
      painted: {
        /** Paintings after the cursor or `after`, by default new ones; the number is the position. */
        subscribe(_: unknown, { after }: { after?: number }, context: RequestContext) {
          let position = Number(context.resumeCursor ?? after ?? state.painted);
          const events = createBoundedQueue<ResumableEvent<number>>(MAX_EVENTS, () =>
            listeners.delete(pushNew),
          );
          const pushNew = () => {
            while (position < state.painted)
              events.push({ cursor: String((position += 1)), event: position });
          };
          state.subscribed += 1;
          // The next `trouble` subscriptions fail.
          if (state.trouble > 0) {
            state.trouble -= 1;
            throw unavailable();
          }
          listeners.add(pushNew);
          events.push({ cursor: String(position) });
          pushNew();
          return events;
        },
        resolve: ({ event: number = 0 }: ResumableEvent<number>) => ({
          number,
          room: roomOf(number % ROOMS),
          by: { id: PEOPLE[number % 2] },
        }),
      },
    },
  };
  const personResolvers = {
    Query: { person: () => ({ id: PEOPLE[0] }) },
    Subscription: {
      hired: {
        /** An event without a subscriber is lost. */
        subscribe() {
          const events = createBoundedQueue<object>(MAX_EVENTS, () => hirings.delete(hire));
          const hire = () => void events.push({ person: { id: PEOPLE[1] }, room: { id: roomOf(3).id } });
          hirings.add(hire);
          return events;
        },
        resolve: (event: object) => event,
      },
    },
    Person: {
      __resolveReference: ({ id }: { id: string }) => {
        entityCalls.at(-1)!.push(id);
        return id === PEOPLE[2] ? null : { id };
      },
      name: ({ id }: { id: string }) => `Person ${PEOPLE.indexOf(id)}`,
      title: () => 'Dr.',
      secret: () => outcomes['forbidden']!(),
    },
  };

  const start = (name: string, types: string, resolvers: Record<string, object>, port = 0) =>
    startSubgraph<RequestContext>({
      name,
      host: '127.0.0.1',
      port,
      isProduction: changes.isProduction ?? false,
      schema: subgraphSchema([types], resolvers),
      passports: passports(allKeys, name),
      callerOfClient: async () => ADA,
      languageOfTenant: async () => 'en',
      context: (base) => {
        if (name === 'person') entityCalls.push([]);
        return base;
      },
      checks: {},
      log: silentLog(),
    });
  const room = await start('room', ROOM_TYPES, roomResolvers);
  const person = await start('person', PERSON_TYPES, personResolvers);

  const services = [
    { name: 'room', typeDefs: parse(subgraphTypes([ROOM_TYPES])), url: room.url },
    { name: 'person', typeDefs: parse(subgraphTypes([PERSON_TYPES])), url: person.url },
  ];
  const composed = composeServices(services);
  if (composed.errors) throw new AggregateError(composed.errors, 'does not compose');

  const route = ({ url }: Subgraph): SubgraphRoute => ({ url, isForeign: false });
  const routes = { room: route(room), person: route(person) };
  const signIns: SignInLimiter = { consume: async () => 0 };
  const rates: RateLimiter = {
    waitOf: () => 0,
    consume: () => ({ delayMs: 0, retryAfterSeconds: 0 }),
    charge: () => {},
    slowDown: async () => {},
    headersOf: () => ({}),
    stop: () => {},
  };
  const gateway = await serveGateway({
    host: '127.0.0.1',
    port: 0,
    isProduction: false,
    federated: federatedGateway(loadSupergraph(composed.supergraphSdl), routes),
    sessions: createSessions({
      tokens,
      passports: keys,
      fetchCallers: async (all) => all.map(() => state.caller),
    }),
    passports: keys,
    subgraphClient: () => {
      throw new Error('the small federation has no databases to export');
    },
    rates,
    signIns,
    documents: trustedDocuments('off', new Map()),
    nameOf: operationNames(new Map()),
    cors: { origins: ['*'], allowsCredentials: false, maxAgeSeconds: 600 },
    maxConnectionsPerUser: 1_000,
    subgraphs: routes,
    checks: {},
    log: silentLog(),
    ...changes,
  });

  let stopped: Promise<void> | undefined;
  const stopGateway = () => (stopped ??= gateway.stop());
  const subgraphs: Record<string, Subgraph> = { room, person };
  return {
    gateway,
    state,
    recorded,
    /** Ids in each request to the person subgraph. */
    entityCalls,
    url: `${gateway.url}/graphql`,
    listening: () => listeners.size,
    /** Publishes a hiring; returns the number of subscriptions that get it. */
    hire() {
      for (const hire of hirings) hire();
      return hirings.size;
    },
    token: (expiresAtSeconds = Math.floor(epochMs() / 1_000) + HOUR_SECONDS, secretKey = SECRET_KEY) =>
      accessTokens(keyring(secretKey), ALGORITHM).sign({
        userId: PEOPLE[0]!,
        sessionId: PEOPLE[1]!,
        tenantId: null,
        expiresAtSeconds,
      }),
    async ask(query: string, headers: Record<string, string> = {}, variables: Record<string, unknown> = {}) {
      const response = await fetch(`${gateway.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'accept-language': 'en', ...headers },
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors } = (await response.json()) as {
        data: { caller?: unknown; rooms: { nodes: unknown[] } };
        errors?: { message: string; path?: unknown[]; extensions: { code: string; traceId: string } }[];
      };
      return { status: response.status, headers: response.headers, data, errors };
    },
    async stopSubgraph(name: 'room' | 'person') {
      await subgraphs[name]!.stop();
      delete subgraphs[name];
    },
    /** Restarts the room subgraph on its old port. */
    async startRooms() {
      subgraphs['room'] = await start('room', ROOM_TYPES, roomResolvers, Number(new URL(room.url).port));
    },
    stopGateway,
    async close() {
      await stopGateway();
      await Promise.all(Object.values(subgraphs).map((one) => one.stop()));
    },
  };
}

export type SmallFederation = Awaited<ReturnType<typeof smallFederation>>;
