/** What a client of a seat history does next. */
import type { BookingRow } from '@drizzle/booking/tables';
import type { TenantUser } from '@libs/auth/caller';
import type { Temporal } from 'temporal-polyfill';
import { cancelBooking } from '../bookings/cancelBooking.ts';
import { createBooking } from '../bookings/createBooking.ts';
import { updateBooking } from '../bookings/updateBooking.ts';
import { confirmHold } from '../holds/confirmHold.ts';
import { createHold } from '../holds/createHold.ts';
import { sweepExpiredHolds } from '../holds/endExpiredHolds.ts';
import { releaseHold } from '../holds/releaseHold.ts';
import type { Requested, SeatHistory, Wanted } from './seatHistory.fixtures.ts';
import { someWish } from './seatWishes.fixtures.ts';
import { bookSeries, cancelSeries, changeSeries, extendSeries } from './seriesOperations.fixtures.ts';

/** Holds that may still be open. */
const RECENT_HOLDS = 12;
const MIN_BOOKINGS = 5;

type Wish = Pick<ReturnType<typeof someWish>, 'resourceId' | 'additionalResources' | 'seats'> & {
  startTime: Temporal.Instant;
  endTime: Temporal.Instant;
};

const requestedBy = (wish: Wish): Requested => ({
  start: wish.startTime.epochMilliseconds,
  end: wish.endTime.epochMilliseconds,
  wanted: [{ resourceId: wish.resourceId, seats: wish.seats }, ...(wish.additionalResources ?? [])],
});

const bookingOf = (row: BookingRow) => ({ bookings: [row] });

type Timed = { at?: Temporal.Instant };

const book = (history: SeatHistory, who: TenantUser, wish: Wish, timed: Timed = {}) =>
  history.run(
    { kind: 'book', who, requested: requestedBy(wish), ...timed },
    (ctx) => createBooking(ctx, wish),
    ({ bookings }) => ({ bookings }),
  );

async function hold(history: SeatHistory, who: TenantUser, wish: Wish, timed: Timed = {}): Promise<void> {
  const requested = requestedBy(wish);
  const made = await history.run(
    { kind: 'hold', who, requested, ...timed },
    (ctx) => createHold(ctx, wish),
    ({ id }) => ({ holdId: id }),
  );
  if (made) history.holds.push({ id: made.id, expiresAt: made.expiresAt, ...requested });
}

const confirm = (history: SeatHistory, id: string, ifStillFree: boolean, timed: Timed = {}) =>
  history.run(
    { kind: 'confirm', who: history.staff, holdId: id, ...timed },
    (ctx) => confirmHold(ctx, { id, ifStillFree }),
    bookingOf,
  );

function change(history: SeatHistory) {
  const { chance, pick, staff, bookings } = history;
  const { seats, startTime, endTime, additionalResources } = someWish(history);
  const input = {
    id: pick([...bookings.keys()]),
    ...(chance() < 0.6 ? { startTime, endTime } : {}),
    ...(chance() < 0.2 && additionalResources ? { additionalResources } : {}),
    ...(chance() < 0.5 ? { seats } : {}),
  };
  return history.run({ kind: 'change', who: staff }, (ctx) => updateBooking(ctx, input), bookingOf);
}

const someHold = ({ pick, holds }: SeatHistory) => pick(holds.slice(-RECENT_HOLDS));

/**
 * Several want the time of a hold at the very instant at which it expires, others a millisecond before, while it is confirmed. Those of
 * before must find it taken, and one of the others gets it.
 */
async function raceForHold(history: SeatHistory): Promise<void> {
  const { chance, pick, people, tenant } = history;
  const { id, expiresAt, wanted, ...span } = someHold(history);
  const [own, ...additional] = wanted as [Wanted, ...Wanted[]];
  const at = (epochMs: number) => tenant.now.add({ milliseconds: epochMs - tenant.now.epochMilliseconds });
  const wish = {
    ...own,
    additionalResources: additional.length > 0 ? additional : null,
    startTime: at(span.start),
    endTime: at(span.end),
  };
  const before = { at: expiresAt.subtract({ milliseconds: 1 }) };
  const then = { at: expiresAt };
  const racers = [
    () => book(history, pick(people), wish, then),
    () => book(history, pick(people), { ...wish, seats: 1 }, then),
    () => hold(history, pick(people), wish, then),
    () => book(history, pick(people), wish, before),
    ...(chance() < 0.5 ? [() => confirm(history, id, false, before)] : []),
    ...(chance() < 0.5 ? [() => confirm(history, id, chance() < 0.2, then)] : []),
  ];
  const offset = Math.floor(chance() * racers.length);
  await Promise.all(racers.map((_, index) => racers[(index + offset) % racers.length]!()));
}

async function sweep(history: SeatHistory): Promise<void> {
  history.sweeps += 1;
  await sweepExpiredHolds(history.db, history.now());
}

type Choice = { weight: number; needs?: 'hold' | 'series'; act: (history: SeatHistory) => unknown };

const CHOICES: Choice[] = [
  { weight: 24, act: (history) => book(history, history.pick(history.people), someWish(history)) },
  { weight: 7, act: bookSeries },
  { weight: 13, act: change },
  {
    weight: 13,
    act: (history) => {
      const id = history.pick([...history.bookings.keys()]);
      return history.run(
        { kind: 'cancel', who: history.staff },
        (ctx) => cancelBooking(ctx, { id }),
        bookingOf,
      );
    },
  },
  { weight: 11, act: (history) => hold(history, history.pick(history.people), someWish(history)) },
  {
    weight: 6,
    needs: 'hold',
    act: (history) => confirm(history, someHold(history).id, history.chance() < 0.2),
  },
  {
    weight: 3,
    needs: 'hold',
    act: (history) => {
      const { id } = someHold(history);
      return history.run(
        { kind: 'release', who: history.staff, holdId: id },
        (ctx) => releaseHold(ctx, id),
        () => ({}),
      );
    },
  },
  { weight: 3, needs: 'hold', act: raceForHold },
  { weight: 1, act: sweep },
  { weight: 2, act: (history) => history.changeCapacity() },
  { weight: 10, needs: 'series', act: changeSeries },
  { weight: 4, needs: 'series', act: extendSeries },
  { weight: 3, needs: 'series', act: cancelSeries },
];
const TOTAL = CHOICES.reduce((sum, { weight }) => sum + weight, 0);

export async function step(history: SeatHistory): Promise<void> {
  const { chance, bookings, holds, series } = history;
  let left = chance() * TOTAL;
  const way = CHOICES.find(({ weight }) => (left -= weight) < 0)!;
  const isPossible =
    bookings.size >= MIN_BOOKINGS &&
    (way.needs !== 'hold' || holds.length > 0) &&
    (way.needs !== 'series' || series.size > 0);
  await (isPossible ? way : CHOICES[0]!).act(history);
}
