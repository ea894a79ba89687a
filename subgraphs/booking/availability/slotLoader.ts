import { ApiError } from '@libs/outcome/apiErrors';
import { addDays } from '@libs/time/days';
import { overlap } from '@libs/time/spans';
import DataLoader from 'dataloader';
import type { Temporal } from 'temporal-polyfill';
import { defaultDuration } from '../scheduling/durations.ts';
import type { Occupied } from '../scheduling/occupied.ts';
import type { SchedulingContext } from '../scheduling/rules.ts';
import { countSlots, reachOf, slotsOfDay, type SlotTime } from '../scheduling/slots.ts';
import type { BusyTimes } from './busyTimes.ts';
import type { ResourceOfTenant } from './store.ts';
import type { YieldToOthers } from './fairYield.ts';

/** Over all resources and days. A resource that is open day and night on a grid of 5 minutes has 17,856 in the longest range. */
const MAX_SLOTS_PER_REQUEST = 20_000;
/** Resource days whose busy times are in memory at once. */
const MAX_DAYS_PER_READ = 400;

const MINUTES_A_DAY = 1440;

/** `durationMinutes` null: the default duration. */
export type SlotQuery = {
  resource: ResourceOfTenant;
  context: SchedulingContext;
  from: Temporal.PlainDate;
  days: number;
  durationMinutes: number | null;
  seats: number;
};
/** `slots`: about how many it has. */
type CountedQuery = SlotQuery & { slots: number };
export type DayOfSlots = {
  date: Temporal.PlainDate;
  timezone: string;
  /** In minutes. */
  bookingInterval: number;
  slots: SlotTime[];
};
export type SlotLoader = { load(query: SlotQuery): Promise<DayOfSlots[]> };

const keyOf = ({ resource, from, days, durationMinutes, seats }: SlotQuery): string =>
  `${resource.id} ${from.toString()} ${days} ${durationMinutes} ${seats}`;

const withCount = (query: SlotQuery): CountedQuery => {
  const { from, days, durationMinutes, context } = query;
  return { ...query, slots: countSlots(from, days, durationMinutes, context) };
};

/** Dates after a slot's own that it may reach, each about as much work as a slot. */
const lookahead = ({ durationMinutes, context }: SlotQuery): number =>
  Math.floor((durationMinutes ?? defaultDuration(context.rules)) / MINUTES_A_DAY);

/** Groups of at most MAX_DAYS_PER_READ days; a single query has fewer. */
function grouped(queries: Iterable<CountedQuery>): CountedQuery[][] {
  const groups: CountedQuery[][] = [];
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

  const occupiedIn = ({ resource, context, ...query }: SlotQuery): Promise<Occupied[]> => {
    const { from, days, durationMinutes } = query;
    return busyTimes.of(resource, reachOf(from, days, durationMinutes, context.rules));
  };

  async function daysOf(query: CountedQuery, occupied: readonly Occupied[]): Promise<DayOfSlots[]> {
    const { context, durationMinutes, seats } = query;
    const { timezone, bookingInterval } = context.rules;
    const found: DayOfSlots[] = [];
    const slotsPerDay = Math.ceil(query.slots / query.days) + lookahead(query);
    for (let index = 0; index < query.days; index += 1) {
      await yieldToOthers(slotsPerDay);
      const date = addDays(query.from, index);
      const reach = reachOf(date, 1, durationMinutes, context.rules);
      const near = occupied.filter((one) => overlap(reach, one));
      const slots = slotsOfDay(date, durationMinutes, context, near, seats);
      found.push({ date, timezone, bookingInterval, slots });
    }
    return found;
  }

  return new DataLoader<SlotQuery, DayOfSlots[]>(
    async (keys) => {
      const queries: CountedQuery[] = [];
      for (const key of keys) {
        await yieldToOthers(key.days + lookahead(key));
        queries.push(withCount(key));
      }
      for (const { slots } of queries) counted += slots;
      if (counted > limit) {
        throw new ApiError('QUERY_TOO_COMPLEX', 'booking.tooManySlots', { slots: counted, max: limit });
      }
      const found = new Map<string, DayOfSlots[]>();
      for (const group of grouped(new Map(queries.map((query) => [keyOf(query), query])).values())) {
        await yieldToOthers();
        const occupied = await Promise.all(group.map(occupiedIn));
        for (const [index, query] of group.entries())
          found.set(keyOf(query), await daysOf(query, occupied[index]!));
      }
      return queries.map((query) => found.get(keyOf(query))!);
    },
    { cache: false },
  );
}
