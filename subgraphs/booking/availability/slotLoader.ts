import { ApiError } from '@libs/outcome/apiErrors';
import { dayBounds } from '@libs/time/days';
import { overlap, type Span } from '@libs/time/spans';
import DataLoader from 'dataloader';
import { Temporal } from 'temporal-polyfill';
import type { World } from '../scheduling/rules.ts';
import { countSlots, slotsOfDay, type Slot } from '../scheduling/slots.ts';
import type { BusyTimes } from './busyTimes.ts';
import type { YieldToOthers } from './fairYield.ts';

/**
 * Slots that the answer to one client request may list, over all its resources and days. A resource that is open day and night on
 * a grid of 5 minutes has 17,856 in the longest range.
 */
export const MAX_SLOTS_PER_REQUEST = 20_000;
/** Days of resources whose busy times are read at once: what is read and not yet worked out is kept in memory. */
const MAX_DAYS_PER_READ = 400;

/** The slots of `days` days from `from`; `durationMinutes` null: one booking interval each. */
export type SlotQuestion = {
  resourceId: string;
  world: World;
  from: Temporal.PlainDate;
  days: number;
  durationMinutes: number | null;
};
export type AvailabilityDay = { date: Temporal.PlainDate; timezone: string; slots: Slot[] };
export type SlotLoader = { load(question: SlotQuestion): Promise<AvailabilityDay[]> };

const keyOf = ({ resourceId, from, days, durationMinutes }: SlotQuestion): string =>
  `${resourceId} ${from.toString()} ${days} ${durationMinutes}`;

const instantOf = Temporal.Instant.fromEpochMilliseconds;
const dateOf = ({ from }: SlotQuestion, place: number): Temporal.PlainDate => from.add({ days: place });

/** The questions in groups of at most MAX_DAYS_PER_READ days; a question alone has fewer. */
function grouped(questions: Iterable<SlotQuestion>): SlotQuestion[][] {
  const groups: SlotQuestion[][] = [];
  let room = 0;
  for (const question of questions) {
    if (question.days > room) {
      groups.push([]);
      room = MAX_DAYS_PER_READ;
    }
    groups.at(-1)!.push(question);
    room -= question.days;
  }
  return groups;
}

/**
 * The slots that one request asks for. All its questions are counted before any is worked out, and QUERY_TOO_COMPLEX refuses them
 * together where they come to more than its share of MAX_SLOTS_PER_REQUEST (`shares`: the fetches that share the limit). Equal
 * questions are worked out once and counted each time, since the answer repeats them.
 */
export function slotLoader(request: {
  busy: BusyTimes;
  yieldToOthers: YieldToOthers;
  shares?: number | undefined;
}): SlotLoader {
  const { busy, yieldToOthers, shares = 1 } = request;
  const limit = Math.floor(MAX_SLOTS_PER_REQUEST / shares);
  let counted = 0;

  const busyTimesOf = ({ resourceId, world, from, days }: SlotQuestion): Promise<Span[]> =>
    busy.of(resourceId, {
      start: dayBounds(from, world.rules.timezone).start,
      end: dayBounds(from.add({ days: days - 1 }), world.rules.timezone).end,
    });

  async function daysOf(question: SlotQuestion, spans: readonly Span[]): Promise<AvailabilityDay[]> {
    const { world, durationMinutes } = question;
    const { timezone } = world.rules;
    const found: AvailabilityDay[] = [];
    for (let place = 0; place < question.days; place += 1) {
      await yieldToOthers();
      const date = dateOf(question, place);
      // No slot leaves its day, so a day needs to know only of what touches it.
      const bounds = dayBounds(date, timezone);
      const held = spans
        .filter((span) => overlap(bounds, span))
        .map(({ start, end }) => ({ startTime: instantOf(start), endTime: instantOf(end) }));
      found.push({ date, timezone, slots: slotsOfDay(date, durationMinutes, world, held) });
    }
    return found;
  }

  return new DataLoader<SlotQuestion, AvailabilityDay[]>(
    async (questions) => {
      for (const { world, from, days, durationMinutes } of questions) {
        counted += countSlots(from, days, durationMinutes, world);
      }
      if (counted > limit) {
        throw new ApiError('QUERY_TOO_COMPLEX', 'booking.tooManySlots', { slots: counted, most: limit });
      }
      const found = new Map<string, AvailabilityDay[]>();
      for (const group of grouped(new Map(questions.map((one) => [keyOf(one), one])).values())) {
        await yieldToOthers();
        const spans = await Promise.all(group.map(busyTimesOf));
        for (const [place, one] of group.entries()) found.set(keyOf(one), await daysOf(one, spans[place]!));
      }
      return questions.map((one) => found.get(keyOf(one))!);
    },
    { cache: false },
  );
}
