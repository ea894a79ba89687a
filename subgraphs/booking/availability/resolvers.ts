/** What the API may ask of free times. */
import type { Resolvers } from '../generated.ts';
import { availability } from './reads.ts';

export const availabilityResolvers: Resolvers = {
  Resource: {
    availability: ({ id }, args, ctx) => availability(ctx, id, args),
  },
  AvailabilityDay: {
    // The answer is put together a day at a time as well: each takes as long as working its slots out did.
    async slots({ slots }, _args, ctx) {
      await ctx.yieldToOthers();
      return slots;
    },
  },
};
