/** Tenants whose clock the test moves, and the worker that sees it. */
import type { BookingRow } from '@drizzle/booking/tables';
import type { Db } from '@libs/db/connect';
import { silentLog } from '@libs/telemetry/log';
import { fixedClock } from '@libs/time/clock';
import type { Temporal } from 'temporal-polyfill';
import type postgres from 'postgres';
import {
  bookingInput,
  exampleDirectory,
  exampleTenant,
  valueOf,
  type ExampleDirectory,
} from '../../booking.fixtures.ts';
import type { SchedulingRules } from '../../scheduling/rules.ts';
import { createBooking } from '../createBooking.ts';
import { workOnce, type DeadlineWorkerOptions } from './deadlineWorker.ts';
import type { DeadlineRules } from './rules.ts';
import type { RulesSource } from './searchDue.ts';

/** As the tenant subgraph answers. */
const rulesSource =
  ({ tenants }: ExampleDirectory): RulesSource =>
  async (ids) =>
    new Map(
      ids.flatMap((id) => {
        const tenant = tenants.get(id);
        return tenant ? [[id, tenant.settings] as const] : [];
      }),
    );

export function deadlineFixtures(db: Db, sql: postgres.Sql) {
  const directory = exampleDirectory();
  const rulesOf = rulesSource(directory);

  /** Its bookings are on 2027-01-06 from 13:00Z to 14:00Z, and made on 2027-01-04 at 12:00Z, when a worker has run. */
  async function setup(rules: Partial<SchedulingRules> = {}, settings: Partial<DeadlineRules> = {}) {
    const tenant = exampleTenant(db, directory, rules);
    Object.assign(tenant.profile.settings, settings);
    const clock = fixedClock(tenant.now.toString());
    const options: DeadlineWorkerOptions = { db, rulesOf, log: silentLog(), clock };
    const work = async (at: Temporal.Instant | string): Promise<void> => {
      clock.set(at.toString());
      await workOnce(options);
    };
    const room = tenant.resource();
    const caller = tenant.user({ canManageBookings: true });
    const staff = (now: Temporal.Instant | string = tenant.now) => {
      clock.set(now.toString());
      return tenant.as(caller, { now: clock.now() });
    };
    const book = async (
      parts: Parameters<typeof bookingInput>[1] = {},
      now: Temporal.Instant | string = tenant.now,
    ): Promise<BookingRow> =>
      valueOf(await createBooking(staff(now), bookingInput(parts?.resourceId ?? room, parts))).bookings[0]!;
    // A tenant without bookings is not known to workers yet, so another one is booked at once.
    await book({ resourceId: tenant.resource() });
    await work(tenant.now);
    const events = async (booking: Pick<BookingRow, 'id'>) => {
      const rows = await sql<{ type: string; payload: Record<string, unknown> }[]>`
        select event_type as type, payload from outbox
        where tenant_id = ${tenant.id} and payload ->> 'booking_id' = ${booking.id}
          and event_type <> 'booking.created'
        order by arrival`;
      return [...rows];
    };
    return { tenant, clock, options, work, room, staff, book, events };
  }

  return { setup, directory, rulesOf };
}
