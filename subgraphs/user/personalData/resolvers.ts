import { payload } from '@libs/graphql/payload';
import type { Resolvers } from '../generated.ts';
import { erasePersonalData } from './erasePersonalData.ts';
import { exportPersonalData } from './exportPersonalData.ts';

export const personalDataResolvers: Resolvers = {
  Mutation: {
    exportPersonalData: async (_, { userId }, ctx) =>
      payload(ctx, 'personalData', await exportPersonalData(ctx, userId)),
    erasePersonalData: async (_, { userId }, ctx) =>
      payload(ctx, 'deletedId', await erasePersonalData(ctx, userId)),
  },
};
