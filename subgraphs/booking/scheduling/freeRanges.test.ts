import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { localTime } from '@libs/time/localTimes';
import { availableCountOf, freeRangesOf } from './freeRanges.ts';
import { exampleContext, taken, weeklyRange } from './scheduling.fixtures.ts';
import { slotsOfDay, type SlotTime } from './slots.ts';

const HOUR_MS = 3_600_000;
const local = ({ start, startOffsetMs }: Pick<SlotTime, 'start' | 'startOffsetMs'>) =>
  new Date(start + startOffsetMs).toISOString().slice('2027-01-05T'.length, '2027-01-05T00:00'.length);

/** '08:00-09:30 (last 09:00)' of each range. */
function shown(
  date: string,
  minutes: number | null,
  context: ReturnType<typeof exampleContext>,
  busy: [number, number][] = [],
) {
  const day = Temporal.PlainDate.from(date);
  const midnight = day.toZonedDateTime(context.rules.timezone).epochMilliseconds;
  const spans = busy.map(([from, to]) =>
    taken({ start: midnight + from * HOUR_MS, end: midnight + to * HOUR_MS }),
  );
  const slots = slotsOfDay(day, minutes, context, spans);
  return freeRangesOf(slots, context.rules.bookingInterval * 60_000).map((range) => {
    const end = local({ start: range.end, startOffsetMs: range.endOffsetMs });
    const last = local({ start: range.lastStart, startOffsetMs: range.startOffsetMs });
    return `${local(range)}-${end} (last ${last})`;
  });
}

describe('freeRangesOf', () => {
  it('joins available slots, and splits at a booking and at a break of the schedule', () => {
    const context = exampleContext(
      { workingHoursEnd: localTime('14:00') },
      { schedule: ['TUESDAY 08:00-11:00', 'TUESDAY 12:00-14:00'].map(weeklyRange) },
    );
    expect(shown('2027-01-05', null, context, [[9, 9.5]])).toEqual([
      '08:00-09:00 (last 08:30)',
      '09:30-11:00 (last 10:30)',
      '12:00-14:00 (last 13:30)',
    ]);
    expect(shown('2027-01-05', 60, context, [[9, 9.5]])).toEqual([
      '08:00-09:00 (last 08:00)',
      '09:30-11:00 (last 10:00)',
      '12:00-14:00 (last 13:00)',
    ]);
  });

  it('splits where the offset changes, and joins nothing that is not available', () => {
    const night = {
      workingHoursStart: localTime('00:00'),
      workingHoursEnd: localTime('04:00'),
      bookingInterval: 60,
    };
    const newYork = exampleContext({ ...night, timezone: 'America/New_York' });
    expect(shown('2027-11-07', null, newYork)).toEqual([
      '00:00-01:00 (last 01:00)',
      '01:00-04:00 (last 03:00)',
    ]);
    const inactive = { tenant: true, category: true, resource: false };
    expect(shown('2027-01-05', null, exampleContext({}, { isActive: inactive }))).toEqual([]);
  });

  it('agrees with the slots for any slots', () => {
    const slot = fc.record({
      step: fc.integer({ min: 1, max: 2 }),
      isFree: fc.boolean(),
      isLater: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(slot, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), (steps, length) => {
        const interval = 30 * 60_000;
        let start = 0;
        const slots = steps.map(({ step, isFree, isLater }): SlotTime => {
          start += step * interval;
          const startOffsetMs = isLater ? HOUR_MS : 0;
          const end = start + length * interval;
          return {
            ...{ start, end, startOffsetMs, endOffsetMs: 0, unavailableReason: isFree ? null : 'CONFLICT' },
            ...{ totalSeats: 9, remainingSeats: isFree ? 1 + ((start / interval) % 7) : 0 },
            ...{ bookableUntil: start, heldUntil: null },
          };
        });
        const ranges = freeRangesOf(slots, interval);
        const free = slots.filter(({ unavailableReason }) => unavailableReason === null);
        const starts = ranges.flatMap(({ start: first, lastStart }) =>
          Array.from({ length: (lastStart - first) / interval + 1 }, (_, index) => first + index * interval),
        );
        expect(starts).toEqual(free.map((one) => one.start));
        expect(availableCountOf(slots)).toBe(free.length);
        // Neighbors are together if and only if the contract joins them.
        slots.slice(1).forEach((later, index) => {
          const earlier = slots[index]!;
          const isJoined =
            earlier.unavailableReason === null &&
            later.unavailableReason === null &&
            later.start === earlier.start + interval &&
            later.startOffsetMs === earlier.startOffsetMs;
          const isTogether = ranges.some(
            (range) => range.start <= earlier.start && later.start <= range.lastStart,
          );
          expect(isTogether).toBe(isJoined);
        });
        for (const { start: first, lastStart, end, remainingSeats } of ranges) {
          expect(end).toBe(lastStart + length * interval);
          const seats = free
            .filter((one) => first <= one.start && one.start <= lastStart)
            .map((one) => one.remainingSeats);
          expect(remainingSeats).toBe(Math.min(...seats));
        }
      }),
      { numRuns: 500 },
    );
  });
});
