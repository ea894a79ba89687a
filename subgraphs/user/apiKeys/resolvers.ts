import { payload, userErrors } from '@libs/graphql/payload';
import type { Resolvers } from '../generated.ts';
import { createApiKey } from './createApiKey.ts';
import { deleteApiKey } from './deleteApiKey.ts';
import { apiKeysOf, creatorOf, internalApiKeyCaller } from './reads.ts';
import { updateApiKey } from './updateApiKey.ts';

export const apiKeyResolvers: Resolvers = {
  Query: {
    internalApiKeyCaller: (_, { keyHash }, ctx) => internalApiKeyCaller(ctx, keyHash),
  },
  Mutation: {
    createApiKey: async (_, { input }, ctx) => {
      const outcome = await createApiKey(ctx, input);
      const created = outcome.ok ? outcome.value : { apiKey: null, secret: null };
      return { ...created, userErrors: await userErrors(ctx, outcome) };
    },
    updateApiKey: async (_, { input }, ctx) => payload(ctx, 'apiKey', await updateApiKey(ctx, input)),
    deleteApiKey: async (_, { id }, ctx) => payload(ctx, 'deletedId', await deleteApiKey(ctx, id)),
  },
  ApiKey: {
    createdBy: (row, _, ctx) => creatorOf(ctx, row),
  },
  Tenant: {
    apiKeys: (tenant, _, ctx) => apiKeysOf(ctx, tenant),
  },
};
