import { readTypes, subgraphSchema } from '@libs/graphql/startSubgraph';
import type { GraphQLSchema } from 'graphql';
import { sessionResolvers } from './sessions/resolvers.ts';
import { userResolvers } from './users/resolvers.ts';

export const schema = (): GraphQLSchema =>
  subgraphSchema(readTypes(import.meta.url, './users/schema.graphql', './sessions/schema.graphql'), {
    ...userResolvers,
    Query: { ...userResolvers.Query, ...sessionResolvers.Query },
    Mutation: { ...userResolvers.Mutation, ...sessionResolvers.Mutation },
  });
