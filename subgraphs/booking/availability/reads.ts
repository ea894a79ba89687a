/** What the API may ask of free times. */
import { isOfCallersTenant } from '@libs/auth/tenantId';
import { badUserInput } from '@libs/outcome/apiErrors';
import { dayBounds } from '@libs/time/days';
import { overlap } from '@libs/time/spans';
import { Temporal } from 'temporal-polyfill';
import type { Occurrence } from '../bookings/rules.ts';
import { LONGEST_BOOKING_MS, MINUTE_MS } from '../bookings/rules.ts';
import { isBookableDuration, slotsOfDay, type Slot } from '../bookings/slots.ts';
import type { Context } from '../context.ts';
import { worldOf } from '../directory/world.ts';

/** Days that one question covers at most. */
export const MOST_DAYS = 62;

export type AvailabilityDay = { date: Temporal.PlainDate; timezone: string; slots: Slot[] };
export type AvailabilityArgs = {
  from: Temporal.PlainDate;
  to?: Temporal.PlainDate | null | undefined;
  durationMinutes?: number | null | undefined;
};

/**
 * The slots of each day from `from` to `to`, by the rules that createBooking keeps, at this moment. For everybody where the tenant is
 * active; its own people and the platform see an inactive one's too, closed. Nothing where the resource is another tenant's or
 * nobody's. BAD_USER_INPUT for a range or a duration that there is not.
 */
export async function availability(
  ctx: Context,
  resourceId: string,
  args: AvailabilityArgs,
): Promise<AvailabilityDay[]> {
  const days = daysOf(args);
  const resource = await ctx.directory.resourceOfAllTenants(resourceId);
  if (!resource || !isOfCallersTenant(ctx.caller, resource.tenant.id)) return [];
  const tenant = await ctx.directory.tenant(resource.tenant.id);
  if (!tenant || (ctx.caller.kind === 'anonymous' && !tenant.isActive)) return [];

  const world = worldOf(tenant, resource, ctx.now);
  const { timezone, bookingInterval } = world.rules;
  const duration = args.durationMinutes ?? null;
  if (duration !== null && !isBookableDuration(duration, world.rules)) {
    const most = LONGEST_BOOKING_MS / MINUTE_MS;
    throw badUserInput('booking.durationUnbookable', { minutes: bookingInterval, most });
  }

  const bounds = days.map((date) => dayBounds(date, timezone));
  const busy = await ctx.busy.of(resourceId, {
    from: Temporal.Instant.fromEpochMilliseconds(bounds[0]!.start),
    to: Temporal.Instant.fromEpochMilliseconds(bounds.at(-1)!.end),
  });
  // No slot leaves its day, so a day needs to know only of what touches it.
  const touches = ({ startTime, endTime }: Occurrence, place: number) =>
    overlap(bounds[place]!, { start: startTime.epochMilliseconds, end: endTime.epochMilliseconds });
  return days.map((date, place) => ({
    date,
    timezone,
    slots: slotsOfDay(
      date,
      duration,
      world,
      busy.filter((one) => touches(one, place)),
    ),
  }));
}

/** Each day from `from` to `to`. */
function daysOf({ from, to }: AvailabilityArgs): Temporal.PlainDate[] {
  const count = from.until(to ?? from).days + 1;
  if (count < 1) throw badUserInput('booking.daysReversed');
  if (count > MOST_DAYS) throw badUserInput('booking.tooManyDays', { most: MOST_DAYS });
  return Array.from({ length: count }, (_, days) => from.add({ days }));
}
