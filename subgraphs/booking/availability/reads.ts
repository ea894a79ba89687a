/** What the API may ask of free times. */
import { isOfCallersTenant } from '@libs/auth/tenantId';
import { badUserInput } from '@libs/outcome/apiErrors';
import type { Temporal } from 'temporal-polyfill';
import type { Context } from '../context.ts';
import { schedulingContextOf } from '../scheduling/eligibility.ts';
import { MAX_BOOKING_MS, MINUTE_MS } from '../scheduling/rules.ts';
import { isBookableDuration } from '../scheduling/slots.ts';
import type { AvailabilityDay } from './slotLoader.ts';

/** Days that one question covers at most. */
const MAX_DAYS = 62;

export type AvailabilityArgs = {
  from: Temporal.PlainDate;
  to?: Temporal.PlainDate | null | undefined;
  durationMinutes?: number | null | undefined;
};

/**
 * The slots of each day from `from` to `to`, by the rules that createBooking keeps, at this moment. For everybody where the tenant is
 * active; its own people and the platform see an inactive one's too, closed. Nothing where the resource is another tenant's or
 * nobody's. BAD_USER_INPUT for a range or a duration that there is not, QUERY_TOO_COMPLEX where the request asks for too many slots.
 */
export async function availability(
  ctx: Context,
  resourceId: string,
  args: AvailabilityArgs,
): Promise<AvailabilityDay[]> {
  const days = countDays(args);
  const resource = await ctx.directory.resourceOfAllTenants(resourceId);
  if (!resource || !isOfCallersTenant(ctx.caller, resource.tenant.id)) return [];
  const tenant = await ctx.directory.tenant(resource.tenant.id);
  if (!tenant || (ctx.caller.kind === 'anonymous' && !tenant.isActive)) return [];

  const context = schedulingContextOf(tenant, resource, ctx.now);
  const { bookingInterval } = context.rules;
  const duration = args.durationMinutes ?? null;
  if (duration !== null && !isBookableDuration(duration, context.rules)) {
    const maxMinutes = MAX_BOOKING_MS / MINUTE_MS;
    throw badUserInput('booking.durationUnbookable', { minutes: bookingInterval, max: maxMinutes });
  }

  return ctx.slots.load({ resourceId, context, from: args.from, days, durationMinutes: duration });
}

/** How many days `from` to `to` are. */
function countDays({ from, to }: AvailabilityArgs): number {
  const count = from.until(to ?? from).days + 1;
  if (count < 1) throw badUserInput('booking.daysReversed');
  if (count > MAX_DAYS) throw badUserInput('booking.tooManyDays', { max: MAX_DAYS });
  return count;
}
