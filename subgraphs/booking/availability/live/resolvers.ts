/** Resolvers of live availability. */
import type { Resolvers } from '../../generated.ts';
import { availabilityChanged } from './availabilityChanged.ts';
import type { AvailabilityEvent } from './availabilityFeed.ts';
import type { LiveAvailability } from './liveAvailability.ts';

export const liveResolvers = (live: LiveAvailability): Resolvers => ({
  Subscription: {
    availabilityChanged: {
      subscribe: (_, { input }, ctx) => availabilityChanged(ctx, live, input),
      resolve: ({ event }: Required<AvailabilityEvent>) => event,
    },
  },
  AvailabilityChange: {
    resource: ({ resourceId }) => ({ id: resourceId }),
  },
});
