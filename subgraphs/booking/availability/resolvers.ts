/** Resolvers of availability. */
import type { Resolvers } from '../generated.ts';
import { availability } from './reads.ts';

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
  },
};
