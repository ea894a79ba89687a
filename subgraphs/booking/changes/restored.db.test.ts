import { createHmac } from 'node:crypto';
import { deriveKey } from '@libs/auth/keys';
import type { Caller } from '@libs/auth/caller';
import { connectRedis } from '@libs/cache/redis';
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { assignPositions } from '@libs/events/relay/assignPositions';
import { relayOnce } from '@libs/events/relay/relay';
import { ApiError } from '@libs/outcome/apiErrors';
import { silentLog } from '@libs/telemetry/log';
import { backupsOf } from '@libs/testing/backups';
import { testDatabase, testRedis } from '@libs/testing/testDatabases';
import { afterAll, afterEach, expect, it } from 'vitest';
import { createBooking } from '../bookings/createBooking.ts';
import { updateBooking } from '../bookings/updateBooking.ts';
import {
  bookingInput,
  exampleDirectory,
  exampleTenant,
  valueOf,
  type ExampleTenant,
} from '../booking.fixtures.ts';
import { instance, SECRET_KEY, subscriber, type Subscriber } from './changes.fixtures.ts';

const { url } = await testDatabase('booking');
const { url: redisUrl } = await testRedis();
const backUp = backupsOf(url);
const log = silentLog();
const db = connect(url, { name: 'test' });
const redis = connectRedis(redisUrl, { name: 'test', log });
const changes = instance({ databaseUrl: url, redisUrl });
const directory = exampleDirectory();
const subscribers: Subscriber[] = [];
const REPLACED = 'BAD_USER_INPUT booking.changesCursorReplaced';

afterEach(async () => {
  for (const one of subscribers.splice(0)) await one.end();
});
afterAll(async () => {
  await changes.stop();
  redis.disconnect();
  await db.close();
});

const relay = () => relayOnce({ db, redis });

function setup() {
  const tenant = exampleTenant(db, directory);
  return { tenant, boss: tenant.administrator(), sala: tenant.resource() };
}

async function subscribe(tenant: ExampleTenant, by: Caller, after?: string): Promise<Subscriber> {
  const one = await subscriber(tenant.as(by), changes, after === undefined ? {} : { after });
  subscribers.push(one);
  return one;
}

async function book({ tenant, boss, sala }: ReturnType<typeof setup>): Promise<string> {
  return valueOf(await createBooking(tenant.as(boss), bookingInput(sala))).bookings[0]!.id;
}

/** Sets the booking's notes to each text in turn, and relays the changes. Returns the notes. */
async function change(
  { tenant, boss }: ReturnType<typeof setup>,
  id: string,
  notes: string[],
): Promise<string[]> {
  for (const note of notes) valueOf(await updateBooking(tenant.as(boss), { id, notes: note }));
  await relay();
  return notes;
}

const eventsOf = async (tenant: ExampleTenant): Promise<string[]> =>
  (await db.sql`select id from outbox where tenant_id = ${tenant.id} order by position`).map(
    (row) => row['id'] as string,
  );

const refusalOf = (requested: Promise<unknown>) =>
  requested.then(
    () => 'not refused',
    (error: unknown) => (error instanceof ApiError ? `${error.code} ${error.key}` : error),
  );

it('after a restore, cursors of the replaced history are refused, even once the outbox has passed them, and older ones stay valid', async () => {
  const here = setup();
  const { tenant, boss } = here;
  const id = await book(here);
  const one = await subscribe(tenant, boss);
  await change(here, id, ['shared']);
  await one.take(1);
  const shared = one.cursor();
  const backup = await backUp();
  await change(here, id, ['a', 'b', 'c']);
  await one.take(3);
  const abandoned = [one.cursor(), (await subscribe(tenant, boss)).cursor()];
  await backup.restore();

  for (const after of abandoned) expect(await refusalOf(subscribe(tenant, boss, after))).toBe(REPLACED);
  await change(here, id, ['x', 'y', 'z', 'x', 'y', 'z']);
  for (const after of abandoned) expect(await refusalOf(subscribe(tenant, boss, after))).toBe(REPLACED);
  const again = await subscribe(tenant, boss, shared);
  const received = await again.take(6);
  expect(received.map((event) => event.id)).toEqual((await eventsOf(tenant)).slice(-6));
});

it('a restore ends live subscriptions with an error, even if the outbox has passed their position', async () => {
  const here = setup();
  const { tenant, boss } = here;
  const id = await book(here);
  await relay();
  const backup = await backUp();
  const one = await subscribe(tenant, boss);
  const first = one.take(1);
  await change(here, id, ['a', 'b', 'c']);
  await first;
  await one.take(2);
  const next = refusalOf(one.take(1));
  await backup.restore();
  // A follower that compared only positions would receive the last of these.
  await db.sql`
    insert into outbox (id, stream, event_type, tenant_id, payload, occurred_at, trace_id, version)
    select gen_random_uuid(), stream, event_type, tenant_id, payload, occurred_at, trace_id, version
    from outbox, generate_series(1, 6) where tenant_id = ${tenant.id}`;
  while ((await assignPositions(db)) !== 0);
  await relay();
  expect(await next).toBe(REPLACED);
  const again = await subscribe(tenant, boss);
  const taken = again.take(1);
  await change(here, id, ['new']);
  expect((await taken)[0]?.booking.notes).toBe('new');
});

it('a subscription to a tenant without changes continues after its last change was purged', async () => {
  const [here, there] = [setup(), setup()];
  const { tenant, boss } = here;
  const id = await book(here);
  await relay();
  const one = await subscribe(tenant, boss);
  const first = one.take(1);
  await change(here, id, ['a']);
  await first;
  await book(there);
  await relay();
  const next = one.take(1);
  const [newest] = await db.sql<{ last: string }[]>`select max(position)::text as last from outbox`;
  const last = newest!.last;
  const reached = () => {
    const known = { position: 0n, eventId: newId() };
    const { position, leave } = changes.feeds.join(tenant.id, known, { receive: () => {}, fail: () => {} });
    leave();
    return position;
  };
  await expect.poll(reached, { timeout: 20_000 }).toBeGreaterThanOrEqual(BigInt(last));
  await db.sql`
    with purged as (delete from outbox where position <= ${last}::bigint returning position, id)
    update outbox_relay set removed = purged.position, removed_event = purged.id
    from purged where purged.position = ${last}::bigint`;
  await change(here, id, ['b']);
  expect((await next)[0]?.booking.notes).toBe('b');
});

it('plain cursors of earlier releases are valid up to the position at which the database was migrated', async () => {
  const here = setup();
  const { tenant, boss } = here;
  const id = await book(here);
  await change(here, id, ['a']);
  const positions = (
    await db.sql<{ position: string }[]>`
    select position::text from outbox where tenant_id = ${tenant.id} order by position`
  ).map((row) => row.position);
  const plain = (position: string): string => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(BigInt(position));
    const key = deriveKey(SECRET_KEY, 'cursors of booking changes');
    const mac = createHmac('sha256', key).update(tenant.id).update(bytes).digest().subarray(0, 16);
    return Buffer.concat([bytes, mac]).toString('base64url');
  };
  const [before = '', since = ''] = positions;
  await db.sql`update outbox_relay set plain_cursors_until = ${before}::bigint`;
  const one = await subscribe(tenant, boss, plain(before));
  expect((await one.take(1))[0]?.booking.notes).toBe('a');
  expect(await refusalOf(subscribe(tenant, boss, plain(since)))).toBe(REPLACED);
});
