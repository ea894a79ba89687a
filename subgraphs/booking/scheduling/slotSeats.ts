/** The number of seats that bookings and holds leave for each slot of a day. */
import { mergeSpans, overlap, type Span } from '@libs/time/spans';
import type { Occupied } from './occupied.ts';
import type { SchedulingContext } from './rules.ts';

type Seating = Pick<SchedulingContext, 'mode' | 'capacity'>;

export const totalSeats = ({ mode, capacity }: Seating): number => (mode === 'EXCLUSIVE' ? 1 : capacity);

/** Seats left from `start` to `end`, buffers included, for a booking of this session. */
export type SeatsLeft = (start: number, end: number, session: string) => number;

/** Call the result with ascending starts. */
export function seatsLeftAmong(occupied: readonly Occupied[], seating: Seating): SeatsLeft {
  if (seating.mode === 'EXCLUSIVE') return wholeOrNothing(occupied);
  const loads = loadsOf(occupied);
  const isSession = seating.mode === 'SESSION';
  let first = 0;
  return (start, end, session) => {
    while (first < loads.length && loads[first]!.end <= start) first += 1;
    let fullest = 0;
    for (let index = first; index < loads.length && loads[index]!.start < end; index += 1) {
      const load = loads[index]!;
      if (isSession && load.session !== session) return 0;
      fullest = Math.max(fullest, load.seats);
    }
    return Math.max(0, seating.capacity - fullest);
  };
}

function wholeOrNothing(occupied: readonly Occupied[]): SeatsLeft {
  const spans = mergeSpans(occupied);
  let next = 0;
  return (start, end) => {
    while (next < spans.length && spans[next]!.end <= start) next += 1;
    return next < spans.length && spans[next]!.start < end ? 0 : 1;
  };
}

/** Occupied without a change. */
type Load = Span & {
  /** Infinity: the whole resource. */
  seats: number;
  /** Null: of several sessions, or of none. */
  session: string | null;
};

/** By start; times at which nothing is occupied are left out. */
function loadsOf(occupied: readonly Occupied[]): Load[] {
  const times = occupied.filter(({ start, end }) => start < end);
  const starting = times.toSorted((a, b) => a.start - b.start);
  const ending = times.toSorted((a, b) => a.end - b.end);
  const loads: Load[] = [];
  /** How many bookings and holds each session has at this moment; null: those without one. */
  const sessions = new Map<string | null, number>();
  let [seats, wholes] = [0, 0];
  const count = (one: Occupied, change: 1 | -1) => {
    if (one.seats == null) wholes += change;
    else seats += change * one.seats;
    const left = (sessions.get(one.session ?? null) ?? 0) + change;
    if (left === 0) sessions.delete(one.session ?? null);
    else sessions.set(one.session ?? null, left);
  };
  for (let entered = 0, left = 0; left < ending.length;) {
    const at = Math.min(starting[entered]?.start ?? Infinity, ending[left]!.end);
    while (starting[entered]?.start === at) count(starting[entered++]!, 1);
    while (ending[left]?.end === at) count(ending[left++]!, -1);
    if (sessions.size === 0) continue;
    const until = Math.min(starting[entered]?.start ?? Infinity, ending[left]!.end);
    const [session = null] = sessions.size === 1 ? sessions.keys() : [];
    loads.push({ start: at, end: until, seats: wholes > 0 ? Infinity : seats, session });
  }
  return loads;
}

/**
 * When the holds in the way of `seats` seats have expired, in epoch milliseconds: the earliest expiry after which so many are left.
 * Null if bookings alone leave fewer. `occupied` may contain other times.
 */
export function heldUntil(
  padded: Span,
  session: string,
  occupied: readonly Occupied[],
  seating: Seating & { seats: number },
): number | null {
  const present = occupied.filter((one) => overlap(one, padded));
  const expiries = new Set(present.flatMap(({ expiresAt }) => expiresAt ?? []));
  const left = (from: number) =>
    seatsLeftAmong(
      present.filter(({ expiresAt }) => expiresAt == null || expiresAt > from),
      seating,
    )(padded.start, padded.end, session);
  return [...expiries].toSorted((a, b) => a - b).find((expiry) => left(expiry) >= seating.seats) ?? null;
}
