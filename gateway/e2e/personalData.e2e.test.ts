/** A person's data is exported, erased, and then found nowhere: not in the four databases, and not in Redis. */
import { randomBytes } from 'node:crypto';
import { connect } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { GROUPS, STREAMS } from '@libs/events/catalogue';
import { purgeOldRows, trimByAge } from '@libs/events/relay/maintenance';
import { SUBGRAPHS } from '@libs/runtime/subgraphs';
import { epochMs } from '@libs/time/clock';
import { eventually } from '@libs/testing/eventFixtures';
import { federation } from '@libs/testing/federation';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { daysAhead, mutate, PASSWORD, setUpTenant, type TestUser } from '../testing/tenantSetup.ts';

const vaga = await federation();
const platform = await vaga.signIn();
const ours = await setUpTenant(vaga, platform);
const redis = new Redis(vaga.redisUrl);
afterAll(() => redis.quit().then(() => {}));

const SECRET = `planted${randomBytes(6).toString('hex')}`;
const WEEK_MS = 7 * 86_400_000;
const staff = ours.admin.token;

async function newPerson(): Promise<TestUser> {
  const email = `${SECRET}-${newId()}@${ours.domain}`;
  const input = {
    ...{ name: `Ana ${SECRET}`, email, phone: SECRET, password: PASSWORD, metadata: { diet: SECRET } },
  };
  const { user } = await mutate(vaga, staff, 'createUser', input, 'user { id }');
  const { session } = await mutate(
    vaga,
    undefined,
    'signIn',
    { domain: ours.domain, email, password: PASSWORD },
    'session { accessToken refreshToken }',
  );
  return { id: user.id, email, token: session.accessToken, refreshToken: session.refreshToken };
}

let day = 4;
const booking = async (token: string, more: object): Promise<string> => {
  day += 1;
  const input = {
    ...{ resourceId: ours.resourceId, startTime: daysAhead(day, 9), endTime: daysAhead(day, 10) },
    ...{ notes: SECRET, metadata: { diet: SECRET }, ...more },
  };
  return (await mutate(vaga, token, 'createBooking', input, 'booking { id }')).booking.id;
};

/** Every location where the secret is: 'database.table' or a key of Redis. */
async function whereIs(secret: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of SUBGRAPHS) {
    const { sql } = vaga.databases[name];
    const tables = await sql<{ table: string }[]>`
      select tablename as table from pg_tables where schemaname = 'public' order by 1`;
    for (const { table } of tables) {
      const rows = await sql`select 1 from ${sql(table)} t where t::text ilike ${`%${secret}%`} limit 1`;
      if (rows.length > 0) found.push(`${name}.${table}`);
    }
  }
  for (const key of await redis.keys('*')) {
    const type = await redis.type(key);
    const value =
      type === 'stream' ? await redis.xrange(key, '-', '+') : type === 'string' ? await redis.get(key) : key;
    if (JSON.stringify([key, value]).includes(secret)) found.push(`redis ${key}`);
  }
  return found;
}

/** What the outboxes and streams do by themselves after a week. */
async function letAWeekPass(): Promise<void> {
  for (const name of SUBGRAPHS) {
    const db = connect(vaga.databases[name].url, { name: 'test' });
    await db.sql`update outbox set occurred_at = occurred_at - interval '8 days'`;
    await purgeOldRows(db);
    await db.close();
  }
  for (const stream of STREAMS) {
    const nowMs = epochMs() + WEEK_MS + 1_000;
    await trimByAge(redis as never, stream, { expected: GROUPS[stream], nowMs });
  }
}

let person: TestUser;
let others: string;

beforeAll(async () => {
  const events = ['BOOKING_CREATED', 'BOOKING_UPDATED', 'BOOKING_CANCELLED', 'BOOKING_STATUS_CHANGED'];
  await mutate(vaga, staff, 'createWebhook', { url: 'https://hooks.example/all', events }, 'webhook { id }');
  person = await newPerson();
  const own = await booking(person.token, { idempotencyKey: SECRET });
  await mutate(vaga, person.token, 'updateBooking', { id: own, notes: `${SECRET} 2` }, 'booking { id }');
  await mutate(vaga, staff, 'cancelBooking', { id: own, reason: SECRET }, 'booking { id }');
  const override = { rules: ['TOO_FAR_IN_ADVANCE'], reason: SECRET };
  const late = { startTime: daysAhead(50, 9), endTime: daysAhead(50, 10) };
  await booking(staff, { clientId: person.id, override, ...late });
  const held = { startTime: daysAhead(51, 9), endTime: daysAhead(51, 10) };
  const hold = { resourceId: ours.resourceId, clientId: person.id, override, ...held };
  await mutate(vaga, staff, 'createHold', hold, 'hold { id }');
  // Changing the address writes a notice to the old one.
  const email = `${SECRET}-new@${ours.domain}`;
  const change = { id: person.id, email, currentPassword: PASSWORD };
  await mutate(vaga, person.token, 'updateUser', change, 'user { id }');
  others = await booking(staff, { clientId: ours.manager.id, notes: 'nobody erases this', metadata: {} });
  const recorded = () =>
    vaga.databases.user.sql`select 1 from notifications where payload::text like ${`%${SECRET}%`}`;
  await eventually('notifications', async () => (await recorded()).length >= 4);
  const delivered = () =>
    vaga.databases.tenant.sql`select 1 from webhook_deliveries where body like ${`%${SECRET}%`}`;
  await eventually('deliveries', async () => (await delivered()).length >= 4);
  // A dead letter of each database that consumes bookings.
  for (const name of ['tenant', 'user', 'resource'] as const) {
    await vaga.databases[name].sql`
      insert into inbox (consumer_group, event_id, stream, key, event_type, payload, metadata, dead_at, is_shown_dead)
      values (${`${name}-service`}, ${newId()}, 'booking-events', ${own}, 'booking.cancelled',
              ${JSON.stringify({ booking_id: own, reason: SECRET, metadata: { diet: SECRET } })}::text::jsonb, '{}', now(), true)`;
  }
}, 120_000);

const gather = async (token: string, userId: string) =>
  vaga.ask(
    `mutation ($userId: ID!) { exportPersonalData(userId: $userId) { personalData userErrors { code field } } }`,
    { userId },
    { token },
  );

describe('exportPersonalData', () => {
  test('gathers what every subgraph has of a person', async () => {
    const { data, errors } = await gather(person.token, person.id);
    expect(errors).toBeUndefined();
    const { personalData: gathered } = data.exportPersonalData;
    expect(gathered).toMatchObject({
      account: { id: person.id, name: `Ana ${SECRET}`, phone: SECRET, metadata: { diet: SECRET } },
      sessions: [{ endedAt: null }],
    });
    expect(JSON.stringify(gathered)).not.toMatch(/passwordHash|argon2|nobody erases/);
    expect(gathered.bookings).toHaveLength(2);
    expect(gathered.bookings[0]).toMatchObject({ notes: `${SECRET} 2`, cancellationReason: SECRET });
    expect(gathered.holds).toMatchObject([{ clientId: person.id, override: { reason: SECRET } }]);
    expect(gathered.emails.length).toBeGreaterThanOrEqual(4);
    const actions = gathered.actions.map(({ action }: { action: string }) => action);
    expect(actions).toEqual(expect.arrayContaining(['user.signed_in', 'booking.created', 'user.updated']));
    // The same for an administrator.
    const again = await gather(staff, person.id);
    expect(again.data.exportPersonalData.personalData.bookings).toEqual(gathered.bookings);
  });

  test('is for administrators and the person', async () => {
    for (const token of [ours.user.token, ours.manager.token]) {
      const { errors } = await gather(token, person.id);
      expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
    }
  });

  test('leaves out what was written for others', async () => {
    const { data } = await gather(staff, ours.admin.id);
    const { bookings, holds, emails } = data.exportPersonalData.personalData;
    expect(bookings.find(({ id }: { id: string }) => id === others)).toMatchObject({ notes: null });
    expect(holds).toMatchObject([{ clientId: person.id, override: null }]);
    expect(emails.length).toBeGreaterThanOrEqual(1);
    expect(JSON.stringify({ bookings, holds, emails })).not.toContain(SECRET);
  });
});

test('a person who erases their data is found nowhere, and their bookings remain', async () => {
  const before = await whereIs(SECRET);
  expect(before).toEqual(
    expect.arrayContaining([
      ...[
        'user.users',
        'user.notifications',
        'booking.bookings',
        'booking.holds',
        'booking.idempotency_keys',
      ],
      ...['booking.outbox', 'tenant.webhook_deliveries', 'redis booking-events', 'tenant.inbox'],
    ]),
  );
  const erase =
    'mutation ($userId: ID!) { erasePersonalData(userId: $userId) { deletedId userErrors { code } } }';
  const answer = await vaga.data(erase, { userId: person.id }, { token: person.token });
  expect(answer.erasePersonalData).toEqual({ deletedId: person.id, userErrors: [] });
  const kept = ['outbox', 'redis'];
  const left = async () =>
    (await whereIs(SECRET)).filter((location) => !kept.some((name) => location.includes(name)));
  await eventually('erased by events', async () => (await left()).length === 0, {
    limitMs: 20_000,
    everyMs: 250,
  }).catch(async () => expect(await left()).toEqual([]));
  await letAWeekPass();
  expect(await whereIs(SECRET)).toEqual([]);

  const query =
    'query ($id: ID!) { bookings(tenantId: null, filter: { clientId: $id }) { nodes { notes metadata client { name email } } } }';
  const { bookings } = await vaga.data(query, { id: person.id }, { token: staff });
  expect(bookings.nodes).toHaveLength(2);
  for (const node of bookings.nodes) {
    expect(node).toEqual({ notes: null, metadata: {}, client: { name: expect.any(String), email: null } });
  }
  const other = await vaga.data(
    'query ($id: ID!) { booking(id: $id) { notes } }',
    { id: others },
    { token: staff },
  );
  expect(other.booking.notes).toBe('nobody erases this');
  // The audit trail still says what happened, to whom it was an id.
  const trail = 'query ($id: ID!) { auditTrail(filter: { actorId: $id }) { nodes { action } } }';
  const { auditTrail } = await vaga.data(trail, { id: person.id }, { token: staff });
  expect(auditTrail.nodes.length).toBeGreaterThanOrEqual(4);
  // Again, as after deleteUser.
  const repeated = await vaga.data(erase, { userId: person.id }, { token: staff });
  expect(repeated.erasePersonalData).toEqual({ deletedId: person.id, userErrors: [] });
  const exported = await gather(staff, person.id);
  expect(exported.data.exportPersonalData).toEqual({
    personalData: null,
    userErrors: [{ code: 'NOT_FOUND', field: ['userId'] }],
  });
});

test('a person who was deleted, and not erased, is exported without name and addresses', async () => {
  const { id } = await newPerson();
  await vaga.data('mutation ($id: ID!) { deleteUser(id: $id) { deletedId } }', { id }, { token: staff });
  const exported = await gather(staff, id);
  expect(exported.data.exportPersonalData).toMatchObject({
    personalData: { account: { id, name: '', email: null } },
    userErrors: [],
  });
});
