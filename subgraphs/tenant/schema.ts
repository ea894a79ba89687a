import { readTypes, subgraphSchema } from '@libs/graphql/startSubgraph';
import type { GraphQLSchema } from 'graphql';
import { auditResolvers } from './audit/resolvers.ts';
import { tenantResolvers } from './tenants/resolvers.ts';
import { webhookResolvers } from './webhooks/resolvers.ts';

export const schema = (): GraphQLSchema =>
  subgraphSchema(
    readTypes(
      import.meta.url,
      './audit/schema.graphql',
      './tenants/schema.graphql',
      './webhooks/schema.graphql',
    ),
    {
      ...tenantResolvers,
      ...webhookResolvers,
      ...auditResolvers,
      Query: { ...tenantResolvers.Query, ...auditResolvers.Query },
      Mutation: { ...tenantResolvers.Mutation, ...webhookResolvers.Mutation },
      Tenant: { ...tenantResolvers.Tenant, ...webhookResolvers.Tenant },
    },
  );
