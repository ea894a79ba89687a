import { payload } from '@libs/graphql/payload';
import type { Resolvers } from '../generated.ts';
import { createTenant } from './createTenant.ts';
import { deleteTenant } from './deleteTenant.ts';
import { limitsOf } from './planLimits.ts';
import { tenant, tenantByDomain, tenantReference, tenants } from './reads.ts';
import { frontendUrlOf } from './rules.ts';
import { settingsOf } from './settings.ts';
import { updateOrganizationSettings } from './updateOrganizationSettings.ts';
import { updateTenant } from './updateTenant.ts';

export const tenantResolvers: Resolvers = {
  Query: {
    tenant: (_, { id }, ctx) => tenant(ctx, id),
    tenantByDomain: (_, { domain }, ctx) => tenantByDomain(ctx, domain),
    tenants: (_, { filter, ...page }, ctx) => tenants(ctx, filter, page),
  },
  Mutation: {
    createTenant: async (_, { input }, ctx) => payload(ctx, 'tenant', await createTenant(ctx, input)),
    updateTenant: async (_, { input }, ctx) => payload(ctx, 'tenant', await updateTenant(ctx, input)),
    updateOrganizationSettings: async (_, { tenantId, input }, ctx) =>
      payload(ctx, 'tenant', await updateOrganizationSettings(ctx, tenantId, input)),
    deleteTenant: async (_, { id }, ctx) => payload(ctx, 'deletedId', await deleteTenant(ctx, id)),
  },
  Tenant: {
    __resolveReference: ({ id }, ctx) => tenantReference(ctx, id),
    frontendUrl: frontendUrlOf,
    settings: (row) => settingsOf(row.settings),
    limits: (row, _, ctx) => limitsOf(row, ctx.planLimits),
  },
};
