/** The hub with the real supergraph and planner; subgraphs and their subscriptions are played. */
import { QueryPlanner } from '@apollo/query-planner';
import { ALL_PERMISSIONS, ANONYMOUS, type Caller, type TenantUser } from '@libs/auth/caller';
import type { TenantId } from '@libs/auth/tenantId';
import { silentLog } from '@libs/telemetry/log';
import type { GraphQLFormattedError } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { GatewayContext } from '../context.ts';
import { queryPlanner } from '../execution/planner.ts';
import type { RateLimiter } from '../limits/rateLimits.ts';
import type { SubgraphSource } from '../upstream/dataSource.ts';
import { composedSupergraph } from '../upstream/supergraphFile.ts';
import { subscriptionHub } from './subscriptionHub.ts';
import { subscriptionPlanner } from './subscriptionPlanner.ts';
import type { Upstream } from './upstream.ts';

const loaded = composedSupergraph();
const apollo = new QueryPlanner(loaded.supergraph);
const TENANT = '00000000-0000-4000-8000-000000000001' as TenantId;

const administrator = (number: number): TenantUser => ({
  kind: 'user',
  userId: `00000000-0000-4000-8000-00000000000${number}`,
  tenantId: TENANT,
  userType: 'ADMIN',
  permissions: ALL_PERMISSIONS,
  sessionId: `10000000-0000-4000-8000-00000000000${number}`,
});

const contextOf = (caller: Caller): GatewayContext => ({
  caller,
  passport: async () => 'a passport',
  refusal: undefined,
  language: 'en',
  traceId: '0'.repeat(32),
  ip: '192.0.2.1',
  log: silentLog(),
  pause: async () => {},
});

/** As the user subgraph: sessions are null for others than the user. */
const userSubgraph: Pick<SubgraphSource, 'process'> = {
  process: async ({ request, context: { caller } }) => {
    const representations = request.variables!['representations'] as { id: string }[];
    const entities = representations.map(({ id }) => ({
      __typename: 'User',
      sessions: caller.kind === 'user' && caller.userId === id ? [{ id: caller.sessionId }] : null,
    }));
    return { data: { _entities: entities } };
  },
};

function setup(rates: Partial<RateLimiter> = {}, listen: Upstream['listen'] = async function* () {}) {
  let plans = 0;
  const planner = subscriptionPlanner(
    loaded,
    queryPlanner(loaded, () => {
      plans += 1;
      return apollo;
    }),
    new Map([['user', userSubgraph as SubgraphSource]]),
  );
  const none = { delayMs: 0, retryAfterSeconds: 0 };
  const hub = subscriptionHub(
    planner,
    { listen, close: async () => {} },
    {
      passports: { mint: async () => 'a passport', verify: async () => ANONYMOUS },
      documents: { textOf: ({ query }) => query as string } as Parameters<
        typeof subscriptionHub
      >[2]['documents'],
      rates: { waitOf: () => 0, consume: () => none, charge: () => {}, ...rates } as RateLimiter,
      nameOf: () => 'x',
    },
  );
  const follow = (query: string, caller: Caller) => {
    const answers: string[] = [];
    const started = hub.subscribe({ query }, contextOf(caller), {
      send: (answer) => void answers.push(answer),
      end: () => {},
      unreadBytes: () => 0,
    });
    return { answers, errors: 'leave' in started ? [] : (started as GraphQLFormattedError[]) };
  };
  return { follow, plans: () => plans };
}

describe('a client above its rate', () => {
  const query = 'subscription { bookingChanged { booking { user { name tenant { name } } } } }';

  it('is refused before its document is read', () => {
    const { follow } = setup({ waitOf: () => 60 });
    for (const text of [query, 'subscription {', '{'.repeat(10_000)]) {
      const [error] = follow(text, ANONYMOUS).errors;
      expect(error!.extensions).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 60 });
    }
  });

  it('is refused before its document is planned, if the document costs too much', () => {
    const { follow, plans } = setup({ consume: () => ({ delayMs: 0, retryAfterSeconds: 60 }) });
    expect(follow(query, ANONYMOUS).errors[0]!.extensions).toMatchObject({ code: 'RATE_LIMITED' });
    expect(plans()).toBe(0);
  });
});

it('a document that is refused counts, and one that is served counts once', () => {
  const counted: string[] = [];
  const { follow } = setup({
    charge: () => void counted.push('charge'),
    consume: () => {
      counted.push('consume');
      return { delayMs: 0, retryAfterSeconds: 0 };
    },
  });
  const tooDeep = `subscription { bookingChanged { booking { ${'user { bookings { nodes { '.repeat(6)} id ${'} } }'.repeat(6)} } } }`;
  for (const query of ['subscription {', 'subscription { nothing }', tooDeep, '{ me { id } }']) {
    expect(follow(query, administrator(1)).errors).toHaveLength(1);
  }
  expect(counted).toEqual(['charge', 'charge', 'charge', 'charge']);
  expect(follow('subscription { bookingChanged { booking { id } } }', administrator(1)).errors).toEqual([]);
  expect(counted.slice(4)).toEqual(['consume']);
});

it('sessions of a user are shown to that user alone, though both may read the same bookings', async () => {
  let change: () => void = () => {};
  const changed = new Promise<void>((resolve) => (change = resolve));
  const { follow } = setup({}, async function* () {
    await changed;
    const user = { __typename: 'User', id: administrator(2).userId };
    yield [{ cursor: 'c1', result: { data: { bookingChanged: { booking: { user } } } } }];
    await new Promise(() => {});
  });
  const query = 'subscription { bookingChanged { booking { user { sessions { id } } } } }';
  const [own, other] = [follow(query, administrator(2)), follow(query, administrator(3))];
  change();
  await expect.poll(() => [own.answers.length, other.answers.length]).toEqual([1, 1]);
  expect(own.answers[0]).toContain(administrator(2).sessionId);
  expect(other.answers[0]).toContain('"sessions":null');
});

it('a document with too many comments is refused', () => {
  const { follow } = setup();
  const query = 'subscription { bookingChanged { booking { id } } }';
  const [error] = follow(`${query}${'\n#'.repeat(1_001)}`, administrator(1)).errors;
  expect(error!.extensions).toMatchObject({ code: 'BAD_USER_INPUT' });
  expect(follow(`${query}${'\n#'.repeat(1_000)}`, administrator(1)).errors).toEqual([]);
});
