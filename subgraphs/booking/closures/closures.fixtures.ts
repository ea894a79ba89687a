/** Closures and bookings for tests. */
import { withAllocations } from '@drizzle/booking/allocations.fixtures';
import type { Db } from '@libs/db/connect';
import { newId } from '@libs/db/ids';
import { localTime } from '@libs/time/localTimes';
import { Temporal } from 'temporal-polyfill';
import { codesOf, exampleTenant, valueOf, type ExampleDirectory } from '../booking.fixtures.ts';
import type { ClosureEffect, ClosureInput, CreateClosuresInput } from '../generated.ts';
import { createClosures } from './createClosures.ts';

export const date = (text: string): Temporal.PlainDate => Temporal.PlainDate.from(text);

/** The whole of one date. */
export const closing = (from = '2027-01-06', more: Partial<ClosureInput> = {}): ClosureInput => ({
  name: 'Feriado',
  from: date(from),
  to: more.to ?? date(from),
  ...more,
});

export const between = (start: string, end: string) => ({
  startTime: localTime(start),
  endTime: localTime(end),
});

export type PlainBooking = {
  resourceId: string;
  userId?: string;
  /** In RFC 3339. */
  start: string;
  minutes?: number;
  status?: string;
  additional?: string;
};

export function exampleClosures(db: Db, directory: ExampleDirectory, zone = 'America/Sao_Paulo') {
  const tenant = exampleTenant(db, directory, { timezone: zone });
  const manager = tenant.user({ canManageResources: true, canManageBookings: true });
  const ctx = () => tenant.as(manager);
  const { sql } = db;

  /** Past the application. */
  async function insertBooking({ resourceId, start, minutes = 60, ...more }: PlainBooking): Promise<string> {
    const { userId = manager.userId, status = 'CONFIRMED', additional } = more;
    const end = Temporal.Instant.from(start).add({ minutes }).toString();
    const also = additional ? [{ resourceId: additional, seats: 1, bufferBefore: 0, bufferAfter: 0 }] : null;
    return sql.begin(async (tx) => {
      const [row] = await withAllocations(
        tx,
        tx`
          insert into bookings (id, tenant_id, resource_id, additional_resources, user_id, client_id, start_time, end_time, status,
            created_at, updated_at)
          values (${newId()}, ${tenant.id}, ${resourceId}, ${also ? JSON.stringify(also) : null}::text::jsonb, ${userId}, ${userId},
            ${start}::timestamptz, ${end}::timestamptz, ${status}::booking_status, now(), now())`,
      );
      if (additional) {
        await tx`
          insert into allocations (tenant_id, resource_id, booking_id, start_time, end_time, occupied, seats)
          select tenant_id, ${additional}::uuid, id, start_time, end_time, tstzrange(start_time, end_time), '{[1,)}'
          from bookings where id = ${row!.id}`;
        await tx`
          insert into booking_resources (booking_id, tenant_id, resource_id, start_time, end_time, occupies)
          select id, tenant_id, ${additional}::uuid, start_time, end_time, occupies from bookings where id = ${row!.id}`;
      }
      return row!.id;
    });
  }

  async function insertHold({ resourceId, start }: PlainBooking, expiresAt: string): Promise<string> {
    const end = Temporal.Instant.from(start).add({ minutes: 60 }).toString();
    const id = newId();
    const resources = JSON.stringify([{ resourceId, seats: 1, bufferBefore: 0, bufferAfter: 0 }]);
    await sql`
      insert into holds (id, tenant_id, user_id, client_id, created_by, start_time, end_time, seats, resources, purpose, source, expires_at,
        created_at)
      values (${id}, ${tenant.id}, ${manager.userId}, ${manager.userId}, ${manager.userId}, ${start}::timestamptz, ${end}::timestamptz, 1,
        ${resources}::text::jsonb, 'CHECKOUT', 'USER', ${expiresAt}::timestamptz, now())`;
    await sql`
      insert into allocations (tenant_id, resource_id, hold_id, start_time, end_time, occupied, seats, expires_at)
      values (${tenant.id}, ${resourceId}, ${id}, ${start}::timestamptz, ${end}::timestamptz,
        tstzrange(${start}::timestamptz, ${end}::timestamptz), '{[1,)}', ${expiresAt}::timestamptz)`;
    return id;
  }

  const create = (closures: ClosureInput[], more: Partial<CreateClosuresInput> = {}) =>
    createClosures(ctx(), { closures, ...more });
  return {
    tenant,
    manager,
    ctx,
    insertBooking,
    insertHold,
    create,
    close: async (closures: ClosureInput[], effect?: ClosureEffect) =>
      valueOf(await create(closures, { effect })),
    codes: async (closures: ClosureInput[], more: Partial<CreateClosuresInput> = {}) =>
      codesOf(await create(closures, more)),
    statuses: async () => {
      const rows = await sql<{ status: string; n: number }[]>`
        select status, count(*)::int as n from bookings where tenant_id = ${tenant.id} group by status`;
      return Object.fromEntries(rows.map(({ status, n }) => [status, n]));
    },
    countClosures: async () => (await sql`select 1 from closures where tenant_id = ${tenant.id}`).length,
    events: (type: string) =>
      sql<{ payload: Record<string, unknown> }[]>`
        select payload from outbox where tenant_id = ${tenant.id} and event_type = ${type} order by id`,
  };
}
