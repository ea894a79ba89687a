import { subgraphSchema } from '@libs/graphql/startSubgraph';
import { readTypes } from '@libs/graphql/types';
import type { GraphQLSchema } from 'graphql';
import { categoryResolvers } from './categories/resolvers.ts';
import { resourceResolvers } from './resources/resolvers.ts';

export const schema = (): GraphQLSchema => {
  const types = readTypes(import.meta.url, 'categories/schema.graphql', 'resources/schema.graphql');
  const { Query: categoryQueries, Mutation: categoryMutations, ...categoryTypes } = categoryResolvers;
  const { Query: resourceQueries, Mutation: resourceMutations, ...resourceTypes } = resourceResolvers;
  return subgraphSchema(types, {
    ...categoryTypes,
    ...resourceTypes,
    Query: { ...categoryQueries, ...resourceQueries },
    Mutation: { ...categoryMutations, ...resourceMutations },
  });
};
