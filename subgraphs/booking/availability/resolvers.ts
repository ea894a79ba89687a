/** Resolvers of availability. */
import { formatWithOffset } from '@libs/time/instants';
import type { Span } from '@libs/time/spans';
import { serializedList } from '@libs/graphql/serializedJson';
import { closuresOfDay } from '../closures/reads.ts';
import type { Resolvers } from '../generated.ts';
import { availableCountOf, freeRangesOf } from '../scheduling/freeRanges.ts';
import { MINUTE_MS } from '../scheduling/rules.ts';
import type { SlotTime } from '../scheduling/slots.ts';
import { availability } from './reads.ts';
import type { DayOfSlots } from './slotLoader.ts';

type LocalSpan = Span & { startOffsetMs: number; endOffsetMs: number };

const times = {
  startTime: ({ start }: Span) => start,
  endTime: ({ end }: Span) => end,
  localStart: ({ start, startOffsetMs }: LocalSpan) => formatWithOffset(start, startOffsetMs),
  localEnd: ({ end, endOffsetMs }: LocalSpan) => formatWithOffset(end, endOffsetMs),
};

/** Fields of a day, its slots and ranges that need nothing but the object itself. */
const plain = {
  AvailabilityDay: {
    slots: ({ slots }: DayOfSlots) => slots,
    slotCount: ({ slots }: DayOfSlots) => slots.length,
    availableCount: ({ slots }: DayOfSlots) => availableCountOf(slots),
    freeRanges: ({ slots, bookingInterval }: DayOfSlots) => freeRangesOf(slots, bookingInterval * MINUTE_MS),
  },
  Slot: {
    ...times,
    available: ({ unavailableReason }: SlotTime) => unavailableReason === null,
  },
  FreeRange: {
    ...times,
    minutes: ({ start, end }: Span) => (end - start) / MINUTE_MS,
  },
};

export const availabilityResolvers: Resolvers = {
  Resource: {
    async availability({ id }, args, ctx, info) {
      const days = (await availability(ctx, id, args)).map((day) => ({ ...day, resourceId: id }));
      // Writing a day takes as long as computing it.
      const beforeEach = ({ slots }: DayOfSlots) => ctx.yieldToOthers(slots.length);
      return serializedList(days, ctx, info, { resolvers: plain, beforeEach });
    },
  },
  ...plain,
  AvailabilityDay: {
    ...plain.AvailabilityDay,
    async slots({ slots }, _args, ctx, info) {
      await ctx.yieldToOthers(slots.length);
      return serializedList(slots, ctx, info, { resolvers: plain });
    },
    closures: (day, _args, ctx) => closuresOfDay(ctx, day),
  },
};
