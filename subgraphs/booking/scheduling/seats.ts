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
 * than are wanted. 'FRAGMENTED' if enough remain at every instant but not the same ones: see `reassignWithin`.
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
 * Assigns seats anew to allocations, with what they have had in number. By start, each gets the lowest free seats, so they need no more seats
 * than are taken at their fullest instant. In the order of `allocations`. Those of `fixed` are in the way.
 */
export function reassignSeats(
  allocations: readonly (Span & { count: number })[],
  fixed: readonly (Span & { seats: Seats })[] = [],
): Seats[] {
  const assigned = new Map<Span, Seats>();
  let inProgress: (Span & { seats: Seats })[] = [];
  for (const one of allocations.toSorted(byStart)) {
    inProgress = inProgress.filter(({ end }) => end > one.start);
    const inTheWay = [...inProgress, ...fixed.filter((other) => overlap(other, one))];
    const seats = lowestFree(
      inTheWay.flatMap((other) => other.seats),
      one.count,
    );
    assigned.set(one, seats);
    inProgress.push({ start: one.start, end: one.end, seats });
  }
  return allocations.map((one) => assigned.get(one)!);
}

const byStart = (a: Span, b: Span): number => a.start - b.start || a.end - b.end;
const isWithin = (outer: Span, { start, end }: Span): boolean => outer.start <= start && end <= outer.end;
const lastSeat = (seats: Seats): number => seats.at(-1)!.to - 1;

/** Those that overlap `first`, directly or through others of them; `first` is one of them. */
function connectedTo<T extends Span>(first: T, spans: readonly T[]): T[] {
  let connected: T[] = [];
  let end = -Infinity;
  for (const one of spans.toSorted(byStart)) {
    if (one.start >= end) {
      if (connected.includes(first)) break;
      connected = [];
    }
    connected.push(one);
    end = Math.max(end, one.end);
  }
  return connected;
}

export type Reassignment<Row, Wanted> = {
  /** The allocations that get other seats than they have. */
  changed: { row: Row; seats: Seats }[];
  /** `first`, and the wanted times that overlap the same allocations. */
  given: { wanted: Wanted; seats: Seats }[];
};

/**
 * Makes room for `first` by assigning seats anew within `window`, which contains it. `taken`: every allocation that overlaps the window; those
 * that reach out of it keep their seats. `isLeaving`: those that are about to be given back get seats that are in no other allocation's way.
 * Undefined if a wider window is needed. One that contains all allocations that overlap each other is wide enough if at each instant enough
 * seats are free.
 */
export function reassignWithin<Row extends Span & { seats: Seats }, Wanted extends Span & { count: number }>(
  window: Span,
  { first, wanted, capacity }: { first: Wanted; wanted: readonly Wanted[]; capacity: number },
  taken: readonly Row[],
  isLeaving: (row: Row) => boolean,
): Reassignment<Row, Wanted> | undefined {
  type Member = Span & { count: number; row?: Row; wanted?: Wanted };
  const memberOf = (one: Wanted): Member => ({
    start: one.start,
    end: one.end,
    count: one.count,
    wanted: one,
  });
  const firstMember = memberOf(first);
  const members = connectedTo<Member>(firstMember, [
    firstMember,
    ...wanted.filter((one) => one !== first && overlap(one, window)).map(memberOf),
    ...taken
      .filter((row) => isWithin(window, row))
      .map((row) => ({ start: row.start, end: row.end, count: countSeats(row.seats), row })),
  ]);
  const around = {
    start: Math.min(...members.map(({ start }) => start)),
    end: Math.max(...members.map(({ end }) => end)),
  };
  if (!isWithin(window, around)) return undefined;
  const fixed = taken.filter((row) => !isWithin(window, row) && overlap(row, around));
  const staying = members.filter(({ row }) => !row || !isLeaving(row));
  const leaving = members.filter(({ row }) => row && isLeaving(row));
  const seats = reassignSeats(staying, fixed);
  const exceeds = ({ row }: Member, index: number) =>
    lastSeat(seats[index]!) > Math.max(capacity, row ? lastSeat(row.seats) : 0);
  if (fixed.length > 0 && staying.some(exceeds)) return undefined;
  const moved = staying.flatMap((one, index) => (one.row ? [{ ...one, seats: seats[index]! }] : []));
  const left = reassignSeats(leaving, [...fixed, ...moved]);
  const rows = [...moved, ...leaving.map((one, index) => ({ ...one, seats: left[index]! }))];
  return {
    changed: rows.flatMap(({ row, seats: now }) =>
      formatSeats(now) === formatSeats(row!.seats) ? [] : [{ row: row!, seats: now }],
    ),
    given: staying.flatMap((one, index) =>
      one.wanted ? [{ wanted: one.wanted, seats: seats[index]! }] : [],
    ),
  };
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
