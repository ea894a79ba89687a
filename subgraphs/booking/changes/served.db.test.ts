import { gatewayPassports } from '@libs/testing/passports';
import type { Caller } from '@libs/auth/caller';
import { connectRedis } from '@libs/cache/redis';
import { connect } from '@libs/db/connect';
import { relayOnce } from '@libs/events/relay/relay';
import { startSubgraph, type Subgraph } from '@libs/graphql/startSubgraph';
import { silentLog } from '@libs/telemetry/log';
import { testDatabase, testRedis } from '@libs/testing/testDatabases';
import { createClient, type Client, type ExecutionResult } from 'graphql-ws';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createBooking } from '../bookings/createBooking.ts';
import { updateBooking } from '../bookings/updateBooking.ts';
import { contextOf } from '../context.ts';
import {
  bookingInput,
  exampleDirectory,
  exampleTenant,
  times,
  valueOf,
  nothingLive,
} from '../booking.fixtures.ts';
import { schema } from '../schema.ts';
import { instance, SECRET_KEY, type Instance } from './changes.fixtures.ts';

const { url: databaseUrl } = await testDatabase('booking');
const { url: redisUrl } = await testRedis();
const log = silentLog();
const db = connect(databaseUrl, { name: 'test' });
const redis = connectRedis(redisUrl, { name: 'test', log });
const directory = exampleDirectory();
const passport = gatewayPassports(SECRET_KEY, 'booking');
const clients: Client[] = [];

type Process = { changes: Instance; subgraph: Subgraph; stop(): Promise<void> };
let processes: Process[];

/** The subgraph as `main.ts` serves it. */
async function start(): Promise<Process> {
  const changes = instance({ databaseUrl, redisUrl });
  const subgraph = await startSubgraph({
    name: 'booking',
    host: '127.0.0.1',
    port: 0,
    isProduction: false,
    schema: schema(changes, nothingLive),
    passports: passport.accepted,
    callerOfClient: async () => ({ kind: 'anonymous' }),
    languageOfTenant: async () => 'pt-BR',
    context: (base) => contextOf(base, { db, sources: directory, ...directory }),
    checks: {},
    log,
  });
  return {
    changes,
    subgraph,
    async stop() {
      await subgraph.stop();
      await changes.stop();
    },
  };
}

beforeAll(async () => {
  processes = await Promise.all([start(), start()]);
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose();
});
afterAll(async () => {
  await Promise.all(processes.map((one) => one.stop()));
  redis.disconnect();
  await db.close();
});

function connectTo({ subgraph }: Process): Client {
  const url = subgraph.url.replace('http', 'ws');
  const client = createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0 });
  clients.push(client);
  return client;
}

const QUERY = `subscription ($filter: BookingChangeFilter, $after: String) {
  bookingChanged(filter: $filter, after: $after) {
    id type occurredAt cursor
    booking { id notes localStart canCancel resource { id } client { id } }
  }
}`;

type ReceivedChange = { cursor: string; booking: { id: string; notes: string | null } } & Record<
  string,
  unknown
>;

/** Subscribes as the gateway does. */
async function operation(client: Client, caller: Caller, extensions = {}, variables = {}) {
  const results = client.iterate<{ bookingChanged: ReceivedChange }>({
    query: QUERY,
    variables,
    extensions: { passport: await passport.mint(caller), acceptLanguage: 'en', ...extensions },
  });
  return {
    async next() {
      const { done, value } = await results.next();
      if (done) throw new Error('completed');
      return value as ExecutionResult<{ bookingChanged: ReceivedChange }, { resume: string }>;
    },
  };
}

const relay = () => relayOnce({ db, redis });

it('delivers to each caller on a shared connection what they may read, with the fields of the booking', async () => {
  const tenant = exampleTenant(db, directory);
  const [boss, ana] = [tenant.administrator(), tenant.user()];
  const room = tenant.resource();
  const client = connectTo(processes[0]!);
  const resumable = { resumable: true };
  const [bosss, anas] = [await operation(client, boss, resumable), await operation(client, ana, resumable)];
  for (const one of [bosss, anas]) expect(Object.keys(await one.next())).toEqual(['extensions']);
  const created = valueOf(await createBooking(tenant.as(boss), bookingInput(room))).bookings[0]!;
  const hers = valueOf(await createBooking(tenant.as(ana), bookingInput(room, times('11:00', '12:00'))))
    .bookings[0]!;
  await relay();
  const { data, extensions } = await bosss.next();
  const [event] = await db.sql`select id from outbox where payload ->> 'booking_id' = ${created.id}`;
  expect(data?.bookingChanged).toEqual({
    id: event?.['id'],
    type: 'CREATED',
    occurredAt: '2027-01-04T12:00:00.000Z',
    cursor: extensions?.resume,
    booking: {
      id: created.id,
      notes: null,
      localStart: '2027-01-06T10:00:00-03:00',
      canCancel: true,
      resource: { id: room },
      client: { id: boss.userId },
    },
  });
  expect((await bosss.next()).data?.bookingChanged.booking.id).toBe(hers.id);
  expect((await anas.next()).data?.bookingChanged.booking.id).toBe(hers.id);
});

it('refuses a subscription with a code, a localized message and the trace id', async () => {
  const tenant = exampleTenant(db, directory);
  const client = connectTo(processes[0]!);
  const refused = async (caller: Caller, variables: object): Promise<unknown> =>
    (await operation(client, caller, { acceptLanguage: 'pt-BR' }, variables))
      .next()
      .catch((errors) => errors);
  const traceId = expect.stringMatching(/^[\da-f]{32}$/);
  expect(await refused({ kind: 'anonymous' }, {})).toMatchObject([
    { extensions: { code: 'UNAUTHENTICATED', traceId } },
  ]);
  expect(await refused(tenant.user(), { filter: { resourceId: '1' } })).toMatchObject([
    { message: 'filter.resourceId não é um UUID.', extensions: { code: 'BAD_USER_INPUT', traceId } },
  ]);
  expect(await refused(tenant.user(), { after: 'made-up' })).toMatchObject([
    {
      message: 'O cursor não pertence às mudanças desta organização.',
      extensions: { code: 'BAD_USER_INPUT', traceId },
    },
  ]);
});

it('a process that stops closes with 1001, and another process resumes the operation without loss', async () => {
  const tenant = exampleTenant(db, directory);
  const boss = tenant.administrator();
  const leaving = await start();
  const client = connectTo(leaving);
  const closed = new Promise<number>((resolve) =>
    client.on('closed', (event) => resolve((event as { code: number }).code)),
  );
  const one = await operation(client, boss, { resumable: true });
  await one.next();
  const { id } = valueOf(await createBooking(tenant.as(boss), bookingInput(tenant.resource()))).bookings[0]!;
  await relay();
  const { extensions } = await one.next();
  const lost = one.next().catch((error: unknown) => error);
  await leaving.stop();
  expect(await closed).toBe(1001);
  await lost;
  valueOf(await updateBooking(tenant.as(boss), { id, notes: 'while nobody listened' }));
  await relay();
  const again = await operation(connectTo(processes[1]!), boss, {
    resumable: true,
    resume: extensions?.resume,
  });
  expect((await again.next()).extensions).toEqual(extensions);
  expect((await again.next()).data?.bookingChanged).toMatchObject({
    type: 'UPDATED',
    booking: { id, notes: 'while nobody listened' },
  });
});
