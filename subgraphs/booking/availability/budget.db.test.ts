import { gatewayPassports } from '@libs/testing/passports';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { SHARES_HEADER } from '@libs/graphql/context';
import { connect } from '@libs/db/connect';
import { startSubgraph } from '@libs/graphql/startSubgraph';
import { silentLog } from '@libs/telemetry/log';
import { testDatabase, testRedis } from '@libs/testing/testDatabases';
import { DAYS_OF_WEEK } from '@libs/time/days';
import type { LocalTime } from '@libs/time/localTimes';
import type { GraphQLScalarType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instance, SECRET_KEY } from '../changes/changes.fixtures.ts';
import { contextOf } from '../context.ts';
import { exampleDirectory, exampleTenant, type ExampleTenant, nothingLive } from '../booking.fixtures.ts';
import { schema } from '../schema.ts';

const { url: databaseUrl } = await testDatabase('booking');
const { url: redisUrl } = await testRedis();
const db = connect(databaseUrl, { name: 'budget' });
const directory = exampleDirectory();
const changes = instance({ databaseUrl, redisUrl });

/** Statements that have read busy times so far, and what they wait for. */
const state = { reads: 0, isAborted: () => false, hold: undefined as Promise<void> | undefined };
const observed: typeof db = {
  ...db,
  sql: new Proxy(db.sql, {
    apply(sql, self, args) {
      const run = () => Reflect.apply(sql, self, args) as unknown;
      if (!String(args[0]).includes('from allocations')) return run();
      state.reads += 1;
      return Promise.resolve(state.hold).then(run);
    },
  }),
};
const executable = schema(changes, nothingLive);
const subgraph = await startSubgraph({
  name: 'booking',
  host: '127.0.0.1',
  port: 0,
  isProduction: false,
  schema: executable,
  passports: gatewayPassports(SECRET_KEY, 'booking').accepted,
  callerOfClient: async () => ({ kind: 'anonymous' }),
  languageOfTenant: async () => 'pt-BR',
  context(base) {
    state.isAborted = () => base.signal?.aborted ?? false;
    const { busyCache, bulkhead } = directory;
    return contextOf(base, { db: observed, sources: directory, busyCache, bulkhead });
  },
  checks: {},
  log: silentLog(),
});
afterAll(async () => {
  await subgraph.stop();
  await changes.stop();
  await db.close();
});

/** Open day and night, every day. */
const dense = (bookingInterval: number) => ({
  workingHoursStart: 0 as LocalTime,
  workingHoursEnd: 86_400 as LocalTime,
  workingDays: DAYS_OF_WEEK,
  bookingInterval,
});
let fiveMinutes: ExampleTenant;
beforeAll(() => {
  fiveMinutes = exampleTenant(db, directory, dense(5));
});

const QUERY = `query ($resources: [_Any!]!, $from: LocalDate!, $to: LocalDate) { _entities(representations: $resources) {
  ... on Resource { availability(from: $from, to: $to) { date slots { startTime available } } }
} }`;
const rooms = (tenant: ExampleTenant, count: number) =>
  Array.from({ length: count }, () => tenant.resource());

type Days = { date: string; slots: unknown[] }[];
type Answer = {
  data: { _entities: { availability: Days }[] } | null;
  errors?: { message: string; extensions: { code: string } }[];
};

type Options = { headers?: Record<string, string>; signal?: AbortSignal; query?: string };
async function ask(
  ids: string[],
  to: string,
  { headers, signal, query = QUERY }: Options = {},
): Promise<Answer> {
  const resources = ids.map((id) => ({ __typename: 'Resource', id }));
  const response = await fetch(subgraph.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'accept-language': 'en', ...headers },
    body: JSON.stringify({ query, variables: { resources, from: '2027-01-06', to } }),
    ...(signal ? { signal } : {}),
  });
  return (await response.json()) as Answer;
}

const slotsIn = ({ data }: Answer) =>
  data!._entities.flatMap(({ availability }) => availability.flatMap(({ slots }) => slots)).length;

describe('the slots of one request', () => {
  it('are refused when there are more than 20,000, before one is computed, with their number and the limit', async () => {
    const ids = rooms(fiveMinutes, 40);
    for (const [language, sentence] of [
      ['en', 'The query asks for 714240 slots; the limit is 20000.'],
      ['pt-BR', 'A consulta pede 714240 horários; o máximo é 20000.'],
    ] as const) {
      const { data, errors } = await ask(ids, '2027-03-08', { headers: { 'accept-language': language } });
      expect(data?._entities.every((one) => one === null) ?? true).toBe(true);
      expect(new Set(errors!.map(({ extensions }) => extensions.code))).toEqual(
        new Set(['QUERY_TOO_COMPLEX']),
      );
      expect(errors![0]!.message).toContain(sentence);
      expect(state.reads).toBe(0);
    }
  });

  it.each([
    ['one resource, day and night by 5 minutes, 62 days', 5, 1, '2027-03-08', 17_856],
    ['50 resources, 7 days by hours', 60, 50, '2027-01-12', 8_400],
    ["ten resources' month by half hours", 30, 10, '2027-02-05', 14_880],
  ])('are listed for %s', async (_what, interval, count, to, slots) => {
    const answer = await ask(rooms(exampleTenant(db, directory, dense(interval)), count), to);
    expect(answer.errors).toBeUndefined();
    expect(slotsIn(answer)).toBe(slots);
  });

  it('count each time when one resource is requested repeatedly, by alias or by reference', async () => {
    const [room] = rooms(fiveMinutes, 1);
    const twice = await ask([room!, room!], '2027-03-08');
    expect(twice.errors![0]).toMatchObject({ extensions: { code: 'QUERY_TOO_COMPLEX' } });
    const query = QUERY.replace(
      '{ availability',
      '{ again: availability(from: $from, to: $to) { date } availability',
    );
    const aliased = await ask([room!], '2027-03-08', { query });
    expect(aliased.errors![0]!.message).toContain('35712');
    const week = await ask([room!, room!], '2027-01-12');
    expect(slotsIn(week)).toBe(2 * 7 * 288);
  });

  it('are limited to the request’s share of the budget', async () => {
    const [room] = rooms(fiveMinutes, 1);
    const shared = (shares: string) => ask([room!], '2027-02-05', { headers: { [SHARES_HEADER]: shares } });
    expect(slotsIn(await shared('2'))).toBe(8_928);
    expect((await shared('3')).errors![0]!.message).toContain('8928 slots; the limit is 6666');
    // The header cannot raise the limit.
    const many = await ask(rooms(fiveMinutes, 2), '2027-03-08', { headers: { [SHARES_HEADER]: '0.1' } });
    expect(many.errors![0]!.message).toContain('the limit is 20000');
  });
});

it('serializes one day of slots per turn of the event loop', async () => {
  let inThisTurn = 0;
  let maxPerTurn = 0;
  const dateTime = executable.getType('DateTime') as GraphQLScalarType;
  const { serialize } = dateTime;
  dateTime.serialize = (value) => {
    inThisTurn += 1;
    maxPerTurn = Math.max(maxPerTurn, inThisTurn);
    return serialize(value);
  };
  let isOver = false;
  const turns = (async () => {
    for (; !isOver; await nextTurn()) inThisTurn = 0;
  })();
  const week = await ask(rooms(fiveMinutes, 3), '2027-01-12');
  isOver = true;
  await turns;
  dateTime.serialize = serialize;
  expect(slotsIn(week)).toBe(3 * 7 * 288);
  expect(maxPerTurn).toBe(288);
});

it('reads and computes nothing more once the caller has disconnected', async () => {
  // 620 days are read in two parts.
  const ids = rooms(exampleTenant(db, directory, dense(1_440)), 10);
  let before = state.reads;
  expect(slotsIn(await ask(ids, '2027-03-08'))).toBe(620);
  expect(state.reads - before).toBe(2);

  let release = () => {};
  state.hold = new Promise((resolve) => (release = resolve));
  before = state.reads;
  const caller = new AbortController();
  const answer = ask(ids, '2027-03-08', { signal: caller.signal });
  await expect.poll(() => state.reads - before).toBe(1);
  caller.abort();
  await expect(answer).rejects.toThrow('abort');
  await expect.poll(() => state.isAborted()).toBe(true);
  release();
  state.hold = undefined;
  // The aborted request has not read its second part.
  expect(slotsIn(await ask(ids, '2027-03-08'))).toBe(620);
  expect(state.reads - before).toBe(1 + 2);
});
