/** The subgraph's executable schema: the SDL and the resolvers of its nouns. */
import { readTypes, subgraphSchema } from '@libs/graphql/startSubgraph';
import type { GraphQLSchema } from 'graphql';
import { availabilityResolvers } from './availability/resolvers.ts';
import { bookingResolvers } from './bookings/resolvers.ts';

const resolvers = {
  ...bookingResolvers,
  Resource: { ...bookingResolvers.Resource, ...availabilityResolvers.Resource },
} as Record<string, object>;

export const schema = (): GraphQLSchema =>
  subgraphSchema(
    readTypes(import.meta.url, './availability/schema.graphql', './bookings/schema.graphql'),
    resolvers,
  );
