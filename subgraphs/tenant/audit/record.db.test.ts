import { newId } from '@libs/db/ids';
import type { Actor } from '@libs/events/actor';
import type { DomainEvent } from '@libs/events/catalogue';
import { redeliver } from '@libs/events/consumer/deadLetters';
import { administratorOf, newTenantId, platformAdministrator } from '@libs/testing/contexts';
import { bookingEvent, bookingPayload, eventually } from '@libs/testing/eventFixtures';
import { startKillable } from '@libs/testing/killableProcess';
import { systemClock } from '@libs/time/clock';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, test } from 'vitest';
import { auditSetup, KEPT_DAYS } from './audit.fixtures.ts';
import type { AuditProcess } from './auditProcess.fixtures.ts';
import { purgeEntries } from './purgeEntries.ts';
import { auditTrail, historyOf } from './reads.ts';

const { db, sql, url, as, tenant, client, redisUrl, announce, relay, consume, entriesOf } =
  await auditSetup();

const CHANGES = 1_000;
const KILLS = 3;

/** The versions of one booking. */
const changesOf = (tenantId: string, bookingId: string, versions: readonly number[]): DomainEvent[] =>
  versions.map((booking_version) => ({
    type: 'booking.updated',
    payload: {
      ...bookingPayload({ booking_id: bookingId, tenant_id: tenantId, booking_version }),
      changes: { seats: { from: booking_version, to: booking_version + 1 }, notes: { from: 'a', to: 'b' } },
    },
  }));

async function runAndKill(isDone: () => Promise<boolean>): Promise<void> {
  const input: AuditProcess = { databaseUrl: url, redisUrl };
  const killed = await startKillable(new URL('./auditProcess.fixtures.ts', import.meta.url), input);
  await eventually('some entries', isDone, { everyMs: 2 }).finally(() => killed.kill());
}

describe('an event becomes an entry', () => {
  test('with its subject, actor, trace and changes, and without free text', async () => {
    const tenantId = newTenantId();
    const booking = bookingEvent({ tenant_id: tenantId, metadata: { phone: '+55 11 91234-5678' } });
    const actor: Actor = { kind: 'user', id: newId() };
    await announce([booking], { actor });
    const cancelled = {
      ...bookingPayload({ ...booking.payload, status: 'cancelled', booking_version: 2 }),
      ...{
        reason: 'Ana está doente',
        cancelled_by: actor.id,
        closure_id: null,
        old_status: 'confirmed' as const,
      },
    };
    await announce([{ type: 'booking.cancelled', payload: cancelled }]);
    await relay();
    await consume();
    const [made, ended] = await entriesOf(tenantId);
    expect(made).toMatchObject({ action: 'booking.created', actor_kind: 'USER', actor_id: actor.id });
    expect(made).toMatchObject({ subject_id: booking.payload.booking_id, subject_version: '1' });
    expect(made!.changes).toMatchObject({
      status: { from: null, to: 'confirmed' },
      seats: { from: null, to: 1 },
    });
    expect(ended).toMatchObject({ action: 'booking.cancelled', actor_kind: 'SYSTEM', actor_id: null });
    expect(ended!.changes).toEqual({ status: { from: 'confirmed', to: 'cancelled' }, reason: {} });
    expect(JSON.stringify([made, ended])).not.toMatch(/Ana|91234/);
  });

  test('also if it comes from a release that recorded no actor', async () => {
    const tenantId = newTenantId();
    const [id] = await announce([{ type: 'tenant.deleted', payload: { tenant_id: tenantId } }]);
    await sql`update outbox set actor = null where id = ${id!}`;
    await relay();
    await consume();
    expect(await entriesOf(tenantId)).toMatchObject([{ id, actor_kind: 'SYSTEM', actor_id: null }]);
  });

  test('once, however often it arrives', async () => {
    const tenantId = newTenantId();
    const [id] = await announce([bookingEvent({ tenant_id: tenantId })]);
    await relay();
    const [, fields] = (await client.xrevrange('booking-events', '+', '-', 'COUNT', 1))[0]!;
    await client.xadd('booking-events', '*', ...fields);
    await consume();
    // As if it had been consumed so long ago that nobody remembers.
    await sql`delete from consumed_events`;
    await client.xadd('booking-events', '*', ...fields);
    await consume();
    expect(await entriesOf(tenantId)).toMatchObject([{ id }]);
  });

  test(
    `once each for ${CHANGES} changes by several actors, though the worker is killed again and again`,
    { timeout: 60_000 },
    async () => {
      const tenantId = newTenantId();
      const actors = Array.from({ length: 5 }, (): Actor => ({ kind: 'user', id: newId() }));
      const bookings = Array.from({ length: 50 }, newId);
      const ids: string[] = [];
      const perRound = CHANGES / actors.length / bookings.length;
      for (const [round, actor] of actors.entries()) {
        const versions = Array.from({ length: perRound }, (_, index) => round * perRound + index + 1);
        const events = bookings.flatMap((booking) => changesOf(tenantId, booking, versions));
        ids.push(...(await announce(events, { actor })));
      }
      await relay();
      const count = async () => (await entriesOf(tenantId)).length;
      for (let kill = 1; kill <= KILLS; kill += 1) {
        const before = await count();
        await runAndKill(async () => (await count()) > before || before === CHANGES);
      }
      await consume();
      const entries = await entriesOf(tenantId);
      expect(entries.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
      for (const { id } of actors) {
        const found =
          await sql`select 1 from audit_entries where tenant_id = ${tenantId} and actor_id = ${id}`;
        expect(found).toHaveLength(CHANGES / actors.length);
      }
      expect(await sql`select 1 from inbox`).toHaveLength(0);
    },
  );
});

test("a booking's history is in the order of its versions, whatever came late", async () => {
  const tenantId = newTenantId();
  const bookingId = newId();
  const now = systemClock.now();
  const [first] = await announce(changesOf(tenantId, bookingId, [1]), { now });
  // It began before the change that it waited for.
  await announce(changesOf(tenantId, bookingId, [2]), { now: now.subtract({ seconds: 5 }) });
  await announce(changesOf(tenantId, bookingId, [3, 4, 5]), { now });
  await relay();
  // A dead letter, which is delivered after everything that followed it.
  await sql`alter table audit_entries add constraint refused check (id <> ${sql.unsafe(`'${first}'`)})`.simple();
  for (let attempt = 0; attempt < 5; attempt += 1) await consume();
  expect((await entriesOf(tenantId)).length).toBe(4);
  await sql`alter table audit_entries drop constraint refused`;
  await redeliver(db, client, 'all');
  await consume();
  const versionsOf = ({ nodes }: { nodes: { subjectVersion: number }[] }) =>
    nodes.map(({ subjectVersion }) => subjectVersion);
  const admin = as(administratorOf(tenantId));
  expect(versionsOf(await historyOf(admin, { id: bookingId }, { first: 50 }))).toEqual([5, 4, 3, 2, 1]);
  const filter = { subjectId: bookingId };
  expect(versionsOf(await auditTrail(admin, { filter, first: 50 }))).toEqual([5, 4, 3, 2, 1]);
  const page = await historyOf(admin, { id: bookingId }, { first: 2 });
  const rest = await historyOf(admin, { id: bookingId }, { first: 50, after: page.pageInfo.endCursor });
  expect([versionsOf(page), versionsOf(rest)]).toEqual([
    [5, 4],
    [3, 2, 1],
  ]);
});

describe('an entry', () => {
  test('can be neither changed nor deleted before its time, and is purged then', async () => {
    const tenantId = newTenantId();
    const now = systemClock.now();
    const age = (hours: number) => ({ now: now.subtract({ hours: 24 * KEPT_DAYS }).add({ hours }) });
    const [old] = await announce([bookingEvent({ tenant_id: tenantId })], age(-1));
    const [young] = await announce([bookingEvent({ tenant_id: tenantId })], age(1));
    await relay();
    await consume();
    for (const statement of [
      `update audit_entries set actor_id = null`,
      `update audit_entries set kept_until = now() - interval '1 day' where id = '${young}'`,
      `delete from audit_entries where id = '${young}'`,
      `truncate audit_entries`,
    ]) {
      await expect(sql.unsafe(statement), statement).rejects.toMatchObject({ code: '23001' });
    }
    expect(await purgeEntries({ db, now })).toBe(false);
    expect((await entriesOf(tenantId)).map(({ id }) => id)).toEqual([young]);
    expect(old).toBeDefined();
  });

  test('outlives its tenant, for the platform', async () => {
    const tenantId = await tenant();
    await announce([{ type: 'tenant.deleted', payload: { tenant_id: tenantId } }]);
    await sql`delete from tenants where id = ${tenantId}`;
    await relay();
    await consume();
    const from = Temporal.PlainDateTime.from('2020-01-01T00:00');
    const { nodes } = await auditTrail(as(platformAdministrator()), { tenantId, filter: { from } });
    expect(nodes.map(({ action }) => action)).toEqual(['tenant.deleted', 'tenant.created']);
  });
});
