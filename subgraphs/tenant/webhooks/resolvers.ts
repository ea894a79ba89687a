import { payload } from '@libs/graphql/payload';
import { redeliverWebhook } from '../deliveries/redeliverWebhook.ts';
import type { Resolvers } from '../generated.ts';
import { createWebhook } from './createWebhook.ts';
import { deleteWebhook } from './deleteWebhook.ts';
import { deliveriesOf, webhooksOf } from './reads.ts';
import { updateWebhook } from './updateWebhook.ts';

export const webhookResolvers: Resolvers = {
  Mutation: {
    createWebhook: async (_, { input }, ctx) => payload(ctx, 'webhook', await createWebhook(ctx, input)),
    updateWebhook: async (_, { input }, ctx) => payload(ctx, 'webhook', await updateWebhook(ctx, input)),
    deleteWebhook: async (_, { id }, ctx) => payload(ctx, 'deletedId', await deleteWebhook(ctx, id)),
    redeliverWebhook: async (_, { deliveryId }, ctx) =>
      payload(ctx, 'delivery', await redeliverWebhook(ctx, deliveryId)),
  },
  Tenant: {
    webhooks: (row, _, ctx) => webhooksOf(ctx, row),
  },
  Webhook: {
    hasSecret: ({ secret }) => secret !== null,
    deliveries: (row, args, ctx) => deliveriesOf(ctx, row, args),
  },
};
