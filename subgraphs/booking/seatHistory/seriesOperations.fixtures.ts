/** Series in a seat history: made, changed from one occurrence on or as a whole, split, extended, and cancelled by dates. */
import type { BookingRow } from '@drizzle/booking/tables';
import { cancelBookingSeries } from '../bookings/cancelBookingSeries.ts';
import { createBooking } from '../bookings/createBooking.ts';
import { extendBookingSeries } from '../bookings/series/extendBookingSeries.ts';
import type { ChangedSeries } from '../bookings/series/seriesRequest.ts';
import { updateBookingSeries } from '../bookings/series/updateBookingSeries.ts';
import type { RecurrenceInput } from '../generated.ts';
import type { SeatHistory } from './seatHistory.fixtures.ts';
import { someWish } from './seatWishes.fixtures.ts';

const MIN_OCCURRENCES = 2;
const MAX_OCCURRENCES = 6;
/** Occurrences of them that a client may name. */
const RECENT_SERIES = 8;

const between = ({ chance }: SeatHistory, min: number, max: number) =>
  min + Math.floor(chance() * (max - min + 1));
const changed = ({ series, bookings }: ChangedSeries) => ({ series, bookings });

export function bookSeries(history: SeatHistory) {
  const { chance, pick, people } = history;
  const wish = someWish(history);
  const count = between(history, MIN_OCCURRENCES, MAX_OCCURRENCES);
  const recurrence: RecurrenceInput = {
    frequency: chance() < 0.8 ? 'DAILY' : 'WEEKLY',
    ...(chance() < 0.5 ? { count } : { endDate: wish.startTime.add({ hours: 24 * (count - 1) }) }),
    onConflict: chance() < 0.7 ? 'SKIP' : 'REFUSE',
  };
  return history.run(
    { kind: 'bookSeries', who: pick(people) },
    (ctx) => createBooking(ctx, { ...wish, recurrence }),
    ({ bookings, series }) => ({ bookings, series }),
  );
}

/** As it was last answered. */
function someOccurrence({ pick, bookings, series }: SeatHistory): BookingRow {
  const latest = [...series.keys()].slice(-RECENT_SERIES);
  const seriesId = pick(latest);
  const known = [...bookings.values()].filter((row) => row.seriesId === seriesId);
  // Others may have taken all of them to another part.
  return pick(known.length > 0 ? known : [...bookings.values()].filter((row) => row.seriesId !== null));
}

export function changeSeries(history: SeatHistory) {
  const { chance, staff } = history;
  const named = someOccurrence(history);
  const wish = someWish(history);
  const isMoving = chance() < 0.6;
  const days = between(history, -1, 2);
  const dayStart = named.startTime
    .toZonedDateTimeISO('UTC')
    .add({ days })
    .withPlainTime(wish.startTime.toZonedDateTimeISO('UTC').toPlainTime());
  const startTime = dayStart.toInstant();
  const isSkipping = chance() < 0.5;
  const includesExceptions = chance() < 0.25;
  const input = {
    bookingId: named.id,
    scope: chance() < 0.5 ? ('FOLLOWING' as const) : ('ALL' as const),
    onConflict: isSkipping ? ('SKIP' as const) : ('REFUSE' as const),
    includeExceptions: includesExceptions,
    ...(chance() < 0.2 ? { expectedVersion: named.version } : {}),
    ...(isMoving ? { startTime, endTime: startTime.add(wish.startTime.until(wish.endTime)) } : {}),
    ...(chance() < 0.25 ? { resourceId: wish.resourceId } : {}),
    ...(chance() < 0.1 && wish.additionalResources ? { additionalResources: wish.additionalResources } : {}),
    ...(chance() < 0.25 ? { seats: wish.seats } : {}),
    ...(chance() < 0.2 ? { notes: String(chance()) } : {}),
  };
  return history.run(
    { kind: 'changeSeries', who: staff, edit: { namedId: named.id, includesExceptions, isSkipping } },
    (ctx) => updateBookingSeries(ctx, input),
    changed,
  );
}

export function extendSeries(history: SeatHistory) {
  const { chance, pick, staff, series } = history;
  const seriesId = pick([...series.keys()].slice(-RECENT_SERIES));
  const { startTime } = someOccurrence(history);
  const amount =
    chance() < 0.7
      ? { count: between(history, 1, 3) }
      : { endDate: startTime.add({ hours: 24 * between(history, 1, 4) }) };
  return history.run(
    { kind: 'extendSeries', who: staff },
    (ctx) =>
      extendBookingSeries(ctx, { seriesId, ...amount, onConflict: chance() < 0.7 ? 'SKIP' : 'REFUSE' }),
    changed,
  );
}

export function cancelSeries(history: SeatHistory) {
  const { chance, staff, tenant } = history;
  const { seriesId, startTime } = someOccurrence(history);
  const date = startTime.toZonedDateTimeISO(tenant.profile.settings.timezone).toPlainDate();
  const which =
    chance() < 0.7 ? { dates: [date, date.add({ days: 2 })] } : { from: startTime.add({ hours: 1 }) };
  return history.run(
    { kind: 'cancelSeries', who: staff },
    (ctx) => cancelBookingSeries(ctx, { seriesId: seriesId!, ...which }),
    (bookings) => ({ bookings }),
  );
}
