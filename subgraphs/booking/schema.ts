import { readTypes, subgraphSchema } from '@libs/graphql/startSubgraph';
import type { GraphQLSchema } from 'graphql';
import { availabilityResolvers } from './availability/resolvers.ts';
import { bookingResolvers } from './bookings/resolvers.ts';
import type { ChangeDeps } from './changes/changes.ts';
import { changeResolvers } from './changes/resolvers.ts';

export function schema(changes: ChangeDeps): GraphQLSchema {
  const types = readTypes(
    import.meta.url,
    './availability/schema.graphql',
    './bookings/schema.graphql',
    './changes/schema.graphql',
  );
  return subgraphSchema(types, {
    ...bookingResolvers,
    ...availabilityResolvers,
    ...changeResolvers(changes),
    Resource: { ...bookingResolvers.Resource, ...availabilityResolvers.Resource },
  });
}
