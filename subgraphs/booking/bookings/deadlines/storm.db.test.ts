/** Killed workers. VAGA_SOAK=1 runs the full load: 1,500 deadlines and 20 kills. */
import { withAllocations } from '@drizzle/booking/allocations.fixtures';
import type { TenantId } from '@libs/auth/tenantId';
import { newId } from '@libs/db/ids';
import { startKillable } from '@libs/testing/killableProcess';
import { testDatabase } from '@libs/testing/testDatabases';
import { expect, test } from 'vitest';
import type { DeadlineWorkerProcess } from './deadlineWorkerProcess.fixtures.ts';

const isSoak = process.env['VAGA_SOAK'] === '1';
const KILLS = isSoak ? 20 : 4;
/** Bookings of each kind. */
const BOOKINGS = isSoak ? 500 : 170;

const { url, sql } = await testDatabase('booking');

const startWorkerProcess = () =>
  startKillable(new URL('deadlineWorkerProcess.fixtures.ts', import.meta.url), {
    databaseUrl: url,
    rules: { reminderHours: [24], completeAutomatically: true },
  } satisfies DeadlineWorkerProcess);

/** Bookings made two days ago, by SQL: `start` and `deadline` are SQL relative to now. */
const insertBookings = (tenantId: TenantId, status: string, start: string, deadline = 'null') =>
  withAllocations(
    sql,
    sql`insert into bookings (id, tenant_id, resource_id, user_id, client_id, start_time, end_time, status, decision_deadline, created_at, updated_at)
        select gen_random_uuid(), ${tenantId}, gen_random_uuid(), ${newId()}, ${newId()}, start, start + interval '1 hour', ${status}::booking_status,
               ${sql.unsafe(deadline)}, now() - interval '2 days', now() - interval '2 days'
        from (select ${sql.unsafe(start)} as start from generate_series(1, ${BOOKINGS})) as time`,
  );

const idsOf = (rows: readonly { id: string }[]): string[] => rows.map(({ id }) => id).sort();

test(`${3 * BOOKINGS} deadlines happen exactly once though workers are killed ${KILLS} times`, async () => {
  const tenantId = newId() as TenantId;
  await sql`
      insert into reminder_progress values (${tenantId}, 24, now() - interval '1 hour', now() - interval '1 hour')`;
  const undecided = await insertBookings(tenantId, 'PENDING', "now() + interval '3 days'", 'now()');
  const reminded = await insertBookings(
    tenantId,
    'CONFIRMED',
    "now() + interval '24 hours' - interval '1 minute'",
  );
  const ended = await insertBookings(tenantId, 'CONFIRMED', "now() - interval '2 hours'");
  const expected = [
    ...idsOf(undecided).map((id) => `${id} booking.status_changed rejected approval_deadline 2`),
    ...idsOf(reminded).map((id) => `${id} booking.reminder confirmed null 1`),
    ...idsOf(ended).map((id) => `${id} booking.status_changed completed completed 2`),
  ];
  const eventCount = async () => {
    const [row] = await sql`select count(*)::int as n from outbox where tenant_id = ${tenantId}`;
    return row!['n'] as number;
  };
  const claimCount = async () => (await sql`select from due where claim_id is not null`).length;

  const share = expected.length / (KILLS + 2);
  const workers: Awaited<ReturnType<typeof startWorkerProcess>>[] = [];
  let interrupted = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    // Nothing can be written to the outbox here, so workers hold what they have claimed, and one of three loses its life with it.
    await sql.begin(async (tx) => {
      await tx`lock table outbox in share mode`;
      while (workers.length < 3) workers.push(await startWorkerProcess());
      const isAtWork = async () => (await claimCount()) > 0 || (await eventCount()) >= expected.length;
      await expect.poll(isAtWork, { timeout: 20_000, interval: 1 }).toBe(true);
      await workers.shift()!.kill();
      interrupted += await claimCount();
    });
    await expect.poll(eventCount, { timeout: 20_000, interval: 3 }).toBeGreaterThan((kill + 1) * share);
  }
  try {
    const left = async () => (await sql`select from due where done_at is null`).length;
    await expect.poll(eventCount, { timeout: 30_000 }).toBeGreaterThanOrEqual(expected.length);
    await expect.poll(left, { timeout: 10_000 }).toBe(0);
  } finally {
    for (const worker of workers) await worker.kill();
  }

  const events = await sql<{ text: string }[]>`
      select concat_ws(' ', payload ->> 'booking_id', event_type, payload ->> 'status',
                       case when payload ->> 'automatic' is null then 'null' else payload ->> 'automatic' end,
                       payload ->> 'booking_version') as text
      from outbox where tenant_id = ${tenantId}`;
  expect(events.map(({ text }) => text).sort()).toEqual(expected.toSorted());
  const rows = await sql<{ status: string; version: number; n: number }[]>`
      select status, version, count(*)::int as n from bookings where tenant_id = ${tenantId} group by 1, 2 order by 1`;
  expect([...rows]).toEqual([
    { status: 'CONFIRMED', version: 1, n: BOOKINGS },
    { status: 'REJECTED', version: 2, n: BOOKINGS },
    { status: 'COMPLETED', version: 2, n: BOOKINGS },
  ]);
  expect(await sql`select from due where done_at is not null`).toHaveLength(BOOKINGS);
  expect(interrupted).toBeGreaterThan(0);
}, 120_000);
