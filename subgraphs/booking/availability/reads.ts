/** Queries on availability. */
import { isOfCallersTenant } from '@libs/auth/tenantId';
import { badUserInput } from '@libs/outcome/apiErrors';
import { addDays } from '@libs/time/days';
import type { Temporal } from 'temporal-polyfill';
import type { Context } from '../context.ts';
import { schedulingContextOf } from '../scheduling/eligibility.ts';
import { defaultDuration, isBookableDuration } from '../scheduling/durations.ts';
import type { SchedulingRules } from '../scheduling/rules.ts';
import { closuresOfResource, timesOf } from '../closures/reads.ts';
import type { BookableResource } from '../directory/resourceSource.ts';
import type { ClosureTimes } from '../scheduling/closures.ts';
import type { DayOfSlots } from './slotLoader.ts';

const MAX_DAYS = 62;

export type AvailabilityArgs = {
  from: Temporal.PlainDate;
  to?: Temporal.PlainDate | null | undefined;
  durationMinutes?: number | null | undefined;
  seats?: number | null | undefined;
};

/**
 * The slots of each day from `from` to `to`, at most MAX_DAYS. Public for active tenants; an inactive tenant's users and the
 * platform get its slots as unavailable. Empty for an unknown or another tenant's resource; days without slots for a duration that no
 * booking can have. Throws BAD_USER_INPUT for an invalid range, duration or number of seats, QUERY_TOO_COMPLEX for too many slots in one request.
 */
export async function availability(
  ctx: Context,
  resourceId: string,
  args: AvailabilityArgs,
): Promise<DayOfSlots[]> {
  const days = countDays(args);
  const duration = args.durationMinutes ?? null;
  if (duration !== null && duration <= 0) throw badUserInput('booking.durationNotPositive');
  const seats = args.seats ?? 1;
  if (seats < 1) throw badUserInput('booking.seatsNotPositive');
  const resource = await ctx.directory.resourceOfAllTenants(resourceId);
  if (!resource || !isOfCallersTenant(ctx.caller, resource.tenant.id)) return [];
  const tenant = await ctx.directory.tenant(resource.tenant.id);
  if (!tenant || (ctx.caller.kind === 'anonymous' && !tenant.isActive)) return [];

  const open = schedulingContextOf(tenant, resource, ctx.now);
  const minutes = duration ?? defaultDuration(open.rules);
  if (!isBookableDuration(minutes, open.rules)) return daysWithoutSlots(args.from, days, open.rules);
  const closures = await closuresAround(ctx, resource, { from: args.from, days, minutes });
  const context = { ...open, closures };
  return ctx.slots.load({
    resource: { id: resourceId, tenantId: resource.tenant.id },
    context,
    from: args.from,
    days,
    durationMinutes: duration,
    seats,
  });
}

const MINUTES_A_DAY = 1_440;

/** The closures that slots which start on these days may overlap. */
async function closuresAround(
  ctx: Context,
  resource: BookableResource,
  { from, days, minutes }: { from: Temporal.PlainDate; days: number; minutes: number },
): Promise<ClosureTimes[]> {
  const last = addDays(from, days + Math.ceil(minutes / MINUTES_A_DAY));
  return (await closuresOfResource(ctx, resource, addDays(from, -1), last)).map(timesOf);
}

/** For a duration that no booking can have. */
function daysWithoutSlots(from: Temporal.PlainDate, days: number, rules: SchedulingRules): DayOfSlots[] {
  const { timezone, bookingInterval } = rules;
  return Array.from({ length: days }, (_, index) => ({
    date: addDays(from, index),
    timezone,
    bookingInterval,
    slots: [],
  }));
}

/** Throws BAD_USER_INPUT for a range that is reversed or too long. */
export function countDays({ from, to }: AvailabilityArgs): number {
  const count = from.until(to ?? from).days + 1;
  if (count < 1) throw badUserInput('shared.datesReversed');
  if (count > MAX_DAYS) throw badUserInput('shared.tooManyDays', { max: MAX_DAYS });
  return count;
}
