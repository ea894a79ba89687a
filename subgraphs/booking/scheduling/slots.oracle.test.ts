/**
 * Slots of random tenants agree with `brokenRules`: each is listed unless a rule for slots forbids it, and names the first rule or the
 * lack of seats that closes it. Seats and expiries are counted by an oracle that shares no code with `slotSeats.ts`.
 */
import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { expect, it } from 'vitest';
import { DAYS_OF_WEEK, localDay } from '@libs/time/days';
import type { LocalTime } from '@libs/time/localTimes';
import type { Occupied } from './occupied.ts';
import { exampleContext } from './scheduling.fixtures.ts';
import { brokenRules, type SchedulingContext } from './rules.ts';
import { countSlots, slotsOfDay, type SlotTime } from './slots.ts';

const MINUTE_MS = 60_000;
const RUNS = 640;
const MIN_SLOTS = 10_000;
/** For a busy machine. */
const TIMEOUT_MS = 240_000;
const CURRENT = ['IN_THE_PAST', 'TOO_SHORT_NOTICE', 'TOO_FAR_IN_ADVANCE', 'CLOSED'];

const DAYS_IN_ZONES = [
  ['America/New_York', '2027-03-14'],
  ['America/New_York', '2027-11-07'],
  ['Australia/Lord_Howe', '2027-04-04'],
  ['Africa/Cairo', '2027-04-30'],
  ['Africa/Cairo', '2027-10-29'],
  ['America/Santiago', '2027-04-03'],
  ['America/Santiago', '2027-09-05'],
  ['America/Havana', '2027-11-07'],
  ['Antarctica/Troll', '2027-10-31'],
  ['Pacific/Apia', '2011-12-30'],
  ['America/Nuuk', '2027-03-27'],
  ['Asia/Kathmandu', '2027-06-01'],
  ['America/Sao_Paulo', '2027-01-05'],
] as const;

const time = (max = 24) => fc.integer({ min: 0, max: max * 12 }).map((n) => (n * 300) as LocalTime);
const anyRange = fc.record({ start: time(23), end: time() });
/** The time of day, by halves: so that two ranges of one date never overlap. */
const ranges = fc.oneof(
  fc.constant([]),
  fc.constant([{ start: 0 as LocalTime, end: 86_400 as LocalTime }]),
  fc.array(anyRange, { minLength: 1, maxLength: 1 }),
  fc.tuple(time(11), time(11), time(11), time(11)).map(([a, b, c, d]) => [
    { start: Math.min(a, b) as LocalTime, end: (Math.max(a, b) + 300) as LocalTime },
    { start: (Math.min(c, d) + 43_200) as LocalTime, end: (Math.max(c, d) + 43_500) as LocalTime },
  ]),
);
const weekly = fc.array(
  fc
    .record({ day: fc.constantFrom(...DAYS_OF_WEEK), range: anyRange })
    .map(({ day, range }) => ({ day, ...range })),
  { minLength: 6, maxLength: 14 },
);
/** By days from the date. */
const onDates = <T>(of: fc.Arbitrary<T>) =>
  fc.oneof(
    { arbitrary: fc.constant<{ at: number; of: T }[]>([]), weight: 2 },
    fc.array(fc.record({ at: fc.integer({ min: -2, max: 2 }), of }), { maxLength: 2 }),
  );

const scene = fc.record({
  dayInZone: fc.constantFrom(...DAYS_IN_ZONES),
  dayAfter: fc.integer({ min: -1, max: 1 }),
  hours: fc.oneof(
    { arbitrary: fc.constant({ start: 0 as LocalTime, end: 86_400 as LocalTime }), weight: 4 },
    fc.record({ start: time(11), end: time().map((end) => Math.max(end, 43_200) as LocalTime) }),
    anyRange,
  ),
  overnight: fc.boolean(),
  workingDays: fc.oneof(fc.constant([...DAYS_OF_WEEK]), fc.subarray([...DAYS_OF_WEEK], { minLength: 5 })),
  bookingInterval: fc.constantFrom(5, 5, 5, 10, 15, 15, 25, 30, 60, 90, 120, 240, 720, 1440),
  intervals: fc.integer({ min: 1, max: 4 }),
  minIntervals: fc.constantFrom(1, 1, 1, 2),
  maxIntervals: fc.constantFrom(null, null, null, null, 3),
  minimumNoticeMinutes: fc.constantFrom(0, 90, 600),
  nowAfter: fc.oneof(
    fc.constant(-1440),
    fc.integer({ min: -60, max: 1440 }),
    fc.integer({ min: -1440 * 4, max: -1 }),
  ),
  advanceBookingDays: fc.integer({ min: 1, max: 3 }),
  bufferBeforeMinutes: fc.constantFrom(0, 0, 10, 45),
  bufferAfterMinutes: fc.constantFrom(0, 0, 5, 30),
  special: onDates(ranges),
  overrides: onDates(ranges),
  season: fc.option(weekly, { freq: 2 }),
  schedule: fc.option(weekly, { freq: 2 }),
  closures: onDates(fc.oneof(fc.constant(null), anyRange)),
  mode: fc.constantFrom('EXCLUSIVE', 'SHARED', 'SESSION'),
  capacity: fc.integer({ min: 1, max: 4 }),
  seats: fc.constantFrom(1, 1, 2, 3, 5),
  occupied: fc.array(
    fc.record({
      from: fc.integer({ min: -120, max: 300 }),
      ticks: fc.integer({ min: 1, max: 48 }),
      /** The time of a slot in place of from and ticks. */
      slot: fc.option(fc.nat()),
      seats: fc.option(fc.integer({ min: 1, max: 3 }), { freq: 6 }),
      expiresAfter: fc.option(fc.integer({ min: -2, max: 30 })),
    }),
    { maxLength: 8 },
  ),
});
type Scene = typeof scene extends fc.Arbitrary<infer T> ? T : never;

const byDate = <T extends { at: number }>(entries: readonly T[], date: Temporal.PlainDate) =>
  [...new Map(entries.map((one) => [one.at, one])).values()].map((one) => ({
    ...one,
    from: date.add({ days: one.at }),
    to: date.add({ days: one.at }),
  }));

function contextOf(random: Scene): { date: Temporal.PlainDate; context: SchedulingContext } {
  const [timezone, changeDate] = random.dayInZone;
  const date = Temporal.PlainDate.from(changeDate).add({ days: random.dayAfter });
  const { bookingInterval, overnight, workingDays, minimumNoticeMinutes, advanceBookingDays } = random;
  const now = date.toZonedDateTime(timezone).add({ minutes: random.nowAfter }).toInstant();
  const context = exampleContext(
    {
      ...{ timezone, bookingInterval, overnight, workingDays, minimumNoticeMinutes, advanceBookingDays },
      workingHoursStart: random.hours.start,
      workingHoursEnd: random.hours.end,
      minDurationMinutes: random.minIntervals * bookingInterval,
      maxDurationMinutes: random.maxIntervals && random.maxIntervals * bookingInterval,
      bufferBeforeMinutes: random.bufferBeforeMinutes,
      bufferAfterMinutes: random.bufferAfterMinutes,
      specialHours: byDate(random.special, date).map(({ from, to, of }) => ({
        from,
        to,
        ranges: of,
        name: null,
      })),
    },
    {
      now,
      schedule: random.schedule,
      seasons: random.season ? [{ from: date, to: date.add({ days: 1 }), ranges: random.season }] : [],
      overrides: byDate(random.overrides, date).map(({ from, to, of }) => ({ from, to, ranges: of })),
      closures: random.closures.map(({ at, of }) => ({
        from: date.add({ days: at }),
        to: date.add({ days: at }),
        startTime: of?.start ?? null,
        endTime: of?.end ?? null,
      })),
      mode: random.mode as SchedulingContext['mode'],
      capacity: random.capacity,
    },
  );
  return { date, context };
}

function occupiedOf(
  random: Scene,
  { start }: { start: number },
  slots: readonly SlotTime[],
  { rules, now }: SchedulingContext,
): Occupied[] {
  return random.occupied.map(({ from, ticks, slot, seats, expiresAfter }) => {
    const chosen = slot === null ? undefined : slots[slot % Math.max(1, slots.length)];
    const own = chosen ?? {
      start: start + from * 5 * MINUTE_MS,
      end: start + (from + ticks) * 5 * MINUTE_MS,
    };
    return {
      start: own.start - rules.bufferBeforeMinutes * MINUTE_MS,
      end: own.end + rules.bufferAfterMinutes * MINUTE_MS,
      seats,
      session: random.mode === 'SESSION' && chosen ? `${own.start}/${own.end}` : null,
      expiresAt: expiresAfter === null ? null : now.epochMilliseconds + expiresAfter * MINUTE_MS,
    };
  });
}

/** Instant by instant. */
function seatsLeft(slot: SlotTime, occupied: readonly Occupied[], context: SchedulingContext): number {
  const { mode, rules, capacity } = context;
  const start = slot.start - rules.bufferBeforeMinutes * MINUTE_MS;
  const end = slot.end + rules.bufferAfterMinutes * MINUTE_MS;
  const present = occupied.filter((one) => one.start < end && start < one.end);
  if (mode === 'EXCLUSIVE') return present.length === 0 ? 1 : 0;
  const own = `${slot.start}/${slot.end}`;
  if (mode === 'SESSION' && present.some(({ session }) => session !== own)) return 0;
  const instants = [start, ...present.map((one) => one.start)].filter((at) => start <= at && at < end);
  const taken = instants.map((at) =>
    present
      .filter((one) => one.start <= at && at < one.end)
      .reduce((sum, { seats }) => sum + (seats ?? capacity), 0),
  );
  return Math.max(0, capacity - Math.max(...taken));
}

function expectedHeldUntil(
  slot: SlotTime,
  current: readonly Occupied[],
  context: SchedulingContext,
  needed: number,
): number | null {
  const expiries = current.flatMap(({ expiresAt }) => expiresAt ?? []).sort((a, b) => a - b);
  const found = expiries.find(
    (expiry) =>
      seatsLeft(
        slot,
        current.filter(({ expiresAt }) => expiresAt === null || expiresAt > expiry),
        context,
      ) >= needed,
  );
  return found ?? null;
}

const requestedOf = ({ start, end }: { start: number; end: number }) => ({
  startTime: Temporal.Instant.fromEpochMilliseconds(start),
  endTime: Temporal.Instant.fromEpochMilliseconds(end),
});

it(
  'a slot is listed unless a rule for slots forbids it, with its first reason, its seats and its expiry',
  () => {
    const seen: Record<string, number> = {};
    const count = (what: string) => (seen[what] = (seen[what] ?? 0) + 1);
    fc.assert(
      fc.property(scene, (random) => {
        const { date, context } = contextOf(random);
        const { rules } = context;
        const bounds = localDay(date, rules.timezone);
        const minutes = rules.bookingInterval * random.intervals;
        const duration = random.intervals === random.minIntervals ? null : minutes;
        const free = slotsOfDay(date, duration, context, []);
        const occupied = occupiedOf(random, bounds, free, context);
        const slots = slotsOfDay(date, duration, context, occupied, random.seats);
        expect(slots.map(({ start, end }) => [start, end])).toEqual(
          free.map(({ start, end }) => [start, end]),
        );

        const nowMs = context.now.epochMilliseconds;
        const current = occupied.filter(({ expiresAt }) => expiresAt === null || expiresAt > nowMs);
        for (const [index, slot] of slots.entries()) {
          if (index > 0) expect(slot.start).toBeGreaterThan(slots[index - 1]!.start);
          expect(localDay(date, rules.timezone).start <= slot.start && slot.start < bounds.end).toBe(true);
          if (!rules.overnight) expect(slot.end).toBeLessThanOrEqual(bounds.end);
          const broken = brokenRules(requestedOf(slot), context).map(({ code }) => code as string);
          expect(broken.filter((code) => !CURRENT.includes(code))).toEqual([]);
          const left = seatsLeft(slot, current, context);
          const needed = context.mode === 'EXCLUSIVE' ? 1 : random.seats;
          const lack =
            random.seats > context.capacity ? 'CAPACITY_EXCEEDED' : left < needed ? 'CONFLICT' : null;
          const isFull = broken.length === 0 && lack === 'CONFLICT';
          expect(slot).toMatchObject({
            unavailableReason: broken[0] ?? lack,
            totalSeats: context.mode === 'EXCLUSIVE' ? 1 : context.capacity,
            remainingSeats: broken.length > 0 ? 0 : left,
            bookableUntil: slot.start - rules.minimumNoticeMinutes * MINUTE_MS,
            heldUntil: isFull ? expectedHeldUntil(slot, current, context, needed) : null,
          });
          count(slot.unavailableReason ?? 'free');
          if (slot.heldUntil !== null) count('held');
          if (slot.end > bounds.end) count('overnight');
        }

        // What is not listed breaks a rule for slots, however long it lasts where the clock changes.
        const shifts = rules.bookingInterval > 120 ? [-120, -60, -30, 0, 30, 60, 120] : [0];
        const listed = new Set(slots.map(({ start, end }) => `${start} ${end}`));
        const step = shifts.length * 45 * MINUTE_MS;
        for (let start = bounds.start; start < bounds.end; start += step) {
          for (const shift of shifts) {
            const end = start + (minutes + shift) * MINUTE_MS;
            if (end <= start || listed.has(`${start} ${end}`)) continue;
            const other = brokenRules(requestedOf({ start, end }), context).map(({ code }) => code as string);
            // With a long shift, it may last another number of intervals.
            if (Math.abs(shift) * 2 < rules.bookingInterval)
              expect(other.every((code) => CURRENT.includes(code))).toBe(false);
          }
        }
      }),
      { numRuns: RUNS },
    );
    for (const reason of [...CURRENT, 'CAPACITY_EXCEEDED', 'CONFLICT', 'free', 'held', 'overnight'])
      expect(seen[reason] ?? 0, `${reason} of ${JSON.stringify(seen)}`).toBeGreaterThan(20);
    const { held, overnight, ...reasons } = seen;
    expect(held! + overnight!).toBeGreaterThan(100);
    expect(Object.values(reasons).reduce((sum, one) => sum + one, 0)).toBeGreaterThan(MIN_SLOTS);
  },
  TIMEOUT_MS,
);

it(
  'countSlots stays close to the number of slots, and is exact for a week where no clock changes and nothing crosses midnight',
  () => {
    let counted = 0;
    fc.assert(
      fc.property(scene, (random) => {
        fc.pre(random.dayInZone[0] === 'Asia/Kathmandu' || random.dayInZone[0] === 'America/Sao_Paulo');
        const { date, context } = contextOf(random);
        const listed = Array.from({ length: 7 }, (_, index) =>
          slotsOfDay(date.add({ days: index - 3 }), null, context, []),
        ).flat().length;
        const estimate = countSlots(date.subtract({ days: 3 }), 7, null, context);
        counted += listed;
        if (!random.overnight) {
          expect(estimate).toBe(listed);
          return;
        }
        // A range at either end of the week may reach over it, and one that continues may end early.
        const slack = (2 * 1440) / random.bookingInterval + 2;
        expect(Math.abs(estimate - listed)).toBeLessThanOrEqual(slack);
      }),
      { numRuns: 600 },
    );
    expect(counted).toBeGreaterThan(5_000);
  },
  TIMEOUT_MS,
);

it(
  'slots and counts of dates that are asked one after another are those of each date alone',
  () => {
    let listed = 0;
    fc.assert(
      fc.property(scene, fc.integer({ min: 1, max: 3 }), (random, nights) => {
        const { date, context } = contextOf(random);
        const first = date.subtract({ days: 3 });
        const dates = Array.from({ length: 9 }, (_, index) => first.add({ days: index }));
        const fit =
          Math.floor((nights * 1440) / context.rules.bookingInterval) * context.rules.bookingInterval;
        for (const duration of [null, fit]) {
          const counts = dates.map((one) => countSlots(one, 1, duration, { ...context }));
          expect(countSlots(first, dates.length, duration, context)).toBe(
            counts.reduce((sum, one) => sum + one, 0),
          );
          for (const one of dates) {
            const slots = slotsOfDay(one, duration, context, []);
            expect(slots).toEqual(slotsOfDay(one, duration, { ...context }, []));
            listed += slots.length;
          }
        }
      }),
      { numRuns: 300 },
    );
    expect(listed).toBeGreaterThan(MIN_SLOTS);
  },
  TIMEOUT_MS,
);
