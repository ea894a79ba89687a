/** Resolvers of availability. */
import { formatWithOffset } from '@libs/time/instants';
import type { Span } from '@libs/time/spans';
import type { Resolvers } from '../generated.ts';
import { availableCountOf, freeRangesOf } from '../scheduling/freeRanges.ts';
import { MINUTE_MS } from '../scheduling/rules.ts';
import { availability } from './reads.ts';

type LocalSpan = Span & { startOffsetMs: number; endOffsetMs: number };

const times = {
  startTime: ({ start }: Span) => start,
  endTime: ({ end }: Span) => end,
  localStart: ({ start, startOffsetMs }: LocalSpan) => formatWithOffset(start, startOffsetMs),
  localEnd: ({ end, endOffsetMs }: LocalSpan) => formatWithOffset(end, endOffsetMs),
};

export const availabilityResolvers: Resolvers = {
  Resource: {
    availability: ({ id }, args, ctx) => availability(ctx, id, args),
  },
  AvailabilityDay: {
    // Serializing a day takes as long as computing it.
    async slots({ slots }, _args, ctx) {
      await ctx.yieldToOthers();
      return slots;
    },
    slotCount: ({ slots }) => slots.length,
    availableCount: ({ slots }) => availableCountOf(slots),
    freeRanges: ({ slots, bookingInterval }) => freeRangesOf(slots, bookingInterval * MINUTE_MS),
  },
  Slot: {
    ...times,
    available: ({ unavailableReason }) => unavailableReason === null,
  },
  FreeRange: {
    ...times,
    minutes: ({ start, end }) => (end - start) / MINUTE_MS,
  },
};
