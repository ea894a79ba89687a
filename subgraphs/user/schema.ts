import { readTypes, subgraphSchema } from '@libs/graphql/startSubgraph';
import type { GraphQLSchema } from 'graphql';
import { apiKeyResolvers } from './apiKeys/resolvers.ts';
import { linkResolvers } from './links/resolvers.ts';
import { personalDataResolvers } from './personalData/resolvers.ts';
import { sessionResolvers } from './sessions/resolvers.ts';
import { tenantExportResolvers } from './tenantExports/resolvers.ts';
import { userResolvers } from './users/resolvers.ts';

export const schema = (): GraphQLSchema =>
  subgraphSchema(
    readTypes(
      import.meta.url,
      './users/schema.graphql',
      './sessions/schema.graphql',
      './apiKeys/schema.graphql',
      './links/schema.graphql',
      './personalData/schema.graphql',
      './tenantExports/schema.graphql',
    ),
    {
      ...userResolvers,
      ...sessionResolvers,
      ...apiKeyResolvers,
      User: { ...userResolvers.User, ...sessionResolvers.User },
      Query: {
        ...userResolvers.Query,
        ...sessionResolvers.Query,
        ...apiKeyResolvers.Query,
        ...tenantExportResolvers.Query,
      },
      Mutation: {
        ...userResolvers.Mutation,
        ...sessionResolvers.Mutation,
        ...apiKeyResolvers.Mutation,
        ...linkResolvers.Mutation,
        ...personalDataResolvers.Mutation,
        ...tenantExportResolvers.Mutation,
      },
      Tenant: { ...userResolvers.Tenant, ...apiKeyResolvers.Tenant },
    },
  );
