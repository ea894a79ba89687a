import { readTypes, subgraphSchema } from '@libs/graphql/startSubgraph';
import type { GraphQLSchema } from 'graphql';
import type { LiveAvailability } from './availability/live/liveAvailability.ts';
import { liveResolvers } from './availability/live/resolvers.ts';
import { availabilityResolvers } from './availability/resolvers.ts';
import { holdResolvers } from './holds/holdResolvers.ts';
import { bookingResolvers } from './bookings/resolvers.ts';
import type { ChangeDeps } from './changes/changes.ts';
import { closureResolvers } from './closures/resolvers.ts';
import { personResolvers } from './personalData/resolvers.ts';
import { changeResolvers } from './changes/resolvers.ts';

export function schema(changes: ChangeDeps, live: LiveAvailability): GraphQLSchema {
  const types = readTypes(
    import.meta.url,
    './availability/schema.graphql',
    './bookings/schema.graphql',
    './holds/schema.graphql',
    './changes/schema.graphql',
    './closures/schema.graphql',
    './personalData/schema.graphql',
  );
  return subgraphSchema(types, {
    ...bookingResolvers,
    ...availabilityResolvers,
    ...closureResolvers,
    ...changeResolvers(changes),
    ...liveResolvers(live),
    Subscription: { ...changeResolvers(changes).Subscription, ...liveResolvers(live).Subscription },
    ...holdResolvers,
    Query: {
      ...bookingResolvers.Query,
      ...holdResolvers.Query,
      ...closureResolvers.Query,
      ...personResolvers.Query,
    },
    Mutation: { ...bookingResolvers.Mutation, ...holdResolvers.Mutation, ...closureResolvers.Mutation },
    Resource: { ...bookingResolvers.Resource, ...availabilityResolvers.Resource },
  });
}
