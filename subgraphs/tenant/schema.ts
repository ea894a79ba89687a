/** The subgraph's executable schema: the SDL and the resolvers of its nouns. */
import { readTypes, subgraphSchema } from '@libs/graphql/startSubgraph';
import type { GraphQLSchema } from 'graphql';
import { tenantResolvers } from './tenants/resolvers.ts';

export const schema = (): GraphQLSchema =>
  subgraphSchema(
    readTypes(import.meta.url, './tenants/schema.graphql'),
    tenantResolvers as Record<string, object>,
  );
