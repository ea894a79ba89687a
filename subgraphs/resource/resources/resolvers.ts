import { payload } from '@libs/graphql/payload';
import type { Resolvers } from '../generated.ts';
import { categoryOf } from '../categories/reads.ts';
import { createResource } from './createResource.ts';
import { deleteResource } from './deleteResource.ts';
import { rulesOf } from './ownRules.ts';
import {
  effectiveRulesOf,
  internalResourceVersions,
  resource,
  resourceReference,
  resources,
  statsOf,
} from './reads.ts';
import { scheduleOf } from './schedule.ts';
import { overridesOf, seasonsOf } from './seasons.ts';
import { updateResource } from './updateResource.ts';

export const resourceResolvers: Resolvers = {
  Query: {
    internalResourceVersions: (_, { ids }, ctx) => internalResourceVersions(ctx, ids),
    resource: (_, { id }, ctx) => resource(ctx, id),
    resources: (_, { tenantId, filter, ...page }, ctx) => resources(ctx, tenantId, filter, page),
  },
  Mutation: {
    createResource: async (_, { input }, ctx) => payload(ctx, 'resource', await createResource(ctx, input)),
    updateResource: async (_, { input }, ctx) => payload(ctx, 'resource', await updateResource(ctx, input)),
    deleteResource: async (_, { id }, ctx) => payload(ctx, 'deletedId', await deleteResource(ctx, id)),
  },
  Tenant: {
    resources: ({ id }, { filter, ...page }, ctx) => resources(ctx, id, filter, page),
  },
  Resource: {
    __resolveReference: ({ id }, ctx) => resourceReference(ctx, id),
    tenant: ({ tenantId }) => ({ id: tenantId }),
    category: (row, _, ctx) => categoryOf(ctx, row),
    availabilitySchedule: (row) => scheduleOf(row.availabilitySchedule),
    rules: (row) => rulesOf(row.rules),
    effectiveRules: (row, _, ctx) => effectiveRulesOf(ctx, row),
    seasons: (row) => seasonsOf(row.seasons),
    scheduleOverrides: (row) => overridesOf(row.scheduleOverrides),
    stats: (row, _, ctx) => statsOf(ctx, row),
    internalIsDeleted: (row) => row.deletedAt !== null,
    internalSchedule: ({ availabilitySchedule, seasons, scheduleOverrides }) => ({
      availabilitySchedule,
      seasons,
      scheduleOverrides,
    }),
  },
};
