import { setTimeout } from 'node:timers/promises';
import { connect } from '@libs/db/connect';
import { inTransaction } from '@libs/db/inTransaction';
import type { TenantProfile } from '@libs/directory/tenants';
import { applyEvents } from '@libs/events/reactions';
import type { AnnouncedEvent, DomainEvent } from '@libs/events/catalogue';
import { newId } from '@libs/db/ids';
import { unavailable } from '@libs/outcome/apiErrors';
import { silentLog } from '@libs/telemetry/log';
import { newTraceId } from '@libs/telemetry/trace';
import { startKillable } from '@libs/testing/killableProcess';
import { fixedClock, systemClock } from '@libs/time/clock';
import { request } from '@libs/testing/contexts';
import { testDatabase } from '@libs/testing/testDatabases';
import { eventually } from '@libs/testing/eventFixtures';
import { pino } from 'pino';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { userFixtures, valueOf } from '../user.fixtures.ts';
import { reactions } from '../reactions.ts';
import { deleteUser } from '../users/deleteUser.ts';
import { updateUser } from '../users/updateUser.ts';
import {
  cancelledEvent,
  createdEvent,
  decodedMail,
  reminderEvent,
  smtpRefusal,
  startMailServer,
  statusChangedEvent,
  tenantProfile,
  updatedEvent,
  webhookDisabledEvent,
} from './notifications.fixtures.ts';
import { NOTIFICATION_RETRY_DELAYS_MS } from './notificationBackoff.ts';
import {
  NOTIFICATION_TIMEOUT_MS,
  MAX_CONCURRENT_MAILS,
  sendOnce,
  startNotificationWorker,
  type NotificationWorkerOptions,
} from './notificationWorker.ts';
import {
  claimDueNotificationsOfAllTenants,
  insertNotificationsForAdministrators,
  notificationDepthOfAllTenants,
  type ClaimedNotification,
} from './store.ts';
import type { NotificationWorkerProcess } from './notificationWorkerProcess.fixtures.ts';

const { url, sql } = await testDatabase('user');
const db = connect(url, { name: 'worker.db.test' });
const server = await startMailServer();
afterAll(async () => {
  await server.stop();
  await db.close();
});
const { as, newUser, platformAdministrator, tenants } = userFixtures(db, request);

beforeEach(async () => {
  await sql`truncate notifications`;
  server.received.length = 0;
});
afterEach(() => {
  delete server.behavior.atRecipient;
  delete server.behavior.atMessage;
});

const never = () => new Promise<void>(() => {});
/** After every retry delay and every lease. */
const afterAllPauses = () => fixedClock(systemClock.now().add({ hours: 24 }).toString());

/** A tenant with one user who books for themself, and worker options that know it. */
async function newSetup(given: Parameters<typeof tenantProfile>[0] = {}, name = 'João Silva') {
  const tenant = tenantProfile(given);
  tenants.set(tenant.id, { ...tenant, isActive: true });
  const user = await newUser(tenant.id, { name });
  const ids = { tenant_id: tenant.id, user_id: user.id, client_id: user.id };
  const subgraphs = { isAway: false };
  const answer = <T>(value: T): T => {
    if (subgraphs.isAway) throw unavailable();
    return value;
  };
  const options = (more: Partial<NotificationWorkerOptions> = {}): NotificationWorkerOptions => ({
    db,
    tenants: {
      profile: async (id): Promise<TenantProfile | undefined> =>
        answer(id === tenant.id ? tenant : undefined),
    },
    nameOfResource: async () => answer('Sala 1'),
    mailServer: server.mailServer,
    log: silentLog(),
    random: () => 0.5,
    ...more,
  });
  return { tenant, user, ids, subgraphs, options };
}

/** Applies the events of one request, as the consumer would. */
async function record(...events: DomainEvent[]): Promise<void> {
  const traceId = newTraceId();
  const announced = events.map(
    (event) =>
      ({
        ...event,
        eventId: newId(),
        tenantId: event.payload.tenant_id,
        occurredAt: systemClock.now(),
        traceId,
        version: 1,
        actor: { kind: 'user', id: newId() },
      }) as AnnouncedEvent,
  );
  const { now, log } = as();
  await inTransaction(db, (tx) => applyEvents(reactions, announced, { tx, now, log }));
}

type Row = { status: string; attempts: number; error: string | null; handed_over_at: string | null };
const rows = () =>
  sql<Row[]>`select status, attempts, error, handed_over_at from notifications order by arrival`;
const row = async () => (await rows())[0]!;
/** Case-insensitive: envelopes have the domain in lower case. */
const addressOf = ({ email }: { email: string }) => email.toLowerCase();
const headersOf = (message: string) => message.slice(0, message.indexOf('\r\n\r\n'));

describe('the notice of a changed e-mail address', () => {
  test('is sent once to the old address, without the new one', async () => {
    const { user, options } = await newSetup();
    const email = 'novo.endereco@academia.example';
    valueOf(await updateUser(as(await platformAdministrator()), { id: user.id, email, isActive: false }));
    expect(await sendOnce(options())).toBe(1);
    expect(await sendOnce(options({ clock: afterAllPauses() }))).toBe(0);
    expect(server.received.map(({ to }) => to)).toEqual([[addressOf(user)]]);
    const [{ message }] = server.received as [(typeof server.received)[number]];
    expect(headersOf(message)).toContain('Content-Language: pt-BR');
    expect(message).not.toContain('novo.endereco');
    expect(await row()).toMatchObject({ status: 'SENT', attempts: 1 });
  });

  test('is not sent again if the server may have accepted it', async () => {
    const { user, options } = await newSetup();
    server.behavior.atMessage = async () => server.drop();
    valueOf(
      await updateUser(as(await platformAdministrator()), { id: user.id, email: 'novo@academia.example' }),
    );
    expect(await sendOnce(options())).toBe(1);
    expect(await sendOnce(options({ clock: afterAllPauses() }))).toBe(0);
    expect(await row()).toMatchObject({ status: 'FAILED' });
    expect(server.received).toHaveLength(1);
  });
});

describe('a notification', () => {
  test("is sent once to its user, in the tenant's name", async () => {
    const { user, ids, options } = await newSetup();
    await record(createdEvent(ids));
    expect(await sendOnce(options())).toBe(1);
    expect(await sendOnce(options({ clock: afterAllPauses() }))).toBe(0);
    expect(server.received).toHaveLength(1);
    const [{ to, from, message }] = server.received as [(typeof server.received)[number]];
    expect([to, from]).toEqual([[addressOf(user)], 'no-reply@vaga.example']);
    const [{ id }] = (await sql`select id from notifications`) as unknown as [{ id: string }];
    const headers = headersOf(message);
    expect(headers).toContain(`Message-ID: <${id}@vaga.example>`);
    expect(headers).toContain('Auto-Submitted: auto-generated');
    expect(headers).toContain('Content-Language: pt-BR');
    expect(headers).toMatch(/^From: =\?UTF-8\?.*\?= <no-reply@vaga\.example>$/m);
    expect(message).toContain('Content-Type: text/plain; charset=utf-8');
    expect(message).toContain('Content-Type: text/html; charset=utf-8');
    expect(await row()).toMatchObject({ status: 'SENT', attempts: 1, error: null });
  });

  test('names every resource that is known, and is sent though another is not', async () => {
    const { ids, options } = await newSetup();
    const [doctor, removed, room] = [newId(), newId(), newId()];
    const names = new Map([
      [doctor, 'Dra. Ana'],
      [room, 'Sala 1'],
    ]);
    const looked: string[] = [];
    const nameOfResource = async (id: string) => {
      looked.push(id);
      return names.get(id);
    };
    await record(
      createdEvent({ ...ids, resource_id: doctor, resource_ids: [doctor, removed, room], seats: 2 }),
    );
    await sendOnce(options({ nameOfResource }));
    expect(decodedMail(server.received[0]!.message)).toContain(
      '\r\nSala: Dra. Ana, Sala 1\r\nLugares: 2\r\nQuando: ',
    );
    expect(looked).toEqual([doctor, removed, room]);
  });

  test('that an earlier release recorded without resource_ids and seats names the resource', async () => {
    const { ids, options } = await newSetup();
    await record(createdEvent(ids));
    await sql`update notifications set payload = payload - 'resource_ids' - 'seats'`;
    await sendOnce(options());
    expect(decodedMail(server.received[0]!.message)).toContain('\r\nSala: Sala 1\r\nQuando: ');
  });

  test('gets neither headers nor recipients from hostile names', async () => {
    const hostile = 'Eve\r\nBcc: all@example.com\r\n\r\n<b>boo</b>, "x" <eve@example.com>';
    const { ids, user, options } = await newSetup({ name: hostile });
    // As a past release could have stored it.
    await sql`update users set name = ${hostile} where id = ${user.id}`;
    await record(createdEvent(ids));
    await sendOnce(options({ nameOfResource: async () => hostile }));
    const [mail] = server.received;
    expect(mail!.to).toEqual([addressOf(user)]);
    expect(headersOf(mail!.message)).not.toMatch(/^Bcc/im);
    expect(headersOf(mail!.message)).toMatch(/^Content-Type: multipart\/alternative/m);
  });

  test('has no name of a user who signed up and has not verified the address', async () => {
    const { ids, user, options } = await newSetup();
    await record(createdEvent(ids), createdEvent({ ...ids, seats: 2 }));
    await sql`update users set name = 'Prize', awaits_verification = true where id = ${user.id}`;
    expect(await sendOnce(options())).toBe(2);
    for (const { message } of server.received)
      expect(headersOf(message)).toMatch(new RegExp(`^To: ${user.email}\r?$`, 'im'));
  });

  test('of a webhook is sent to an administrator', async () => {
    const { tenant, options } = await newSetup();
    const admin = await newUser(tenant.id, { userType: 'ADMIN' });
    await record(webhookDisabledEvent({ tenant_id: tenant.id }));
    await sendOnce(options());
    expect(server.received.map(({ to }) => to)).toEqual([[addressOf(admin)]]);
  });

  test('is composed later if another subgraph is unavailable', async () => {
    const { ids, subgraphs, options } = await newSetup();
    await record(createdEvent(ids));
    subgraphs.isAway = true;
    expect(await sendOnce(options())).toBe(1);
    expect(await row()).toMatchObject({ status: 'PENDING', attempts: 1 });
    subgraphs.isAway = false;
    expect(await sendOnce(options())).toBe(0);
    await sendOnce(options({ clock: afterAllPauses() }));
    expect(server.received).toHaveLength(1);
    expect((await row()).status).toBe('SENT');
  });

  test.each([
    ['shown to developers', true],
    ['in production without any of its text and addresses', false],
  ])('is kept without a mail server, and logged: %s', async (_name, logsEmails) => {
    const { ids, user, options } = await newSetup();
    await record(createdEvent(ids));
    const lines: string[] = [];
    const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
    await sendOnce(options({ mailServer: undefined, logsEmails, log }));
    expect((await row()).status).toBe('KEPT');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('a notification is kept');
    expect(lines[0]!.includes(user.email)).toBe(logsEmails);
    expect(lines[0]!.includes('Consulta')).toBe(logsEmails);
  });

  test('is not sent to a user or for a tenant that is inactive by then', async () => {
    const { ids, user, options } = await newSetup();
    await record(createdEvent(ids));
    valueOf(await updateUser(as(await platformAdministrator()), { id: user.id, isActive: false }));
    const closed = await newSetup({ isActive: false });
    await record(createdEvent(closed.ids));
    await sendOnce(options({ tenants: { profile: async () => closed.tenant } }));
    expect(server.received).toEqual([]);
    expect((await rows()).map(({ status, error }) => [status, error])).toEqual([
      ['FAILED', 'the user is not active'],
      ['FAILED', 'the tenant is not active'],
    ]);
  });

  test('of a reminder is sent until the booking begins, and not afterwards', async () => {
    const { ids, options } = await newSetup();
    await record(reminderEvent({ ...ids, start_time: '2126-12-05T14:00:00.000Z' }));
    expect(await sendOnce(options({ clock: fixedClock('2126-12-05T13:59:59.999Z') }))).toBe(1);
    expect(server.received).toHaveLength(1);
    expect(await row()).toMatchObject({ status: 'SENT' });
    await sql`truncate notifications`;
    await record(reminderEvent({ ...ids, start_time: '2126-12-05T14:00:00.000Z' }));
    expect(await sendOnce(options({ clock: fixedClock('2126-12-05T14:00:00Z') }))).toBe(1);
    expect(server.received).toHaveLength(1);
    expect(await row()).toMatchObject({ status: 'FAILED', error: 'the booking has begun' });
  });

  test('waits for earlier ones of its booking, but not of another', async () => {
    const { ids, options } = await newSetup();
    const one = { ...ids, booking_id: newId() };
    await record(createdEvent(one));
    await record(cancelledEvent(one));
    await record(statusChangedEvent(ids));
    server.behavior.atRecipient = async () => {
      delete server.behavior.atRecipient;
      throw smtpRefusal(451);
    };
    await sendOnce(options());
    expect((await rows()).map(({ status }) => status)).toEqual(['PENDING', 'PENDING', 'SENT']);
    await sendOnce(options({ clock: afterAllPauses() }));
    expect((await rows()).map(({ status }) => status)).toEqual(['SENT', 'SENT', 'SENT']);
    const positions = ['=?UTF-8?Q?Confirma', '=?UTF-8?Q?Confirma', 'Cancelamento'];
    expect(server.received.map(({ message }) => headersOf(message))).toEqual(
      positions.map((text) => expect.stringContaining(text)),
    );
  });
});

describe('an e-mail about several bookings', () => {
  const dayOf = (day: number) => `2026-12-${String(day).padStart(2, '0')}`;
  /** Created by one request. */
  const seriesOf = (ids: object, resourceId = newId()) =>
    [5, 12, 19].map((day) =>
      createdEvent({
        ...ids,
        booking_id: newId(),
        resource_id: resourceId,
        start_time: `${dayOf(day)}T14:00:00.000Z`,
        end_time: `${dayOf(day)}T15:00:00.000Z`,
      }),
    );
  const subjects = () =>
    server.received.map(({ message }) => /^Subject: ((?:.+(?:\r\n )?)+)/m.exec(decodedMail(message))![1]);

  test('is one for what a request did to all of them, and settles each', async () => {
    const { ids, options } = await newSetup();
    await record(...seriesOf(ids));
    expect(await sendOnce(options())).toBe(1);
    expect(await sendOnce(options({ clock: afterAllPauses() }))).toBe(0);
    expect(server.received).toHaveLength(1);
    const text = decodedMail(server.received[0]!.message);
    for (const day of ['5 de dezembro', '12 de dez.', '19 de dez.']) expect(text).toContain(day);
    const status = 'SENT';
    expect(await rows()).toMatchObject([{ status }, { status }, { status }]);
  });

  test('leaves what is said of others, and to others, to e-mails of their own', async () => {
    const { tenant, ids, options } = await newSetup();
    const client = await newUser(tenant.id);
    const [first, second, third] = seriesOf(ids) as [DomainEvent, DomainEvent, DomainEvent];
    const payload = { ...second.payload, client_id: client.id };
    const pending = { ...third.payload, status: 'pending' };
    await record(first, { ...second, payload } as DomainEvent, { ...third, payload: pending } as DomainEvent);
    // The booker has three, and the other client one.
    expect(await sendOnce(options())).toBe(4);
    expect(subjects().filter((subject) => subject!.includes('(+'))).toEqual([]);
  });

  test('is about those with the same resources and seats', async () => {
    const { ids, options } = await newSetup();
    const [doctor, room, otherRoom] = [newId(), newId(), newId()];
    const booked = (...rooms: string[]) =>
      createdEvent({ ...ids, booking_id: newId(), resource_id: doctor, resource_ids: [doctor, ...rooms] });
    const withSeats = createdEvent({ ...booked(room).payload, seats: 2 });
    await record(booked(room), booked(otherRoom), booked(room), withSeats);
    expect(await sendOnce(options())).toBe(3);
    expect(subjects().filter((subject) => subject!.includes('(+1)'))).toHaveLength(1);
  });

  test('is one for a moved series, with what each was before', async () => {
    const { ids, options } = await newSetup();
    const [room, earlier] = [newId(), newId()];
    const start = systemClock.now().add({ hours: 48 });
    const moved = [0, 24].map((hours) =>
      updatedEvent({
        ...ids,
        booking_id: newId(),
        resource_id: room,
        resource_ids: [room],
        start_time: start.add({ hours }).toString(),
        end_time: start.add({ hours: hours + 1 }).toString(),
        changes: {
          start_time: { from: start.add({ hours: hours - 1 }).toString(), to: start.toString() },
          resource_id: { from: earlier, to: room },
        },
      }),
    );
    await record(...moved);
    const nameOfResource = async (id: string) => (id === room ? 'Sala 1' : 'Sala 2');
    expect(await sendOnce(options({ nameOfResource }))).toBe(1);
    const text = decodedMail(server.received[0]!.message);
    expect(text).toMatch(/Sala: Sala 1\r\nSala \(antes\): Sala 2\r\nQuando: .+\r\nQuando \(antes\): /);
    expect(text).toMatch(/\r\n\S+: [^\r]+\(antes: [^\r]+\)\r\n/);
  });

  test('is not shared by reminders, whose times come one by one', async () => {
    const { ids, options } = await newSetup();
    const soon = systemClock.now().add({ hours: 2 }).toString();
    const reminder = () => reminderEvent({ ...ids, booking_id: newId(), start_time: soon });
    await record(reminder(), reminder());
    expect(await sendOnce(options())).toBe(2);
  });

  test('is tried again as one, and given up as one', async () => {
    const { ids, options } = await newSetup();
    await record(...seriesOf(ids));
    server.behavior.atMessage = async () => {
      throw smtpRefusal(451);
    };
    expect(await sendOnce(options())).toBe(1);
    server.behavior.atMessage = async () => {
      throw smtpRefusal(550);
    };
    expect(await sendOnce(options({ clock: afterAllPauses() }))).toBe(1);
    const status = 'FAILED';
    expect(await rows()).toMatchObject([{ status }, { status }, { status }]);
    expect(server.received).toHaveLength(2);
  });

  test('keeps the order of each booking', async () => {
    const { ids, options } = await newSetup();
    const series = seriesOf(ids);
    const { booking_id: last } = series[2]!.payload as { booking_id: string };
    const change = (status: 'confirmed' | 'completed') =>
      statusChangedEvent({ ...ids, booking_id: last, new_status: status });
    await record(change('confirmed'));
    await record(...series);
    await record(change('completed'));
    server.behavior.atMessage = async () => {
      throw smtpRefusal(451);
    };
    // The first one is not settled, so what is about the same booking waits.
    expect(await sendOnce(options())).toBe(1);
    delete server.behavior.atMessage;
    server.received.length = 0;
    expect(await sendOnce(options({ clock: afterAllPauses() }))).toBe(3);
    expect(subjects().map((subject) => subject!.includes('(+2)'))).toEqual([false, true, false]);
  });

  test('is not lost with the first of them', async () => {
    const { ids, options } = await newSetup();
    await record(...seriesOf(ids));
    await sql`delete from notifications where sent_with is null`;
    expect(await sendOnce(options())).toBe(2);
  });
});

describe('a mail server', () => {
  test.each([
    ['does not answer', { url: 'smtp://127.0.0.1:1', from: 'a@b.example' }, {}],
    ['refuses the recipient for now', undefined, { atRecipient: () => Promise.reject(smtpRefusal(450)) }],
    ['refuses the message for now', undefined, { atMessage: () => Promise.reject(smtpRefusal(452)) }],
    [
      'breaks the connection before it has the message',
      undefined,
      { atRecipient: async () => server.drop() },
    ],
    ['hangs before it has the message', undefined, { atRecipient: never }],
  ])('that %s is tried again', async (_, mailServer, behavior) => {
    const { ids, options } = await newSetup();
    await record(createdEvent(ids));
    Object.assign(server.behavior, behavior);
    const timeoutMs = 500;
    await sendOnce(options({ timeoutMs, ...(mailServer && { mailServer }) }));
    expect(await row()).toMatchObject({ status: 'PENDING', attempts: 1, handed_over_at: null });
    const refused = server.received.length;
    delete server.behavior.atRecipient;
    delete server.behavior.atMessage;
    await sendOnce(options({ clock: afterAllPauses() }));
    expect(server.received).toHaveLength(refused + 1);
    expect(await row()).toMatchObject({ status: 'SENT', attempts: 2 });
  });

  test.each([
    ['the recipient', { atRecipient: () => Promise.reject(smtpRefusal(550)) }],
    ['the message', { atMessage: () => Promise.reject(smtpRefusal(554)) }],
  ])('that refuses %s permanently is not tried again', async (_, behavior) => {
    const { ids, options } = await newSetup();
    await record(createdEvent(ids));
    Object.assign(server.behavior, behavior);
    await sendOnce(options());
    expect(await row()).toMatchObject({ status: 'FAILED', attempts: 1, handed_over_at: null });
    expect(await sendOnce(options({ clock: afterAllPauses() }))).toBe(0);
  });

  test.each([
    ['hangs', never],
    [
      'breaks the connection',
      () => {
        server.drop();
        return never();
      },
    ],
  ])(
    'that %s after it has the message does not get it again, since it may have accepted it',
    async (_, atMessage) => {
      const { ids, options } = await newSetup();
      await record(createdEvent(ids));
      server.behavior.atMessage = atMessage;
      await sendOnce(options({ timeoutMs: 1_000 }));
      const { status, error, handed_over_at: handedOverAt } = await row();
      expect([status, handedOverAt === null]).toEqual(['FAILED', false]);
      expect(error).toMatch(/^it is not known whether the mail server took it/);
      expect(await sendOnce(options({ clock: afterAllPauses() }))).toBe(0);
      expect(server.received).toHaveLength(1);
    },
  );

  test('that keeps refusing is given up', async () => {
    const { ids, options } = await newSetup();
    await record(createdEvent(ids));
    server.behavior.atRecipient = () => Promise.reject(smtpRefusal(451));
    let now = systemClock.now();
    for (let attempt = 1; attempt <= NOTIFICATION_RETRY_DELAYS_MS.length + 1; attempt += 1) {
      expect((await row()).status).toBe('PENDING');
      expect(await sendOnce(options({ clock: fixedClock(now.toString()) }))).toBe(1);
      now = now.add({ milliseconds: NOTIFICATION_RETRY_DELAYS_MS[attempt - 1] ?? 0 });
    }
    expect(await row()).toMatchObject({
      status: 'FAILED',
      attempts: NOTIFICATION_RETRY_DELAYS_MS.length + 1,
    });
    expect((await row()).error).toContain('no, thank you');
  });
});

describe('a user deleted during an attempt', () => {
  test('gets no further e-mail', async () => {
    const { ids, user, options } = await newSetup();
    await record(createdEvent(ids));
    server.behavior.atRecipient = async () => {
      valueOf(await deleteUser(as(await platformAdministrator()), user.id));
    };
    await sendOnce(options());
    expect(server.received).toEqual([]);
    expect(await rows()).toEqual([]);
  });
});

test('the depth of the queue is what waits for no earlier e-mail, since it was recorded', async () => {
  const { ids, tenant, options } = await newSetup();
  await newUser(tenant.id, { userType: 'ADMIN' });
  const first = createdEvent(ids);
  await record(first);
  server.behavior.atRecipient = () => Promise.reject(smtpRefusal(451));
  await sendOnce(options());
  await record(cancelledEvent({ ...first.payload }));
  expect(await notificationDepthOfAllTenants(db)).toEqual({ due: 0, oldestSeconds: 0 });
  await inTransaction(db, (tx) =>
    insertNotificationsForAdministrators(
      tenant.id,
      tx,
      {
        eventId: newId(),
        type: 'webhook.disabled',
        subjectId: newId(),
        payload: {},
        traceId: newTraceId(),
        dueAt: systemClock.now().subtract({ hours: 1 }),
      },
      systemClock.now(),
    ),
  );
  const { due, oldestSeconds } = await notificationDepthOfAllTenants(db);
  expect(due).toBe(1);
  expect(oldestSeconds).toBeLessThan(3_000);
});

describe('workers', () => {
  test("take a tenant's turns in order, with those of others in between, and count what is being sent", async () => {
    const [large, small] = [await newSetup(), await newSetup()];
    for (let n = 0; n < 6; n += 1) await record(createdEvent(large.ids));
    for (let n = 0; n < 2; n += 1) await record(createdEvent(small.ids));
    const claim = async (limit: number, running: readonly ClaimedNotification[] = []) => {
      const now = systemClock.now();
      const until = now.add({ minutes: 3 });
      return claimDueNotificationsOfAllTenants(db, { claimId: newId(), now, until }, limit, running);
    };
    const of = (claimed: readonly ClaimedNotification[], { tenant }: typeof large) =>
      claimed.filter(({ tenantId }) => tenantId === tenant.id).length;
    const first = await claim(2);
    expect([of(first, large), of(first, small)]).toEqual([1, 1]);
    const next = await claim(1, [first.find(({ tenantId }) => tenantId === large.tenant.id)!]);
    expect(of(next, small)).toBe(1);
    expect(of(await claim(8), large)).toBe(5);
  });

  test('share the work: three send each notification once, a few at a time', async () => {
    const { ids, options } = await newSetup();
    const count = 90;
    for (let n = 0; n < count; n += 1) await record(createdEvent(ids));
    let [most, now] = [0, 0];
    server.behavior.atMessage = async () => {
      now += 1;
      most = Math.max(most, now);
      await setTimeout(20);
      now -= 1;
    };
    const workers = [1, 2, 3].map(() => startNotificationWorker(options()));
    const isDone = async () => (await sql`select from notifications where status = 'PENDING'`).count === 0;
    await eventually('all sent', isDone, { limitMs: 25_000, everyMs: 50 });
    await Promise.all(workers.map((worker) => worker.stop()));
    const sent = server.received.map(({ message }) => /^Message-ID: (.*)$/m.exec(message)![1]);
    expect(sent).toHaveLength(count);
    expect(new Set(sent).size).toBe(count);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(3 * MAX_CONCURRENT_MAILS);
  });

  test('that stop release what the server does not have yet', async () => {
    const { ids, options } = await newSetup();
    await record(createdEvent(ids));
    server.behavior.atRecipient = never;
    const worker = startNotificationWorker(options());
    await eventually('it is at it', async () => (await row()).attempts === 1);
    await worker.stop();
    expect(await row()).toMatchObject({ status: 'PENDING', attempts: 0, handed_over_at: null });
    delete server.behavior.atRecipient;
    expect(await sendOnce(options())).toBe(1);
    expect((await row()).status).toBe('SENT');
  });

  test('that stop wait for a server that examines the message for some seconds', async () => {
    const { ids, options } = await newSetup();
    await record(createdEvent(ids));
    const reached = new Promise<void>((resolve) => {
      server.behavior.atMessage = async () => {
        resolve();
        await setTimeout(4_000);
      };
    });
    const worker = startNotificationWorker(options());
    await reached;
    await worker.stop();
    expect(await row()).toMatchObject({ status: 'SENT', error: null });
  });

  describe('that are killed', () => {
    /** Kills a worker process when the mail server reaches the given step. */
    async function killAt(behavior: 'atRecipient' | 'atMessage') {
      const { tenant, ids, options } = await newSetup();
      await record(createdEvent(ids));
      const reached = new Promise<void>((resolve) => {
        server.behavior[behavior] = () => {
          resolve();
          return never();
        };
      });
      const plan: NotificationWorkerProcess = { databaseUrl: url, mailServer: server.mailServer, tenant };
      const file = new URL('notificationWorkerProcess.fixtures.ts', import.meta.url);
      const worker = await startKillable(file, plan);
      await reached;
      await worker.kill();
      delete server.behavior[behavior];
      return options;
    }

    test('before the server has the message are replaced by another once their lease ends', async () => {
      const options = await killAt('atRecipient');
      expect(await sendOnce(options())).toBe(0);
      const later = systemClock.now().add({ milliseconds: 2 * NOTIFICATION_TIMEOUT_MS });
      expect(await sendOnce(options({ clock: fixedClock(later.toString()) }))).toBe(1);
      expect(server.received).toHaveLength(1);
      expect(await row()).toMatchObject({ status: 'SENT', attempts: 2 });
    });

    test('between the message and the answer leave one message and a note, never a second message', async () => {
      const options = await killAt('atMessage');
      await sendOnce(options({ clock: afterAllPauses() }));
      expect(server.received).toHaveLength(1);
      expect(await row()).toMatchObject({
        status: 'FAILED',
        error: 'it is not known whether the mail server took it: the process was ended',
      });
    });
  });
});
