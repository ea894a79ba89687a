import type { TenantId } from '@libs/auth/tenantId';
import type { Db } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { inTransaction, type Tx } from '@libs/db/inTransaction';
import type { Actor } from '@libs/events/actor';
import type { DomainEvent } from '@libs/events/catalogue';
import { administratorOf, newTenantId, platformAdministrator, userOf } from '@libs/testing/contexts';
import { bookingEvent } from '@libs/testing/eventFixtures';
import { systemClock } from '@libs/time/clock';
import type { Temporal } from 'temporal-polyfill';
import { beforeAll, describe, expect, test } from 'vitest';
import type { AuditFilter } from '../generated.ts';
import { auditSetup } from './audit.fixtures.ts';
import { auditTrail, historyOf } from './reads.ts';

const { db, sql, as, anonymous, tenant, announce, relay, consume } = await auditSetup();

const [tenantId, other] = [newTenantId(), newTenantId()];
const admin = as(administratorOf(tenantId));
const [ana, bia] = [newId(), newId()].map((id): Actor => ({ kind: 'user', id })) as [Actor, Actor];
const bookingId = newId();
const start = systemClock.now().subtract({ hours: 1 });
const at = (minute: number) => start.add({ minutes: minute });

const booking = (of: TenantId, id = newId()): DomainEvent => bookingEvent({ tenant_id: of, booking_id: id });
const user = (type: 'user.created' | 'user.updated'): DomainEvent => ({
  type,
  payload: { user_id: newId(), tenant_id: tenantId, changes: {} },
});

beforeAll(async () => {
  await announce([booking(tenantId, bookingId)], { actor: ana, now: at(0) });
  await announce([user('user.created')], { actor: bia, now: at(1) });
  await announce([user('user.updated')], { actor: ana, now: at(2) });
  await announce([booking(tenantId), booking(tenantId)], {
    actor: { kind: 'api_key', id: newId() },
    now: at(3),
  });
  await announce([booking(other)], { actor: ana, now: at(4) });
  await relay();
  await consume();
});

const minutesOf = ({ nodes }: { nodes: { occurredAt: Temporal.Instant }[] }) =>
  nodes.map(({ occurredAt }) => Math.round(occurredAt.since(start).total('minutes')));
const listed = async (filter: AuditFilter) => minutesOf(await auditTrail(admin, { filter }));

describe('the audit trail', () => {
  test('is of the caller’s tenant, newest first, and paged', async () => {
    expect(await listed({})).toEqual([3, 3, 2, 1, 0]);
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const page = await auditTrail(admin, { first: 2, after });
      seen.push(...page.nodes.map(({ id }) => id));
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after);
    const all = (await auditTrail(admin, { first: 100 })).nodes.map(({ id }) => id);
    expect(seen).toEqual(all);
  });

  test('is filtered by subject, actor, action and time', async () => {
    expect(await listed({ subjectId: bookingId })).toEqual([0]);
    expect(await listed({ actorId: ana.id })).toEqual([2, 0]);
    expect(await listed({ actorId: ana.id, action: 'booking.' })).toEqual([0]);
    expect(await listed({ action: 'user.' })).toEqual([2, 1]);
    expect(await listed({ action: 'user.u' })).toEqual([2]);
    expect(await listed({ action: '' })).toEqual([3, 3, 2, 1, 0]);
    for (const action of ['%', 'User.', 'user.created.', 'x']) expect(await listed({ action })).toEqual([]);
    expect(await listed({ from: at(1), to: at(3) })).toEqual([2, 1]);
    expect(await listed({ from: at(1), action: 'booking.' })).toEqual([3, 3]);
    expect(await listed({ subjectId: bookingId, action: 'user.' })).toEqual([]);
    expect(await listed({ subjectId: bookingId, to: at(0) })).toEqual([]);
  });

  test('takes local times in the tenant’s zone', async () => {
    const id = await tenant();
    await relay();
    await consume();
    const local = systemClock.now().toZonedDateTimeISO('America/Sao_Paulo').toPlainDateTime();
    const ctx = as(administratorOf(id));
    const countSince = async (from: Temporal.PlainDateTime) =>
      (await auditTrail(ctx, { filter: { from } })).nodes.length;
    expect(await countSince(local.subtract({ minutes: 10 }))).toBe(1);
    expect(await countSince(local.add({ minutes: 10 }))).toBe(0);
  });

  test('shows administrators of other tenants nothing, and other callers an error', async () => {
    const foreign = as(administratorOf(other));
    expect((await auditTrail(foreign, { filter: { subjectId: bookingId } })).nodes).toEqual([]);
    expect((await auditTrail(foreign, {})).nodes).toHaveLength(1);
    expect((await historyOf(foreign, { id: bookingId }, { first: 5 })).nodes).toEqual([]);
    expect((await auditTrail(as(platformAdministrator()), { tenantId: other })).nodes).toHaveLength(1);
    const codeOf = (call: Promise<unknown>) => expect(call).rejects;
    await codeOf(auditTrail(foreign, { tenantId })).toMatchObject({ extensions: { code: 'FORBIDDEN' } });
    await codeOf(auditTrail(anonymous, { tenantId })).toMatchObject({
      extensions: { code: 'UNAUTHENTICATED' },
    });
    const manager = as(userOf(tenantId, { canManageBookings: true, canManageUsers: true }));
    await codeOf(auditTrail(manager, {})).toMatchObject({ extensions: { code: 'FORBIDDEN' } });
    await codeOf(auditTrail(as(platformAdministrator()), {})).toMatchObject({
      extensions: { code: 'BAD_USER_INPUT' },
    });
  });

  test('refuses cursors of other lists', async () => {
    const { pageInfo } = await auditTrail(admin, { first: 1 });
    for (const call of [
      auditTrail(as(administratorOf(other)), { after: pageInfo.endCursor }),
      auditTrail(admin, { filter: { subjectId: bookingId }, after: pageInfo.endCursor }),
    ]) {
      await expect(call).rejects.toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
    }
  });
});

test('a history is for staff; many are read in one statement', async () => {
  const staff = as(userOf(tenantId, { canManageBookings: true }));
  const [own, none] = await Promise.all(
    [bookingId, newId()].map((id) => historyOf(staff, { id }, { first: 10 })),
  );
  expect([minutesOf(own!), minutesOf(none!)]).toEqual([[0], []]);
  expect(minutesOf(await historyOf(as(platformAdministrator()), { id: bookingId }, { first: 10 }))).toEqual([
    0,
  ]);
  const call = historyOf(as(userOf(tenantId)), { id: bookingId }, { first: 10 });
  await expect(call).rejects.toMatchObject({ extensions: { code: 'FORBIDDEN' } });
});

test('every filter is answered from an index, without reading what the page does not show', async () => {
  const many = newTenantId();
  const actor = newId();
  const subject = newId();
  await sql`
    insert into audit_entries
    select gen_random_uuid(), ${many}, now() - n * interval '1 second',
      (array['booking.created', 'booking.updated', 'user.created', 'hold.created'])[1 + n % 4],
      case when n % 500 = 0 then ${subject}::uuid else gen_random_uuid() end, n,
      'USER', case when n % 3 = 0 then ${actor}::uuid else gen_random_uuid() end, '{}', '', now() + interval '1 day'
    from generate_series(1, 20000) n`;
  await sql`analyze audit_entries`;
  const ctx = as(administratorOf(many));
  const day = {
    from: systemClock.now().subtract({ hours: 2 }),
    to: systemClock.now().subtract({ hours: 1 }),
  };
  for (const filter of [
    {},
    day,
    { actorId: actor },
    { actorId: actor, action: 'user.' },
    { action: 'booking.' },
    { action: 'booking.', ...day },
    { subjectId: subject },
  ]) {
    const read = await inTransaction(db, async (tx) => {
      const before = await rowsRead(tx);
      const { nodes } = await auditTrail({ ...ctx, db: tx as unknown as Db }, { filter, first: 50 });
      expect(nodes.length, JSON.stringify(filter)).toBeGreaterThan(35);
      const after = await rowsRead(tx);
      return { seq: after.seq - before.seq, idx: after.idx - before.idx };
    });
    expect(read.seq, `read in sequence for ${JSON.stringify(filter)}`).toBe(0);
    expect(read.idx, `read by an index for ${JSON.stringify(filter)}`).toBeGreaterThan(35);
    expect(read.idx, `read by an index for ${JSON.stringify(filter)}`).toBeLessThanOrEqual(51 * 5);
  }
});

/** So far on this connection: rows that were read in sequence, and by an index. */
async function rowsRead({ sql }: Tx): Promise<{ seq: number; idx: number }> {
  const [counts] = await sql<{ seq: number; idx: number }[]>`
    select seq_tup_read::int as seq, idx_tup_fetch::int as idx
    from pg_stat_xact_user_tables where relname = 'audit_entries'`;
  return counts!;
}
