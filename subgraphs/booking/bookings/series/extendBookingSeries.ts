import type { BookingRow, SeriesRow } from '@drizzle/booking/tables';
import { idOfCaller, requireKnownCaller } from '@libs/auth/caller';
import { tenantOfRow, type TenantId } from '@libs/auth/tenantId';
import { inTransaction, type Tx } from '@libs/db/inTransaction';
import type { TenantProfile } from '@libs/directory/tenants';
import { done, refusal, refused, refusedFor, type Outcome, type Refusal } from '@libs/outcome/outcome';
import { toInstant } from '@libs/time/instants';
import type { Context } from '../../context.ts';
import type { ExtendBookingSeriesInput } from '../../generated.ts';
import { endsOf, MAX_OCCURRENCES, type EndRules } from '../../scheduling/recurrence.ts';
import type { Occurrence } from '../../scheduling/rules.ts';
import { canChange, requireBooker } from '../access.ts';
import { resourceIdsOf } from '../allocations/demands.ts';
import {
  earlierResult,
  extensionHash,
  keyRefusals,
  type CreatedBookings,
  type KeyedRequest,
} from '../idempotency/idempotency.ts';
import {
  candidatesOf,
  demandsOf,
  gatherFor,
  peopleRefusals,
  wantedResourceRefusals,
} from '../judgeRequest.ts';
import { FIELDS_OF_BOOKING, outcomeWithoutFields, withoutFields } from '../missingFields.ts';
import { newBooking, sourceOf } from '../newBooking.ts';
import {
  clientInSession,
  isOverlapViolation,
  isSessionViolation,
  refusalsAfterViolation,
} from '../refusals.ts';
import { refusalsOf, type RequestedTimes } from '../requestedTimes.ts';
import { occupiesResource } from '../status.ts';
import { seriesByIdOfAllTenants, type NewBooking } from '../store.ts';
import { wantedResources } from '../wanted.ts';
import { writeBookings, type BookingRequest } from '../writeBookings.ts';
import { ruleStartOf } from './movedOccurrences.ts';
import { lastFollowing } from './planOccurrences.ts';
import { ruleStartsAfter } from './seriesRule.ts';
import type { ChangedSeries } from './seriesRequest.ts';
import { changeSeries, findBookingsOfSeries, lockSeries } from './seriesStore.ts';

/**
 * Adds occurrences by the rule after the last one that is not an exception, all or none, or with SKIP those that nothing prevents. They
 * are like the last one that is not cancelled. Places of the rule that any occurrence has had, cancelled or moved, stay as they are. For the series' user, its client, and staff.
 *
 * Refuses NOT_FOUND; INVALID (count, endDate, key); TOO_MANY_OCCURRENCES; IDEMPOTENCY_MISMATCH; and what createBooking refuses. Throws
 * SERVICE_UNAVAILABLE if too many requests wait for a resource.
 */
export async function extendBookingSeries(
  ctx: Context,
  input: ExtendBookingSeriesInput,
): Promise<Outcome<ChangedSeries>> {
  const outcome = outcomeWithoutFields(await extend(ctx, input), FIELDS_OF_BOOKING, 'seriesId');
  if (!outcome.ok) return outcome;
  const skipped = outcome.value.skipped.map((one) => ({
    ...one,
    refusals: withoutFields(one.refusals, FIELDS_OF_BOOKING, 'seriesId'),
  }));
  return done({ ...outcome.value, skipped });
}

async function extend(ctx: Context, input: ExtendBookingSeriesInput): Promise<Outcome<ChangedSeries>> {
  const permitted = await ask(ctx, input);
  if (!permitted.ok) return permitted;
  const request = permitted.value;
  const { tenantId, key } = request;
  const earlier = await earlierResult(tenantId, ctx.db, key);
  if (earlier) return extended(earlier, request.series);
  const model = modelOf(await findBookingsOfSeries(tenantId, ctx.db, request.series.id));
  if (!model) return refusedFor(tenantId, withoutRegular());
  const resourceIds = resourceIdsOf(model);
  ctx.bulkhead.requireCapacity(resourceIds);
  let planned: (Omit<RequestedTimes, 'occurrences'> & { occurrences: NewBooking[] }) | undefined;
  try {
    return await ctx.bulkhead.run(resourceIds, () =>
      inTransaction(ctx.db, async (tx): Promise<Outcome<ChangedSeries>> => {
        const series = await lockSeries(tenantId, tx, request.series.id);
        if (!series || !canChange(series, ctx.caller)) return refusedFor(tenantId, seriesNotFound());
        const extension = await extensionOf(ctx, tx, { ...request, series }, input);
        // What refuses it may be what an earlier request with this key has just added.
        if (!extension.ok) return extended((await earlierResult(tenantId, tx, key)) ?? extension, series);
        const { requested, rule } = extension.value;
        const made = await writeBookings(ctx, tx, extension.value.request, requested, ({ kept }) => {
          const bookings = kept.map((position) => newOccurrence(ctx, series, extension.value, position));
          planned = { ...requested, occurrences: bookings };
          return { bookings, series: null };
        });
        const [first] = made.ok ? made.value.bookings : [];
        const isRepeated = first && !planned?.occurrences.some(({ id }) => id === first.id);
        if (!made.ok || isRepeated) return extended(made, series);
        const changed = await changeSeries(tenantId, tx, series, rule);
        return done({ series: changed, bookings: made.value.bookings, skipped: made.value.skipped });
      }),
    );
  } catch (error) {
    if (isSessionViolation(error)) return refusedFor(tenantId, clientInSession());
    if (!planned || !isOverlapViolation(error)) throw error;
    return refusedFor(tenantId, ...(await refusalsAfterViolation(ctx, tenantId, planned)));
  }
}

type ExtensionRequest = {
  tenantId: TenantId;
  tenant: TenantProfile;
  series: SeriesRow;
  key: KeyedRequest | null;
};
type Extension = {
  request: BookingRequest;
  requested: RequestedTimes;
  rule: Pick<SeriesRow, 'endDate' | 'count'>;
};

const seriesNotFound = (): Refusal => refusal('NOT_FOUND', 'booking.seriesNotFound', ['input', 'seriesId']);
const withoutRegular = (): Refusal =>
  refusal('INVALID', 'booking.seriesWithoutRegular', ['input', 'seriesId']);

/** An earlier result has the series as it is now. */
const extended = (outcome: Outcome<CreatedBookings>, series: SeriesRow): Outcome<ChangedSeries> =>
  outcome.ok ? done({ ...outcome.value, series: outcome.value.series ?? series }) : outcome;

async function ask(ctx: Context, input: ExtendBookingSeriesInput): Promise<Outcome<ExtensionRequest>> {
  const callerId = idOfCaller(requireBooker(ctx.caller));
  const [series] = await seriesByIdOfAllTenants(ctx.db, [input.seriesId]);
  const tenant = series && canChange(series, ctx.caller) && (await ctx.directory.tenant(tenantOfRow(series)));
  if (!tenant) return refused(seriesNotFound());
  const { id: tenantId, settings } = tenant;
  const malformed = [...keyRefusals(input.idempotencyKey), ...amountRefusals(input)];
  if (malformed.length > 0) return refusedFor(tenantId, ...malformed);
  const { idempotencyKey } = input;
  const inputHash = extensionHash(input, settings.timezone);
  const key = idempotencyKey == null ? null : { key: idempotencyKey, callerId, inputHash, now: ctx.now };
  return done({ tenantId, tenant, series, key });
}

function amountRefusals({ count, endDate }: ExtendBookingSeriesInput): Refusal[] {
  const field = ['input', 'count'];
  if (count == null && !endDate) return [refusal('INVALID', 'booking.countOrEndDateNeeded', field)];
  if (count != null && endDate) return [refusal('INVALID', 'booking.countOrEndDate', field)];
  if (count == null || (count >= 1 && count <= MAX_OCCURRENCES)) return [];
  return [refusal('INVALID', 'booking.recurrenceCount', field, { min: 1, max: MAX_OCCURRENCES })];
}

/** The last one by where the rule put it, in whatever status. */
const lastRegular = (all: readonly BookingRow[]): BookingRow | undefined =>
  all
    .filter(({ isException }) => !isException)
    .toSorted((a, b) => ruleStartOf(a).epochMilliseconds - ruleStartOf(b).epochMilliseconds)
    .at(-1);

/** The occurrence that added ones copy: the last one; if all are cancelled, the one that followed the series the longest. */
function modelOf(all: readonly BookingRow[]): BookingRow | undefined {
  const regular = all.filter(({ isException }) => !isException);
  return lastRegular(regular.filter(({ status }) => occupiesResource(status))) ?? lastFollowing(regular);
}

/** What to add to a locked series. Refuses what is certain to be refused. */
async function extensionOf(
  ctx: Context,
  tx: Tx,
  { tenantId, tenant, series, key }: ExtensionRequest,
  input: ExtendBookingSeriesInput,
): Promise<Outcome<Extension>> {
  const all = await findBookingsOfSeries(tenantId, tx, series.id);
  const [last, model] = [lastRegular(all), modelOf(all)];
  if (!last || !model) return refusedFor(tenantId, withoutRegular());
  const wanted = wantedResources(model);
  const { clientId } = model;
  const request = { tenantId, key, wanted, userId: series.userId, clientId };
  const gathered = await gatherFor(ctx, tenantId, request, wanted);
  const candidates = candidatesOf(tenant, gathered.resources, wanted, ctx.now);
  const added = occurrencesToAdd(ctx, candidates[0]!.context.rules, { series, all, last, model }, input);
  if (!added.ok) return refusedFor(tenantId, ...added.refusals);
  const occurrences = added.value;
  const overridden: RequestedTimes['overridden'] = new Set();
  const demands = demandsOf(candidates, overridden);
  const isSkipping = input.onConflict === 'SKIP';
  const requested = {
    ...{ tenantId, clientId, wanted, candidates, demands, occurrences, overridden, isSkipping },
    now: ctx.now,
  };
  const refusals = [...wantedResourceRefusals(candidates), ...peopleRefusals(gathered, request)];
  if (refusals.length > 0) {
    return refusedFor(tenantId, ...(await refusalsOf(ctx, tx, requested, refusals)));
  }
  return done({ request, requested, rule: ruleAfter(series, input, tenant.settings.timezone, occurrences) });
}

function newOccurrence(
  ctx: Context,
  { id: seriesId }: SeriesRow,
  { request, requested: { candidates, demands, occurrences } }: Extension,
  position: number,
): NewBooking {
  const { startTime, endTime } = occurrences[position]!;
  return newBooking(request, { startTime, endTime }, candidates, demands, ctx.now, {
    source: sourceOf(requireKnownCaller(ctx.caller)),
    seriesId,
    originalStart: startTime,
  });
}

/** INVALID if there are none, TOO_MANY_OCCURRENCES if too many would lie ahead. */
function occurrencesToAdd(
  { now }: Context,
  rules: EndRules,
  {
    series,
    all,
    last,
    model,
  }: { series: SeriesRow; all: readonly BookingRow[]; last: BookingRow; model: BookingRow },
  input: ExtendBookingSeriesInput,
): Outcome<Occurrence[]> {
  const { timezone: zone } = rules;
  const endDate = input.endDate ? toInstant(input.endDate, zone) : null;
  const field = ['input', endDate ? 'endDate' : 'count'];
  const taken = all.map(ruleStartOf);
  const starts = ruleStartsAfter(series, ruleStartOf(last), {
    zone,
    endDate,
    count: input.count ?? null,
    taken,
    isFollowing: last.status !== 'CANCELLED' && last.status !== 'REJECTED',
  });
  if (starts.length === 0) return refused(refusal('INVALID', 'booking.extensionIsEmpty', field));
  const ahead = all.filter(
    ({ startTime, status }) =>
      occupiesResource(status) && startTime.epochMilliseconds > now.epochMilliseconds,
  );
  if (ahead.length + starts.length > MAX_OCCURRENCES) {
    const params = { max: MAX_OCCURRENCES };
    return refused(refusal('TOO_MANY_OCCURRENCES', 'booking.tooManyAhead', field, params));
  }
  const endOf = endsOf(model, rules);
  return done(starts.map(({ local, startTime }) => ({ startTime, endTime: endOf(local, startTime) })));
}

/** A series with a count keeps one, unless it is continued up to a date. */
function ruleAfter(
  { count }: SeriesRow,
  input: ExtendBookingSeriesInput,
  zone: string,
  added: readonly Occurrence[],
): Extension['rule'] {
  if (input.endDate) return { endDate: toInstant(input.endDate, zone), count: null };
  return count === null
    ? { endDate: added.at(-1)!.startTime, count: null }
    : { endDate: null, count: count + added.length };
}
