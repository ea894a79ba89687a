/** Queries on availability. */
import { isOfCallersTenant } from '@libs/auth/tenantId';
import { badUserInput } from '@libs/outcome/apiErrors';
import type { Temporal } from 'temporal-polyfill';
import type { Context } from '../context.ts';
import { schedulingContextOf } from '../scheduling/eligibility.ts';
import type { SchedulingRules } from '../scheduling/rules.ts';
import { isBookableDuration } from '../scheduling/slots.ts';
import type { DayOfSlots } from './slotLoader.ts';

const MAX_DAYS = 62;

export type AvailabilityArgs = {
  from: Temporal.PlainDate;
  to?: Temporal.PlainDate | null | undefined;
  durationMinutes?: number | null | undefined;
};

/**
 * The slots of each day from `from` to `to`, at most MAX_DAYS. Public for active tenants; an inactive tenant's users and the
 * platform get its slots as unavailable. Empty for an unknown or another tenant's resource; days without slots for a duration that no
 * booking can have. Throws BAD_USER_INPUT for an invalid range or duration, QUERY_TOO_COMPLEX for too many slots in one request.
 */
export async function availability(
  ctx: Context,
  resourceId: string,
  args: AvailabilityArgs,
): Promise<DayOfSlots[]> {
  const days = countDays(args);
  const duration = args.durationMinutes ?? null;
  if (duration !== null && duration <= 0) throw badUserInput('booking.durationNotPositive');
  const resource = await ctx.directory.resourceOfAllTenants(resourceId);
  if (!resource || !isOfCallersTenant(ctx.caller, resource.tenant.id)) return [];
  const tenant = await ctx.directory.tenant(resource.tenant.id);
  if (!tenant || (ctx.caller.kind === 'anonymous' && !tenant.isActive)) return [];

  const context = schedulingContextOf(tenant, resource, ctx.now);
  if (duration !== null && !isBookableDuration(duration, context.rules)) {
    return daysWithoutSlots(args.from, days, context.rules);
  }

  return ctx.slots.load({ resourceId, context, from: args.from, days, durationMinutes: duration });
}

/** For a duration that no booking can have. */
function daysWithoutSlots(from: Temporal.PlainDate, days: number, rules: SchedulingRules): DayOfSlots[] {
  const { timezone, bookingInterval } = rules;
  return Array.from({ length: days }, (_, index) => ({
    date: from.add({ days: index }),
    timezone,
    bookingInterval,
    slots: [],
  }));
}

function countDays({ from, to }: AvailabilityArgs): number {
  const count = from.until(to ?? from).days + 1;
  if (count < 1) throw badUserInput('booking.daysReversed');
  if (count > MAX_DAYS) throw badUserInput('booking.tooManyDays', { max: MAX_DAYS });
  return count;
}
