import { readTypes, subgraphSchema } from '@libs/graphql/startSubgraph';
import type { GraphQLSchema } from 'graphql';
import { tenantResolvers } from './tenants/resolvers.ts';
import { webhookResolvers } from './webhooks/resolvers.ts';

export const schema = (): GraphQLSchema =>
  subgraphSchema(readTypes(import.meta.url, './tenants/schema.graphql', './webhooks/schema.graphql'), {
    ...tenantResolvers,
    ...webhookResolvers,
    Mutation: { ...tenantResolvers.Mutation, ...webhookResolvers.Mutation },
    Tenant: { ...tenantResolvers.Tenant, ...webhookResolvers.Tenant },
  });
