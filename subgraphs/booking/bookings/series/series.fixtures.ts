/** For tests of series: a tenant with a series every Wednesday at 10:00, unless `parts` say otherwise. */
import type { BookingRow, SeriesRow } from '@drizzle/booking/tables';
import type { Db } from '@libs/db/connect';
import { formatLocal, toInstant } from '@libs/time/instants';
import { at, bookingInput, exampleTenant, valueOf, type ExampleDirectory } from '../../booking.fixtures.ts';
import type { CreateBookingInput, RecurrenceInput } from '../../generated.ts';
import type { SchedulingRules } from '../../scheduling/rules.ts';
import { createBooking } from '../createBooking.ts';
import { findBookings, seriesByIdOfAllTenants } from '../store.ts';

const WEEKLY: RecurrenceInput = { frequency: 'WEEKLY', count: 4 };

export async function seriesSetup(
  db: Db,
  directory: ExampleDirectory,
  {
    rules = {},
    recurrence = WEEKLY,
    roomOf = {},
    ...parts
  }: Partial<Omit<CreateBookingInput, 'recurrence'>> & {
    rules?: Partial<SchedulingRules>;
    recurrence?: RecurrenceInput;
    roomOf?: Parameters<ReturnType<typeof exampleTenant>['resource']>[0];
  } = {},
) {
  const tenant = exampleTenant(db, directory, rules);
  const caller = tenant.user();
  const staff = tenant.user({ canManageBookings: true });
  const room = tenant.resource(roomOf);
  const ctx = () => tenant.as(caller);
  const { sql } = db;
  const zone = tenant.profile.settings.timezone;
  const book = async (over: Partial<CreateBookingInput> = {}, of = room): Promise<BookingRow> =>
    valueOf(await createBooking(tenant.as(staff), bookingInput(of, over))).bookings[0]!;
  const made = valueOf(await createBooking(ctx(), bookingInput(room, { ...parts, recurrence })));
  return {
    tenant,
    caller,
    staff,
    room,
    ctx,
    asStaff: () => tenant.as(staff),
    book,
    series: made.series!,
    bookings: made.bookings,
    ids: made.bookings.map(({ id }) => id),
    /** 'MM-DDTHH:MM' on the tenant's clock. */
    localOf: ({ startTime }: Pick<BookingRow, 'startTime'>) =>
      formatLocal(startTime, zone).slice('2027-'.length, '2027-01-06T10:00'.length),
    instantAt: (local: string) => toInstant(at(local), zone),
    async eventsAfter(count: number) {
      const events = await sql<{ event_type: string; payload: Record<string, unknown> }[]>`
        select event_type, payload from outbox where tenant_id = ${tenant.id} order by arrival`;
      return events.slice(count);
    },
    /** As they are now, in the order in which they were made. */
    async current(): Promise<BookingRow[]> {
      const rows = await findBookings(
        tenant.id,
        db,
        made.bookings.map(({ id }) => id),
      );
      return made.bookings.map(({ id }) => rows.find((row) => row.id === id)!);
    },
    async seriesNow(id = made.series!.id): Promise<SeriesRow> {
      return (await seriesByIdOfAllTenants(db, [id]))[0]!;
    },
    /** Whatever a refusal must leave as it was. */
    async written() {
      const [row] = await sql`
        select (select count(*) from outbox where tenant_id = ${tenant.id})::int as events,
               (select json_agg(b order by id) from bookings b where tenant_id = ${tenant.id}) as bookings,
               (select json_agg(a order by booking_id, resource_id) from allocations a where tenant_id = ${tenant.id}) as allocations,
               (select json_agg(s order by id) from booking_series s where tenant_id = ${tenant.id}) as series,
               (select json_agg(v order by resource_id) from resource_versions v where tenant_id = ${tenant.id}) as versions`;
      return row;
    },
  };
}
