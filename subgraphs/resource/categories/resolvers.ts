import { payload } from '@libs/graphql/payload';
import type { Resolvers } from '../generated.ts';
import { resourcesOfCategory } from '../resources/reads.ts';
import { createResourceCategory } from './createResourceCategory.ts';
import { deleteResourceCategory } from './deleteResourceCategory.ts';
import { categories, category, categoryReference } from './reads.ts';
import { updateResourceCategory } from './updateResourceCategory.ts';

export const categoryResolvers: Resolvers = {
  Query: {
    resourceCategory: (_, { id }, ctx) => category(ctx, id),
    resourceCategories: (_, { tenantId, ...page }, ctx) => categories(ctx, tenantId, page),
  },
  Mutation: {
    createResourceCategory: async (_, { input }, ctx) =>
      payload(ctx, 'category', await createResourceCategory(ctx, input)),
    updateResourceCategory: async (_, { input }, ctx) =>
      payload(ctx, 'category', await updateResourceCategory(ctx, input)),
    deleteResourceCategory: async (_, { id }, ctx) =>
      payload(ctx, 'deletedId', await deleteResourceCategory(ctx, id)),
  },
  ResourceCategory: {
    __resolveReference: ({ id }, ctx) => categoryReference(ctx, id),
    tenant: ({ tenantId }) => ({ id: tenantId }),
    resources: (row, page, ctx) => resourcesOfCategory(ctx, row, page),
  },
};
