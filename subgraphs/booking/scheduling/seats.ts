/** Which seats of a resource a booking gets. Seats are numbered from 1; touching times do not overlap. */
import { overlap, type Span } from '@libs/time/spans';

/** The contract's ResourceBookingMode. */
export type BookingMode = 'EXCLUSIVE' | 'SHARED' | 'SESSION';

/** Half-open; `to` may be Infinity. */
export type SeatRange = { from: number; to: number };
/** Disjoint ranges, ascending. */
export type Seats = readonly SeatRange[];

/** A resource that is booked as a whole. */
export const ALL_SEATS: Seats = [{ from: 1, to: Infinity }];

/** Seats that a booking or hold keeps from others for a time, buffers included. */
export type TakenSeats = Span & {
  seats: Seats;
  /** `sessionOf` of a booking in SESSION mode; else null. */
  session: string | null;
};

export type SeatRequest = Span & {
  mode: BookingMode;
  /** Seats of the resource. */
  capacity: number;
  /** How many are wanted. */
  seats: number;
  session: string | null;
};

export const countSeats = (seats: Seats): number => seats.reduce((sum, { from, to }) => sum + (to - from), 0);

/** Reads Postgres's int4multirange in its canonical form: '{[1,3),[5,)}'. */
export function parseSeats(text: string): Seats {
  return [...text.matchAll(/\[(\d+),(\d*)\)/g)].map(([, from, to]) => ({
    from: Number(from),
    to: to === '' ? Infinity : Number(to),
  }));
}

export function formatSeats(seats: Seats): string {
  return `{${seats.map(({ from, to }) => `[${from},${to === Infinity ? '' : to})`).join(',')}}`;
}

/** The most seats that are taken at one instant of `span`. */
export function peakSeats(taken: readonly TakenSeats[], span: Span): number {
  const changes = taken
    .filter((one) => overlap(one, span))
    .flatMap((one) => {
      const count = countSeats(one.seats);
      return [
        { at: Math.max(one.start, span.start), count },
        { at: one.end, count: -count },
      ];
    })
    // At one instant, those that end come first.
    .toSorted((a, b) => a.at - b.at || a.count - b.count);
  let now = 0;
  let peak = 0;
  for (const { count } of changes) {
    // Infinity - Infinity would be NaN: a resource that is taken as a whole has no seat left anyway.
    if (count === Infinity) return Infinity;
    now += count;
    peak = Math.max(peak, now);
  }
  return peak;
}

/** How many seats one booking of the whole time could still have. At most 1 in EXCLUSIVE mode. */
export function remainingSeats(request: SeatRequest, taken: readonly TakenSeats[]): number {
  const { mode, capacity, session } = request;
  const inTheWay = taken.filter((one) => overlap(one, request));
  if (mode === 'EXCLUSIVE') return inTheWay.length === 0 ? 1 : 0;
  // Bookings that were made in another mode have no session, so they are in the way too.
  if (mode === 'SESSION' && inTheWay.some((one) => one.session !== session)) return 0;
  return Math.max(0, capacity - peakSeats(inTheWay, request));
}

/**
 * The seats that the request gets: in EXCLUSIVE mode all, else the lowest that are free for the whole time. 'CONFLICT' if fewer remain
 * than are wanted. 'FRAGMENTED' if enough remain at every instant but not the same ones: see `reassignSeats`.
 */
export function assignSeats(
  request: SeatRequest,
  taken: readonly TakenSeats[],
): Seats | 'CONFLICT' | 'FRAGMENTED' {
  const remaining = remainingSeats(request, taken);
  if (request.mode === 'EXCLUSIVE') return remaining === 0 ? 'CONFLICT' : ALL_SEATS;
  if (remaining < request.seats) return 'CONFLICT';
  const inTheWay = taken.filter((one) => overlap(one, request)).flatMap(({ seats }) => seats);
  const free = lowestFree(inTheWay, request.seats);
  return free.at(-1)!.to - 1 <= request.capacity ? free : 'FRAGMENTED';
}

/**
 * Assigns seats anew to allocations that overlap each other, directly or through others, with what they have had in number. By start, each
 * gets the lowest free seats, so they need no more seats than are taken at their fullest instant. In the order of `cluster`. Those of
 * `fixed` are in the way.
 */
export function reassignSeats(
  cluster: readonly (Span & { count: number })[],
  fixed: readonly (Span & { seats: Seats })[] = [],
): Seats[] {
  const assigned = new Map<Span, TakenSeats>();
  for (const one of cluster.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    const inTheWay = [...fixed, ...assigned.values()].filter((other) => overlap(other, one));
    const seats = lowestFree(
      inTheWay.flatMap((other) => other.seats),
      one.count,
    );
    assigned.set(one, { start: one.start, end: one.end, seats, session: null });
  }
  return cluster.map((one) => assigned.get(one)!.seats);
}

/** The lowest `count` of `seats`; all of a resource that is booked as a whole. */
export function lowestOf(seats: Seats, count: number): Seats {
  if (countSeats(seats) === Infinity) return seats;
  let missing = count;
  return seats.flatMap(({ from, to }) => {
    const size = Math.min(missing, to - from);
    missing -= size;
    return size > 0 ? [{ from, to: from + size }] : [];
  });
}

/** The lowest `count` seats outside of `taken`, which may overlap and have any order. */
function lowestFree(taken: readonly SeatRange[], count: number): Seats {
  const free: SeatRange[] = [];
  let next = 1;
  let missing = count;
  const take = (to: number) => {
    const size = Math.min(missing, to - next);
    if (size <= 0) return;
    free.push({ from: next, to: next + size });
    missing -= size;
  };
  for (const range of taken.toSorted((a, b) => a.from - b.from)) {
    if (missing === 0) break;
    take(range.from);
    next = Math.max(next, range.to);
  }
  take(Infinity);
  return free;
}
