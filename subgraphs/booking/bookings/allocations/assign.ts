/** Which seats the occurrences of a booking get of each resource, and what is in their way. */
import type { TenantId } from '@libs/auth/tenantId';
import type { Queryable, Tx } from '@libs/db/inTransaction';
import type { Temporal } from 'temporal-polyfill';
import type { Occurrence } from '../../scheduling/rules.ts';
import {
  assignSeats,
  reassignWithin,
  remainingSeats,
  type Seats,
  type TakenSeats,
} from '../../scheduling/seats.ts';
import { findInTheWay, findTaken, type InTheWay } from './allocationStore.ts';
import { classIdsOf, findInClass } from './classes.ts';
import { findAllocations, updateSeats, type OverlappingRow } from './overlapStore.ts';
import { occupiedSpan, seatRequest, type Demand, type NewAllocation } from './demands.ts';

/** Too few seats of a resource are left. */
export type SeatConflict = Pick<InTheWay, 'bookings' | 'holds'> & {
  /** Position in the demands. */
  index: number;
  /** The seats left in the fullest occurrence; 0 for a resource that is booked as a whole. */
  remainingSeats: number;
  /** The occurrences that do not get the resource. */
  occurrences: { position: number; remainingSeats: number }[];
};

/** Occurrences that fit only once the seats of others are assigned anew. */
export type Fragmented = {
  /** Position in the demands. */
  index: number;
  /** Positions of the occurrences. */
  positions: number[];
};

export type Assignment = {
  /** By occurrence: one for each demand, except those in conflict and those that are fragmented. */
  allocations: NewAllocation[][];
  /** At most one for each demand. */
  conflicts: SeatConflict[];
  /** Positions of the occurrences in whose class the client already has a booking or hold. */
  inSession: readonly number[];
  /** At most one for each demand: see `reassignAllocations`. */
  fragmented: Fragmented[];
  /** Whether expired holds must be ended before the allocations are written. */
  hasExpired: boolean;
};

export type AssignOptions = {
  now: Temporal.Instant;
  /** Bookings that give their time back. */
  except?: readonly string[] | undefined;
  /** Whether each occurrence's own conflict must be known. */
  isComplete?: boolean | undefined;
  /** Whom the booking or hold is for; undefined: others look whether the client is in a class. */
  clientId?: string | undefined;
};

/** Looks, without changing anything. Earlier occurrences are in the way of later ones. */
export async function assignAll(
  tenantId: TenantId,
  db: Queryable,
  demands: readonly Demand[],
  occurrences: readonly Occurrence[],
  options: AssignOptions,
): Promise<Assignment> {
  const { clientId, now, except } = options;
  const [found, inSession] = await Promise.all([
    Promise.all(demands.map((demand) => assignOne(tenantId, db, demand, occurrences, options))),
    clientId === undefined
      ? []
      : findInClass(tenantId, db, classIdsOf(demands), occurrences, { clientId, now, except }),
  ]);
  return {
    allocations: occurrences.map((_, position) =>
      found.flatMap(({ allocations }) => allocations[position] ?? []),
    ),
    conflicts: found.flatMap(({ conflict }, index) => (conflict ? [{ ...conflict, index }] : [])),
    inSession,
    fragmented: found.flatMap(({ fragmented: positions }, index) =>
      positions.length > 0 ? [{ index, positions }] : [],
    ),
    hasExpired: found.some(({ hasExpired }) => hasExpired),
  };
}

/** The part of an assignment for occurrences that nothing is in the way of; their positions count anew. */
export const onlyOccurrences = (
  { allocations, fragmented, hasExpired }: Assignment,
  positions: readonly number[],
): Assignment => ({
  allocations: positions.map((position) => allocations[position]!),
  conflicts: [],
  inSession: [],
  fragmented: fragmented.map((one) => ({
    index: one.index,
    positions: positions.flatMap((position, at) => (one.positions.includes(position) ? [at] : [])),
  })),
  hasExpired,
});

type Found = {
  allocations: (NewAllocation | undefined)[];
  conflict: Omit<SeatConflict, 'index'> | undefined;
  /** Positions of the occurrences. */
  fragmented: number[];
  hasExpired: boolean;
};

async function assignOne(
  tenantId: TenantId,
  db: Queryable,
  demand: Demand,
  occurrences: readonly Occurrence[],
  { isComplete = false, now, except = [] }: AssignOptions,
): Promise<Found> {
  const { resourceId } = demand;
  const query = {
    resourceId,
    spans: occurrences.map((occurrence) => occupiedSpan(demand, occurrence)),
    now,
    except,
  };
  // One statement decides about a resource that is booked as a whole, and names what is in the way.
  const inTheWay =
    demand.mode === 'EXCLUSIVE' ? await findInTheWay(tenantId, db, query, { isComplete }) : undefined;
  const { taken: before, hasExpired } = inTheWay ?? (await findTaken(tenantId, db, query));
  const taken: TakenSeats[] = [...before];
  const found: Found = { allocations: [], conflict: undefined, fragmented: [], hasExpired };
  const refused: SeatConflict['occurrences'] = [];
  for (const [position, occurrence] of occurrences.entries()) {
    const request = seatRequest(demand, occurrence);
    const seats = assignSeats(request, taken);
    if (seats === 'CONFLICT') {
      refused.push({ position, remainingSeats: remainingSeats(request, taken) });
      continue;
    }
    const { start, end, session } = request;
    if (seats === 'FRAGMENTED') {
      found.fragmented.push(position);
      // Later occurrences count them, whichever they will be.
      taken.push({ start, end, seats: outOfReach(demand), session });
      continue;
    }
    taken.push({ start, end, seats, session });
    found.allocations[position] = allocationOf(demand, occurrence, seats);
  }
  if (refused.length > 0) {
    const spans = refused.map(({ position }) => query.spans[position]!);
    const { bookings, holds } =
      inTheWay ?? (await findInTheWay(tenantId, db, { ...query, spans }, { isForEach: isComplete }));
    const fewest = Math.min(...refused.map((one) => one.remainingSeats));
    found.conflict = { bookings, holds, remainingSeats: fewest, occurrences: refused };
  }
  return found;
}

const outOfReach = ({ capacity, seats }: Demand): Seats => [{ from: capacity + 1, to: capacity + 1 + seats }];

function allocationOf(demand: Demand, occurrence: Occurrence, seats: Seats): NewAllocation {
  const { start, end, session } = seatRequest(demand, occurrence);
  const { resourceId } = demand;
  const { startTime, endTime } = occurrence;
  return { resourceId, startTime, endTime, occupied: { start, end }, seats, session };
}

/** How many times as far a wider window reaches: those that hold a year take eight. */
const WINDOW_GROWTH = 4;

/**
 * Assigns the seats of others anew, so that the fragmented occurrences fit; returns what they get, and those that overlap the same others,
 * by position. `occurrences` are undefined where they are refused. Bookings of `except` are about to leave: they get seats that are in
 * nobody else's way. Call it under the resource's lock, with expired holds ended.
 */
export async function reassignAllocations(
  tenantId: TenantId,
  tx: Tx,
  demand: Demand,
  occurrences: readonly (Occurrence | undefined)[],
  { positions, except }: Pick<Fragmented, 'positions'> & { except: readonly string[] },
): Promise<Map<number, NewAllocation>> {
  // By start, so that others are locked in one order.
  const wanted = occurrences
    .flatMap((occurrence, position) =>
      occurrence ? [{ position, occurrence, count: demand.seats, ...occupiedSpan(demand, occurrence) }] : [],
    )
    .toSorted((a, b) => a.start - b.start);
  const given = new Map<number, NewAllocation>();
  const isLeaving = ({ bookingId }: OverlappingRow) => bookingId !== null && except.includes(bookingId);
  for (const first of wanted) {
    if (!positions.includes(first.position) || given.has(first.position)) continue;
    const request = { first, wanted, capacity: demand.capacity };
    // Few allocations change where a narrow window is enough.
    for (let reach = first.end - first.start; ; reach *= WINDOW_GROWTH) {
      const window = { start: first.start - reach, end: first.end + reach };
      const taken = await findAllocations(tenantId, tx, demand.resourceId, window);
      const found = reassignWithin(window, request, taken, isLeaving);
      if (!found) continue;
      await updateSeats(tenantId, tx, demand.resourceId, found.changed);
      for (const { wanted: one, seats } of found.given) {
        given.set(one.position, allocationOf(demand, one.occurrence, seats));
      }
      break;
    }
  }
  return given;
}
