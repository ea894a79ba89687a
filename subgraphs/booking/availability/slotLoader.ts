import { ApiError } from '@libs/outcome/apiErrors';
import { localDay } from '@libs/time/days';
import { overlap, type Span } from '@libs/time/spans';
import DataLoader from 'dataloader';
import type { Temporal } from 'temporal-polyfill';
import type { SchedulingContext } from '../scheduling/rules.ts';
import { countSlots, slotsOfDay, type SlotTime } from '../scheduling/slots.ts';
import type { BusyTimes } from './busyTimes.ts';
import type { YieldToOthers } from './fairYield.ts';

/** Over all resources and days. A resource that is open day and night on a grid of 5 minutes has 17,856 in the longest range. */
const MAX_SLOTS_PER_REQUEST = 20_000;
/** Resource days whose busy times are in memory at once. */
const MAX_DAYS_PER_READ = 400;

/** `durationMinutes` null: one booking interval. */
export type SlotQuery = {
  resourceId: string;
  context: SchedulingContext;
  from: Temporal.PlainDate;
  days: number;
  durationMinutes: number | null;
};
export type DayOfSlots = {
  date: Temporal.PlainDate;
  timezone: string;
  /** In minutes. */
  bookingInterval: number;
  slots: SlotTime[];
};
export type SlotLoader = { load(query: SlotQuery): Promise<DayOfSlots[]> };

const keyOf = ({ resourceId, from, days, durationMinutes }: SlotQuery): string =>
  `${resourceId} ${from.toString()} ${days} ${durationMinutes}`;

const dateOf = ({ from }: SlotQuery, index: number): Temporal.PlainDate => from.add({ days: index });

/** Groups of at most MAX_DAYS_PER_READ days; a single query has fewer. */
function grouped(queries: Iterable<SlotQuery>): SlotQuery[][] {
  const groups: SlotQuery[][] = [];
  let room = 0;
  for (const query of queries) {
    if (query.days > room) {
      groups.push([]);
      room = MAX_DAYS_PER_READ;
    }
    groups.at(-1)!.push(query);
    room -= query.days;
  }
  return groups;
}

/**
 * All queries of a request are counted before any is computed, and refused together with QUERY_TOO_COMPLEX above the request's
 * share of MAX_SLOTS_PER_REQUEST (`shares`: fetches that share the limit). Equal queries are computed once but counted each time,
 * as the answer repeats them.
 */
export function slotLoader(request: {
  busyTimes: BusyTimes;
  yieldToOthers: YieldToOthers;
  shares?: number | undefined;
}): SlotLoader {
  const { busyTimes, yieldToOthers, shares = 1 } = request;
  const limit = Math.floor(MAX_SLOTS_PER_REQUEST / shares);
  let counted = 0;

  const busyTimesOf = ({ resourceId, context, from, days }: SlotQuery): Promise<Span[]> =>
    busyTimes.of(resourceId, {
      start: localDay(from, context.rules.timezone).start,
      end: localDay(from.add({ days: days - 1 }), context.rules.timezone).end,
    });

  async function daysOf(query: SlotQuery, spans: readonly Span[]): Promise<DayOfSlots[]> {
    const { context, durationMinutes } = query;
    const { timezone, bookingInterval } = context.rules;
    const found: DayOfSlots[] = [];
    for (let index = 0; index < query.days; index += 1) {
      await yieldToOthers();
      const date = dateOf(query, index);
      const bounds = localDay(date, timezone);
      const occupied = spans.filter((span) => overlap(bounds, span));
      const slots = slotsOfDay(date, durationMinutes, context, occupied);
      found.push({ date, timezone, bookingInterval, slots });
    }
    return found;
  }

  return new DataLoader<SlotQuery, DayOfSlots[]>(
    async (queries) => {
      for (const { context, from, days, durationMinutes } of queries) {
        counted += countSlots(from, days, durationMinutes, context);
      }
      if (counted > limit) {
        throw new ApiError('QUERY_TOO_COMPLEX', 'booking.tooManySlots', { slots: counted, max: limit });
      }
      const found = new Map<string, DayOfSlots[]>();
      for (const group of grouped(new Map(queries.map((query) => [keyOf(query), query])).values())) {
        await yieldToOthers();
        const spans = await Promise.all(group.map(busyTimesOf));
        for (const [index, query] of group.entries())
          found.set(keyOf(query), await daysOf(query, spans[index]!));
      }
      return queries.map((query) => found.get(keyOf(query))!);
    },
    { cache: false },
  );
}
