import { overlap, type Span } from '@libs/time/spans';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ALL_SEATS,
  assignSeats,
  countSeats,
  formatSeats,
  parseSeats,
  peakSeats,
  reassignSeats,
  reassignWithin,
  remainingSeats,
  type SeatRequest,
  type Seats,
  type TakenSeats,
} from './seats.ts';
import { sessionOf } from './occupied.ts';

const HOUR = 3_600_000;
const hours = (start: number, end: number) => ({ start: start * HOUR, end: end * HOUR });
const seatsOf = (...numbers: number[]): Seats => numbers.map((from) => ({ from, to: from + 1 }));
const taken = (start: number, end: number, seats: Seats, session: string | null = null): TakenSeats => ({
  ...hours(start, end),
  seats,
  session,
});
const request = (start: number, end: number, overrides: Partial<SeatRequest> = {}): SeatRequest => ({
  ...hours(start, end),
  mode: 'SHARED',
  capacity: 2,
  seats: 1,
  session: null,
  ...overrides,
});

describe('seats in SQL', () => {
  it.each(['{[1,)}', '{[1,2)}', '{[1,3),[5,6),[9,)}'])('%s is read and written', (text) => {
    expect(formatSeats(parseSeats(text))).toBe(text);
  });
});

describe('an EXCLUSIVE resource', () => {
  const whole = request(9, 10, { mode: 'EXCLUSIVE', capacity: 5, seats: 3 });

  it('is given as a whole, if nothing overlaps', () => {
    expect(assignSeats(whole, [taken(8, 9, ALL_SEATS), taken(10, 11, seatsOf(4))])).toEqual(ALL_SEATS);
    expect(remainingSeats(whole, [])).toBe(1);
  });

  it('is refused for any overlap, also with seats of an older mode', () => {
    expect(assignSeats(whole, [taken(9.5, 11, seatsOf(4))])).toBe('CONFLICT');
    expect(remainingSeats(whole, [taken(9.5, 11, seatsOf(4))])).toBe(0);
  });
});

describe('a SHARED resource', () => {
  it('counts the fullest instant, not the bookings', () => {
    const one = [taken(9, 10, seatsOf(1)), taken(10, 11, seatsOf(1)), taken(11, 12, seatsOf(1))];
    expect(remainingSeats(request(9, 12), one)).toBe(1);
    expect(assignSeats(request(9, 12), one)).toEqual(seatsOf(2));
  });

  it('gives the lowest free seats', () => {
    const some = [taken(9, 10, seatsOf(1)), taken(9, 10, seatsOf(3))];
    expect(assignSeats(request(9, 10, { capacity: 5, seats: 2 }), some)).toEqual([
      { from: 2, to: 3 },
      { from: 4, to: 5 },
    ]);
  });

  it('has no seat left while it is taken as a whole, from an older mode', () => {
    expect(remainingSeats(request(9, 11, { capacity: 50 }), [taken(10, 12, ALL_SEATS)])).toBe(0);
  });

  it('gives nothing more while a lowered capacity is exceeded', () => {
    const many = [taken(9, 10, seatsOf(1, 2, 3))];
    expect(remainingSeats(request(9, 10), many)).toBe(0);
    expect(assignSeats(request(9, 10), many)).toBe('CONFLICT');
  });

  it('finds seats that are free only in parts, and assigns them anew', () => {
    const fragments = [taken(9, 10, seatsOf(1)), taken(10, 11, seatsOf(2))];
    expect(assignSeats(request(9, 11), fragments)).toBe('FRAGMENTED');
    const wanted = { ...hours(9, 11), count: 1 };
    const cluster = [...fragments.map((one) => ({ ...one, count: countSeats(one.seats) })), wanted];
    expect(reassignSeats(cluster)).toEqual([seatsOf(1), seatsOf(1), seatsOf(2)]);
  });
});

describe('a SESSION', () => {
  const session = (start: number, end: number) => sessionOf(hours(start, end));
  const inClass = { mode: 'SESSION', session: session(9, 10) } as const;

  it('is shared by those who have the same time', () => {
    const others = [taken(9, 10, seatsOf(1), session(9, 10))];
    expect(assignSeats(request(9, 10, inClass), others)).toEqual(seatsOf(2));
  });

  it.each([session(9.5, 10.5), null])('leaves no seat to another session (%s)', (other) => {
    expect(remainingSeats(request(9, 10, inClass), [taken(9.5, 10.5, seatsOf(1), other)])).toBe(0);
  });
});

const LAST_HOUR = 24;
const takenArbitrary = fc
  .tuple(
    fc.integer({ min: 0, max: LAST_HOUR - 1 }),
    fc.integer({ min: 1, max: 6 }),
    fc.integer({ min: 1, max: 3 }),
  )
  .map(([start, length, count]) => ({ ...hours(start, start + length), count }));

const instants = Array.from({ length: LAST_HOUR + 6 }, (_, hour) => hours(hour, hour + 1));
const countsAt = (all: readonly TakenSeats[], instant: { start: number; end: number }) =>
  all
    .filter((one) => one.start < instant.end && instant.start < one.end)
    .map(({ seats }) => countSeats(seats));
const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

/** `given` with seats assigned anew in the narrowest window that is wide enough, and what `wanted` got. */
function withRoomMade(
  given: readonly TakenSeats[],
  wanted: Span & { count: number },
  capacity: number,
): TakenSeats[] {
  for (let reach = 0; ; reach += HOUR) {
    const window = { start: wanted.start - reach, end: wanted.end + reach };
    const overlapping = given.filter((one) => overlap(one, window));
    const request = { first: wanted, wanted: [wanted], capacity };
    const found = reassignWithin(window, request, overlapping, () => false);
    if (!found) continue;
    const seatsNow = new Map(found.changed.map(({ row, seats }) => [row, seats]));
    return [
      ...given.map((one) => ({ ...one, seats: seatsNow.get(one) ?? one.seats })),
      { start: wanted.start, end: wanted.end, seats: found.given[0]!.seats, session: null },
    ];
  }
}

describe('whatever is taken', () => {
  it('every request that fits at every instant gets seats, and no seat is ever given twice', () => {
    fc.assert(
      fc.property(
        fc.array(takenArbitrary, { maxLength: 40 }),
        fc.integer({ min: 1, max: 6 }),
        (wishes, capacity) => {
          let given: TakenSeats[] = [];
          for (const { count, ...span } of wishes) {
            const wish: SeatRequest = { ...span, mode: 'SHARED', capacity, seats: count, session: null };
            const fits = instants
              .filter((instant) => instant.start < span.end && span.start < instant.end)
              .every((instant) => sum(countsAt(given, instant)) + count <= capacity);
            const seats = assignSeats(wish, given);
            expect(seats !== 'CONFLICT').toBe(fits);
            if (seats === 'CONFLICT') continue;
            const all = [...given, { ...span, seats: seats === 'FRAGMENTED' ? [] : seats, session: null }];
            if (seats === 'FRAGMENTED') {
              given = withRoomMade(given, { ...span, count }, capacity);
            } else given = all;
            for (const instant of instants) {
              const numbers = given
                .filter((one) => one.start < instant.end && instant.start < one.end)
                .flatMap((one) => one.seats)
                .flatMap(({ from, to }) => Array.from({ length: to - from }, (_, index) => from + index));
              expect(new Set(numbers).size).toBe(numbers.length);
              expect(Math.max(0, ...numbers)).toBeLessThanOrEqual(capacity);
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('what is about to be given back gets seats that are in no other allocation’s way', () => {
    const leaving = taken(10, 12, seatsOf(1));
    const all = [taken(9, 10, seatsOf(1)), leaving, taken(10, 11, seatsOf(2))];
    const wanted = { ...hours(9, 12), count: 1 };
    const found = reassignWithin(
      hours(8, 13),
      { first: wanted, wanted: [wanted], capacity: 2 },
      all,
      (row) => row === leaving,
    )!;
    const seatsNow = all.map((row) => found.changed.find((one) => one.row === row)?.seats ?? row.seats);
    expect(seatsNow[1]).not.toEqual(seatsNow[2]);
    expect(found.given[0]!.seats).not.toEqual(seatsNow[0]);
    expect(found.given[0]!.seats).not.toEqual(seatsNow[2]);
  });

  it('only what is near is assigned anew, where that is enough', () => {
    const DAYS = 30;
    const half = 12 * DAYS;
    // Two overlapping chains of bookings of an hour without a gap; around noon of the middle day a seat is free in pieces.
    const all = Array.from({ length: 24 * DAYS }, (_, hour) => [
      taken(hour, hour + 1, seatsOf(hour < half ? 1 : 2)),
      taken(hour + 0.5, hour + 1.5, seatsOf(3)),
    ]).flat();
    const wanted = { ...hours(half - 1, half + 1), count: 1 };
    const makesRoom = assignSeats({ ...request(half - 1, half + 1), capacity: 3 }, all);
    expect(makesRoom).toBe('FRAGMENTED');
    const now = withRoomMade(all, wanted, 3);
    const changed = all.filter((row, index) => now[index]!.seats !== row.seats);
    expect(changed.length).toBeGreaterThan(0);
    expect(changed.every((row) => Math.abs(row.start - half * HOUR) <= 4 * HOUR)).toBe(true);
  });

  it('the peak is the fullest of all instants', () => {
    fc.assert(
      fc.property(fc.array(takenArbitrary, { maxLength: 20 }), (all) => {
        const given = all.map(({ count, ...span }) => ({
          ...span,
          seats: [{ from: 1, to: count + 1 }],
          session: null,
        }));
        const fullest = Math.max(0, ...instants.map((instant) => sum(countsAt(given, instant))));
        expect(peakSeats(given, hours(0, LAST_HOUR + 6))).toBe(fullest);
      }),
    );
  });
});
