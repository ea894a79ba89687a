import type { BookingRow, SeriesRow } from '@drizzle/booking/tables';
import type { TenantId } from '@libs/auth/tenantId';
import { newId } from '@libs/db/ids';
import { done, refusal, refusedFor, type Outcome } from '@libs/outcome/outcome';
import { toInstant } from '@libs/time/instants';
import type { Context } from '../context.ts';
import type { CreateBookingInput } from '../generated.ts';
import { bookerRefusals, clientRefusals, inactiveRefusals } from '../scheduling/eligibility.ts';
import { seriesOf } from '../scheduling/recurrence.ts';
import { brokenRulesOfSeries, type Occurrence, type SchedulingRules } from '../scheduling/rules.ts';
import { schedulingContextOf } from '../scheduling/schedulingContext.ts';
import { conflictRefusal, resourceNotFound } from './refusals.ts';
import { firstStatus } from './status.ts';
import { findConflicts, type NewBookings } from './store.ts';

/** Bookings that may be made as far as can be seen, and the series that they are of. */
export type BookingPlan = {
  bookings: NewBookings;
  /** By start; at least one. */
  occurrences: (Occurrence & { id: string })[];
  series: Omit<SeriesRow, 'tenantId'> | null;
};

/** Who asks to book for whom. */
export type BookerAndClient = Pick<BookingRow, 'userId' | 'clientId'>;

/**
 * Gathers what the rules need and weighs every occurrence against it: the plan, or every reason not to. Nothing is held yet:
 * what may change until the write (conflicts, deletions) is asked again there.
 */
export async function planBookings(
  ctx: Context,
  tenantId: TenantId,
  { userId, clientId }: BookerAndClient,
  input: CreateBookingInput,
): Promise<Outcome<BookingPlan>> {
  const [tenant, resource, booker, client] = await Promise.all([
    ctx.directory.tenant(tenantId),
    ctx.directory.resource(tenantId, input.resourceId),
    ctx.directory.member(tenantId, userId),
    ctx.directory.member(tenantId, clientId),
  ]);
  if (!tenant) {
    return refusedFor(tenantId, refusal('NOT_FOUND', 'shared.tenantNotFound', ['input', 'tenantId']));
  }

  const context = schedulingContextOf(tenant, resource, ctx.now);
  const times = timesOf(input, context);
  const refusals = [
    ...(resource ? [] : [resourceNotFound()]),
    ...inactiveRefusals(context.isActive),
    ...bookerRefusals(booker),
    ...(clientId === userId ? [] : clientRefusals(client)),
    ...(times.ok ? brokenRulesOfSeries(times.value.occurrences, context) : times.refusals),
  ];
  // A malformed time overlaps nothing; whatever else is wrong, the caller is told of conflicts as well.
  if (times.ok && resource && !refusals.some(({ code }) => code === 'INVALID')) {
    const { occurrences } = times.value;
    const conflicts = await findConflicts(tenantId, ctx.db, { resourceId: resource.id, occurrences });
    if (conflicts.length > 0) refusals.push(conflictRefusal(conflicts));
  }
  if (!times.ok || refusals.length > 0) return refusedFor(tenantId, ...refusals);

  const series = seriesRow(ctx, input, { userId, clientId }, times.value, tenant.settings);
  return done({
    bookings: {
      resourceId: input.resourceId,
      userId,
      clientId,
      seriesId: series?.id ?? null,
      status: firstStatus(tenant.settings),
      notes: input.notes ?? null,
      createdAt: ctx.now,
    },
    occurrences: times.value.occurrences.map((occurrence) => ({ ...occurrence, id: newId() })),
    series,
  });
}

type Times = { occurrences: Occurrence[]; localStart?: SeriesRow['localStart'] };

/** When the bookings are to be: once, or at each occurrence. */
function timesOf(
  { startTime, endTime, recurrence }: CreateBookingInput,
  context: Parameters<typeof seriesOf>[2],
): Outcome<Times> {
  if (recurrence) {
    return seriesOf({ startTime, endTime }, { ...recurrence, interval: recurrence.interval ?? 1 }, context);
  }
  const zone = context.rules.timezone;
  return done({
    occurrences: [{ startTime: toInstant(startTime, zone), endTime: toInstant(endTime, zone) }],
  });
}

function seriesRow(
  ctx: Context,
  { recurrence }: CreateBookingInput,
  people: BookerAndClient,
  { localStart }: Times,
  { timezone }: Pick<SchedulingRules, 'timezone'>,
): BookingPlan['series'] {
  if (!recurrence || !localStart) return null;
  const { frequency, interval, endDate, daysOfWeek } = recurrence;
  return {
    id: newId(),
    ...people,
    frequency,
    interval: interval ?? 1,
    endDate: endDate ? toInstant(endDate, timezone) : null,
    daysOfWeek: daysOfWeek?.length ? [...new Set(daysOfWeek)] : null,
    timezone,
    localStart,
    createdAt: ctx.now,
  };
}
