/** What the API may ask of free times. */
import type { Resolvers } from '../generated.ts';
import { availability } from './reads.ts';

export const availabilityResolvers: Resolvers = {
  Resource: {
    availability: ({ id }, args, ctx) => availability(ctx, id, args),
  },
};
